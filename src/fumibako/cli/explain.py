"""`explain`: what the server would do with a message, and why."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from fumibako.cli.changes import text_of
from fumibako.cli.language import say
from fumibako.cli.session import DONE, session_of
from fumibako.cli.terminal import Colour, coloured, harmless, tell, tell_json


def add_to(app: typer.Typer) -> None:
    app.command(help=say("What would happen to a message.", "メールがどう扱われるかを調べます。"))(explain)


def explain(
    context: typer.Context,
    sender: Annotated[
        str,
        typer.Option("--from", metavar="A", help=say("The sender; <> is the null path.", "差出人。<> は空の差出人。")),
    ],
    recipient: Annotated[str, typer.Option("--to", metavar="B", help=say("The recipient.", "宛先。"))],
    client: Annotated[
        str,
        typer.Option(
            metavar="IP", help=say("Where it comes from; a stranger.", "送信元の IP アドレス。省略すると外部の第三者。")
        ),
    ] = "",
    helo: Annotated[str, typer.Option(metavar="NAME", help=say("The HELO name.", "HELO の名前。"))] = "",
    auth: Annotated[
        str, typer.Option(metavar="ACCOUNT", help=say("Who has logged in.", "認証済みのアカウント。"))
    ] = "",
    service: Annotated[
        str,
        typer.Option(
            metavar="smtp|submission|smtps",
            help=say("smtp, or submission with --auth.", "省略すると smtp (--auth があれば submission)。"),
        ),
    ] = "",
    candidate: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help=say("As it would be with this file applied.", "このファイルを適用した場合の動作。")
        ),
    ] = None,
) -> int:
    session = session_of(context)
    body: dict[str, Any] = {
        "from": sender,
        "to": recipient,
        "client": client,
        "helo": helo,
        "auth": auth,
        "service": service,
    }
    if candidate is not None:
        body["file"] = text_of(candidate)
    answer = session.ask("POST", "/api/v1/explain", body)
    if session.json:
        tell_json(answer)
    else:
        _tell(answer)
    return DONE


_VERDICTS: Final[dict[str, tuple[Colour, str]]] = {
    "accept": ("green", say("accepted", "受け付ける")),
    "reject": ("red", say("refused", "拒否する")),
    "defer": ("yellow", say("deferred", "一時的に拒否する")),
}
_MARKS: Final = {"passed": "·", "permitted": "✓", "refused": "✗", "deferred": "…"}
_HOPS: Final = {
    "scanner": say("scanner", "スキャナー"),
    "alias": say("alias", "エイリアス"),
    "mailbox": say("mailbox", "メールボックス"),
    "relay": say("relay", "中継"),
    "mx": "MX",
    "return": say("goes back", "元の差出人へ"),
    "full": say("passed over", "届けない"),
    "nowhere": say("nowhere", "行き先なし"),
}


def _tell(answer: dict[str, Any]) -> None:
    colour, word = _VERDICTS[answer["verdict"]]
    tell(f"{coloured(word, colour)}  {harmless(answer['reply'])}")
    rule = answer["rule"]
    tell(harmless(rule["text"]))
    if rule["section"]:
        tell(say("Rule: ", "規則: ") + harmless(" ".join(filter(None, [rule["section"], rule["entry"]]))))
    for step in answer["steps"]:
        if step["fate"] in _MARKS:
            tell(f"  {_MARKS[step['fate']]} {harmless(step['title'])}")
    for hop in answer["route"]:
        leads = f" → {harmless(hop['nexthop'])}" if hop["nexthop"] else ""
        full = say(" (full)", " (容量超過)") if hop["full"] else ""
        tell(f"  → {_HOPS[hop['kind']]}: {harmless(hop['address'])}{leads}{full}")
    if answer["unknown"]:
        tell(say("Only the message itself shows:", "メールを実際に受け取るまで分からないこと:"))
        for each in answer["unknown"]:
            tell(f"  ? {harmless(each)}")
