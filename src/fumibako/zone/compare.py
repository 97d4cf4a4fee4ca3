"""What is published held against what is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from fumibako.mailauth.dmarc.record import is_dmarc
from fumibako.mailauth.dmarc.record import parse_record as parse_dmarc
from fumibako.mailauth.spf.record import is_spf
from fumibako.mailauth.spf.record import parse_record as parse_spf
from fumibako.mailauth.tags import BadTagList, parse_tags
from fumibako.schema.text import Text
from fumibako.zone import spf
from fumibako.zone.record import Record
from fumibako.zone.spf_cost import LOOK_UPS, VOIDS, SpfCost

# `unsettled`: some of the zone's name servers have it and some have not, yet.
State = Literal["present", "missing", "different", "doubled", "unsettled", "unknown"]

# What name servers said: (name, type) → values as `Record.value` has them; a name that was not answered is not there.
Published = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What one name server says of a record."""

    server: str
    state: State
    published: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A needed record and how it stands. `record` is what should be published, somebody else's wishes kept; `published`
    what is. `remark` says what is wrong, or what one should know though nothing is. `told` has each name server's own
    words where they are not all the same; `cost` is an SPF record's, where it was counted."""

    record: Record
    state: State
    published: tuple[str, ...]
    remark: Text | None = None
    told: tuple[Told, ...] = ()
    cost: SpfCost | None = None


_NOT_ASKED: Final = Text("The name servers did not answer.", "ネームサーバーから応答がありません。")
_MISSING: Final = Text("It is not published.", "公開されていません。")
_OTHER: Final = Text("Something else is published.", "異なる内容が公開されています。")
_DOUBLED: Final = Text(
    "There are {number} of them; receivers then use none. Leave one.",
    "{number} 件あります。複数あるとどれも使われません。1 件だけ残してください。",
)
_TOO_MANY: Final = Text(
    "The record asks for {number} look-ups; more than {limit} make it fail everywhere.",
    "このレコードは {number} 回の問い合わせが必要です。{limit} 回を超えるとどこでも失敗します。",
)
_COSTLY: Final = Text(
    "The record asks for {number} look-ups, those of included records counted ({terms}); more than {limit} make it fail everywhere.",
    "include 先を含めて {number} 回の問い合わせが必要です ({terms})。{limit} 回を超えるとどこでも失敗します。",
)
_VOID: Final = Text(
    "{number} of the names that the record asks for have no such records; more than {limit} make it fail at many receivers.",
    "このレコードが参照する名前のうち {number} 件が存在しません。{limit} 件を超えると多くの受信側で失敗します。",
)
_INCLUDED: Final = Text(
    "{names} publishes no SPF record that can be used; including it makes the whole record fail.",
    "{names} に有効な SPF レコードがなく、参照しているこのレコード全体が失敗します。",
)
_BROKEN: Final = Text("The record is malformed at “{term}”.", "レコードの「{term}」が正しくありません。")
_MX_ELSEWHERE: Final = Text(
    "Mail also goes to {hosts}. Keep that only if those servers pass it on to this one.",
    "{hosts} にも配送されます。このサーバーに転送する場合だけ残してください。",
)
_MX_NOT_HERE: Final = Text("Mail goes to {hosts}, not here.", "メールは {hosts} に配送され、ここには届きません。")
_NOT_EVERYWHERE: Final = Text(
    "Not all name servers have it yet: {servers} is missing it.",
    "まだ一部のネームサーバーにありません: {servers}",
)
_SILENT: Final = Text("{servers} does not answer.", "{servers} が応答しません。")
_LAX: Final = Text(
    "Anybody may send as the domain: the record ends in +all.",
    "レコードが +all で終わるため、誰でもこのドメインを名乗れます。",
)


def compared(record: Record, published: Published) -> Compared:
    """How one needed record stands."""
    found = published.get((record.name, record.type))
    if found is None:
        return Compared(record, "unknown", (), _NOT_ASKED)
    if record.type == "MX":
        return _mx(record, tuple(found))
    if record.type == "SRV":
        return _srv(record, tuple(found))
    family, same = _family(record)
    own = tuple(value for value in found if family(value))
    if not own:
        return Compared(record, "missing", (), _MISSING)
    if len(own) > 1:
        return Compared(_merged(record, own[0]), "doubled", own, _DOUBLED.with_(number=len(own)))
    return same(record, own[0])


def across(record: Record, said: Mapping[str, Published]) -> Compared:
    """How one needed record stands when all of its zone's name servers were asked, by server; the first one's words count
    where they do not agree on what is wrong."""
    by_server = {server: compared(record, published) for server, published in said.items()}
    return replace(_agreed(record, by_server), told=_differing(by_server))


def again(record: Record, found: Compared) -> Compared:
    """What was found, held against another record that is needed by now."""
    key = (record.name, record.type)
    told = [
        each if each.state == "unknown" else replace(each, state=compared(record, {key: each.published}).state)
        for each in found.told
    ]
    now = replace(compared(record, {key: found.published}), told=tuple(told))
    return weighed(now, found.cost) if found.cost is not None else now


