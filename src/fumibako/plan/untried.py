"""What changes and was not tried: of very many entries of a kind some are asked about, and a row says how many were not.

A trial has no name server, so nobody there can ask a DNS block list. Such a row says what will be asked from now on, and
that nobody has asked it yet; it is no answer of a server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from fumibako.plan.asked_entries import EntryKind
from fumibako.plan.report import Row
from fumibako.schema.codec import shown
from fumibako.schema.edit import Edit
from fumibako.schema.place import written
from fumibako.schema.text import Text

_LIST: Final = Text("Clients on {list}", "{list} に載っているクライアント")
_THRESHOLD: Final = Text("Clients on block lists", "受信拒否リストに載っているクライアント")
_NOT_ASKED: Final = Text("the list is not asked", "このリストには問い合わせない")
_ASKED: Final = Text("the list is asked", "このリストに問い合わせる")
_WILL: Final = Text(
    "the list will be asked (not tried: a trial has no DNS)",
    "このリストに問い合わせるようになる (試験起動には DNS がないため、未確認)",
)
_WILL_NOT: Final = Text("the list will not be asked any more", "このリストに問い合わせなくなる")
_FROM: Final = Text("refused from weight {weight}", "重みの合計が {weight} 以上なら拒否")
_WILL_FROM: Final = Text(
    "refused from weight {weight} (not tried: a trial has no DNS)",
    "重みの合計が {weight} 以上なら拒否 (試験起動には DNS がないため、未確認)",
)


_MORE: Final[dict[EntryKind, Text]] = {
    "client": Text("More clients: {n}", "ほかのクライアント: {n} 件"),
    "sender": Text("More senders: {n}", "ほかの差出人: {n} 件"),
    "route": Text("More routes: {n}", "ほかの中継先: {n} 件"),
    "from": Text("More routes by sender: {n}", "ほかの差出人別の中継先: {n} 件"),
    "alias": Text("More aliases: {n}", "ほかのエイリアス: {n} 件"),
    "account": Text("More accounts: {n}", "ほかのアカウント: {n} 件"),
    "domain": Text("More domains: {n}", "ほかのドメイン: {n} 件"),
}
_NOT_TRIED: Final = Text("not asked about", "未確認")
_ONLY_SOME: Final = Text(
    "not asked about, as there are many; the settings view lists them",
    "件数が多いため未確認 (設定の表示に一覧があります)",
)


def left_out(numbers: Mapping[EntryKind, int]) -> Iterator[Row]:
    """A row a kind of entries of which only some were asked about."""
    for kind, number in numbers.items():
        yield Row(f"message:{kind}", _MORE[kind].with_(n=f"{number:,}"), _NOT_TRIED, _ONLY_SOME, True)


def untried(edits: Sequence[Edit]) -> Iterator[Row]:
    """A row a block list that comes or goes, and one for the weight to refuse from."""
    lists = [edit for edit in edits if edit.place[:2] == ("spam", "dns_blocklists") and len(edit.place) == 3]
    for edit in lists:
        was, now = (_NOT_ASKED, _WILL) if edit.now is not None else (_ASKED, _WILL_NOT)
        yield Row("message:list", _LIST.with_(list=shown(edit.place[2])), was, now, True, "none", written(edit.place))
    for edit in edits:
        if edit.place == ("spam", "threshold"):
            was, now = _FROM.with_(weight=edit.was), _WILL_FROM.with_(weight=edit.now)
            yield Row("message:list", _THRESHOLD, was, now, True, "none", written(edit.place))
