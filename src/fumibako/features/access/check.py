"""What is wrong with the permitted clients, and what should be looked at twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fumibako.features.access import wrong
from fumibako.features.access.section import Access
from fumibako.features.access.told import number_of
from fumibako.mail.address_range import AddressRange, covers_everybody
from fumibako.mail.client_pattern import Addresses, Named, parse_client
from fumibako.mail.malformed import Malformed
from fumibako.schema.finding import Finding
from fumibako.schema.place import written
from fumibako.schema.text import Text, plain

_PLACE: Final = ("access", "permitted_clients")
LOOPBACK: Final = (AddressRange.network(4, 127 << 24, 8), AddressRange(6, 1, 1))

_SPELLING: Final = Text(
    "Written so it is {right}: write it that way.", "正しくは {right} です。そのとおりに書いてください。"
)
_WIDE: Final = Text(
    "{entry} permits {number}. Are all of them yours? Any of them could send spam in your name.",
    "{entry} は {number}を許可します。すべて管理下のホストですか。どのホストからでも、このサーバーの名前で迷惑メールを送れます。",
)
_TOGETHER: Final = Text(
    "Together these entries permit half of all addresses or more: that is an open relay. Take the widest out.",
    "全体で世界の半分以上のアドレスを許可しています。これではオープンリレーになります。広いものから削除してください。",
)
_COVERED: Final = Text("{by} permits all of it already.", "{by} に含まれています。")
_SAME: Final = Text("{by} means the very same addresses.", "{by} と同じアドレスを表しています。")
_OVERLAPS: Final = Text("A part of it is in {by} as well.", "{by} と一部が重なっています。")
_ITSELF: Final = Text("this server itself", "このサーバー自身")


def check_access(access: Access) -> list[Finding]:
    """Findings entry by entry, each with the entry's own path."""
    findings: list[Finding] = []
    found: list[Addresses] = []
    names: list[Named] = []
    for entry in access.permitted_clients:
        path = written((*_PLACE, entry))
        try:
            pattern = parse_client(entry)
        except Malformed as error:
            findings.append(wrong.finding(error, path))
            continue
        if str(pattern) != entry:
            message = _SPELLING.with_(right=str(pattern))
            findings.append(Finding("client-spelling", path, message, suggestion=str(pattern)))
        if isinstance(pattern, Named):
            names.append(pattern)
            continue
        found.append(pattern)
        if pattern.range.wide:
            message = _WIDE.with_(entry=entry, number=number_of(pattern.range))
            findings.append(Finding("client-wide", path, message, "danger"))
    if covers_everybody(each.range for each in found):
        findings.append(Finding("clients-everybody", written(_PLACE), _TOGETHER))
    return [*findings, *_overlaps(found), *_under(names)]


def _overlaps(patterns: Sequence[Addresses]) -> Iterator[Finding]:
    """One warning an entry that shares addresses with another: the entry that says no more than the other does, or the
    later of two that cross. In the order of their first addresses only the widest so far has to be looked at."""
    ends: dict[int, Addresses] = {}
    for each in sorted(patterns, key=lambda each: (each.range.version, each.range.low, -each.range.high)):
        own = each.range
        path = written((*_PLACE, each.spelling))
        if any(loopback.covers(own) for loopback in LOOPBACK):
            yield Finding("client-covered", path, _COVERED.with_(by=_ITSELF), "warning")
        before = ends.get(own.version)
        if before is not None and before.range.meets(own):
            by = plain(before.spelling)
            if before.range == own:
                yield Finding("client-same", path, _SAME.with_(by=by), "warning")
            elif before.range.covers(own):
                yield Finding("client-covered", path, _COVERED.with_(by=by), "warning")
            else:
                yield Finding("client-overlaps", path, _OVERLAPS.with_(by=by), "warning")
        if before is None or own.high > before.range.high:
            ends[own.version] = each


def _under(names: Iterable[Named]) -> Iterator[Finding]:
    """Domains below a domain that is permitted already."""
    every = {each.domain.ascii: each for each in names}
    for name, each in every.items():
        above = next((parent for parent in each.domain.parents if parent in every), None)
        if above is not None:
            yield Finding("client-covered", written((*_PLACE, name)), _COVERED.with_(by=above), "warning")