def weighed(found: Compared, cost: SpfCost) -> Compared:
    """An SPF record with what it costs; one that costs too much, or leads nowhere, is of no use to anybody."""
    remark = None
    if cost.look_ups > LOOK_UPS:
        terms = ", ".join(f"{each.text} {each.look_ups}" for each in cost.terms)
        remark = _COSTLY.with_(number=cost.look_ups, terms=terms, limit=LOOK_UPS)
    elif cost.broken:
        remark = _INCLUDED.with_(names=", ".join(cost.broken))
    elif cost.voids > VOIDS:
        remark = _VOID.with_(number=cost.voids, limit=VOIDS)
    if remark is None or found.state not in ("present", "different", "unsettled"):
        return replace(found, cost=cost)
    return replace(found, state="different", remark=remark, cost=cost)


def _differing(by_server: Mapping[str, Compared]) -> tuple[Told, ...]:
    told = [Told(server, each.state, each.published) for server, each in by_server.items()]
    return tuple(told) if len({(each.state, tuple(sorted(each.published))) for each in told}) > 1 else ()


def _agreed(record: Record, by_server: Mapping[str, Compared]) -> Compared:
    answered = {server: each for server, each in by_server.items() if each.state != "unknown"}
    having = {server: each for server, each in answered.items() if each.state == "present"}
    if not having:
        return next(iter(answered.values()), Compared(record, "unknown", (), _NOT_ASKED))
    first = next(iter(having.values()))
    for others, remark in (
        ([server for server in answered if server not in having], _NOT_EVERYWHERE),
        ([server for server in by_server if server not in answered], _SILENT),
    ):
        if others:
            return replace(first, state="unsettled", remark=remark.with_(servers=", ".join(others)))
    return first


def _family(record: Record) -> tuple[Callable[[str], bool], Callable[[Record, str], Compared]]:
    """Which of a name's texts are of the record's kind, and how one of them compares."""
    value = record.value
    if is_spf(value.encode()):
        return lambda text: is_spf(text.encode("ascii", "replace")), _spf
    if is_dmarc(value.encode()):
        return lambda text: is_dmarc(text.encode("ascii", "replace")), _dmarc
    if value.startswith(("v=TLSRPTv1", "v=STSv1")):
        version = value.partition(";")[0]
        return lambda text: text.startswith(version), _own
    return lambda text: _tags(text) is not None, _tagged


def _merged(record: Record, published: str) -> Record:
    return replace(record, value=spf.merged(published, _relays(record))) if is_spf(record.value.encode()) else record


def _relays(record: Record) -> list[str]:
    """The relays that a record made by `spf.wanted` names."""
    terms = record.value.split(" ")[3:-1]
    return [term.partition(":")[2] for term in terms]


def _spf(record: Record, published: str) -> Compared:
    parsed = parse_spf(published.encode("ascii", "replace"))
    wanted = _merged(record, published)
    if isinstance(parsed, str):
        return Compared(wanted, "different", (published,), _BROKEN.with_(term=parsed))
    if (number := spf.look_ups(parsed)) > LOOK_UPS:
        return Compared(wanted, "different", (published,), _TOO_MANY.with_(number=number, limit=LOOK_UPS))
    if wanted.value != published:
        return Compared(wanted, "different", (published,), _OTHER)
    lax = any(each.kind == "all" and each.verdict == "pass" for each in parsed.mechanisms)
    return Compared(wanted, "present", (published,), _LAX if lax else None)


def _dmarc(record: Record, published: str) -> Compared:
    """Any usable record of the domain's owner is right: the policy is his."""
    if parse_dmarc(published.encode("ascii", "replace")).usable:
        return Compared(replace(record, value=published), "present", (published,))
    return Compared(record, "different", (published,), _OTHER)


def _own(record: Record, published: str) -> Compared:
    """Reports may go wherever the owner wants; a policy's id is ours to say."""
    if published == record.value or record.value.startswith("v=TLSRPTv1"):
        return Compared(replace(record, value=published), "present", (published,))
    return Compared(record, "different", (published,), _OTHER)


def _tagged(record: Record, published: str) -> Compared:
    if _tags(published) == _tags(record.value):
        return Compared(record, "present", (published,))
    return Compared(record, "different", (published,), _OTHER)


def _tags(text: str) -> dict[bytes, bytes] | None:
    """A tag list in which blanks do not count, as they do not in keys (RFC 6376 §3.2); None for other texts."""
    try:
        tags = parse_tags(text.encode("ascii", "replace"))
    except BadTagList:
        return None
    return {name: b"".join(value.split()) for name, value in tags.items()}


def _mx(record: Record, published: tuple[str, ...]) -> Compared:
    if not published:
        return Compared(record, "missing", (), _MISSING)
    here = record.value.partition(" ")[2].lower()
    hosts = [value.partition(" ")[2].lower() for value in published]
    others = ", ".join(host.rstrip(".") for host in hosts if host != here)
    if here not in hosts:
        return Compared(record, "different", published, _MX_NOT_HERE.with_(hosts=others))
    kept = next(value for value, host in zip(published, hosts, strict=True) if host == here)
    return Compared(
        replace(record, value=kept), "present", published, _MX_ELSEWHERE.with_(hosts=others) if others else None
    )


def _srv(record: Record, published: tuple[str, ...]) -> Compared:
    if not published:
        return Compared(record, "missing", (), _MISSING)
    # Priorities and weights are the owner's; port and target are facts.
    if any(value.lower().split()[2:] == record.value.lower().split()[2:] for value in published):
        return Compared(record, "present", published)
    return Compared(record, "different", published, _OTHER)
