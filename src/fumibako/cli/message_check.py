"""`check message`: how a message in a file fares, each check with its reason."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from fumibako.cli.language import say
from fumibako.cli.session import DONE, session_of
from fumibako.cli.terminal import Colour, coloured, harmless, tell, tell_json
from fumibako.home.refusal import refused

check = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

_VERDICTS: Final[dict[str, tuple[Colour, str]]] = {
    "accept": ("green", say("accepted", "受け付ける")),
    "reject": ("red", say("refused", "拒否する")),
    "quarantine": ("yellow", say("accepted into Junk", "迷惑メールに入れる")),
}
_LARGEST: Final = 10 * 1024 * 1024
_NAMES: Final = {"spf": "SPF", "dkim": "DKIM", "domainkeys": "DomainKeys", "dmarc": "DMARC", "arc": "ARC"}


def add_to(app: typer.Typer) -> None:
    app.add_typer(check, name="check", help=say("Check what somebody brings.", "手元のメールを検査します。"))


@check.callback()
def _check() -> None:
    """A group, though it has one command."""


@check.command(
    help=say(
        "SPF, DKIM, DomainKeys, DMARC and ARC of a message; nothing is delivered.",
        "メールの SPF、DKIM、DomainKeys、DMARC、ARC を検査します。配送はしません。",
    )
)
def message(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help=say("The message; - is standard input.", "メールのファイル。- は標準入力。")
        ),
    ],
    client: Annotated[str, typer.Option(metavar="IP", help=say("Where it came from.", "送信元の IP アドレス。"))] = "",
    helo: Annotated[str, typer.Option(metavar="NAME", help=say("The HELO name.", "HELO の名前。"))] = "",
    sender: Annotated[str, typer.Option("--from", metavar="A", help=say("MAIL FROM.", "MAIL FROM。"))] = "",
    auth: Annotated[
        str, typer.Option(metavar="ACCOUNT", help=say("Who has logged in.", "認証済みのアカウント。"))
    ] = "",
) -> int:
    session = session_of(context)
    body = {
        "message": base64.b64encode(_read(file)).decode(),
        "client": client,
        "helo": helo,
        "from": sender,
        "auth": auth,
    }
    answer = session.ask("POST", "/api/v1/check/message", body)
    if session.json:
        tell_json(answer)
    else:
        _tell(answer)
    return DONE


def _tell(answer: dict[str, Any]) -> None:
    colour, word = _VERDICTS[answer["verdict"]]
    tell(f"{coloured(word, colour)}  {harmless(answer['reply'])}".rstrip())
    if answer["standing"] != "outside":
        keys = ", ".join(answer["signs"]) or say("no key", "鍵なし")
        tell(say("Own mail: not judged, signed by ", "自分たちのメールです。判定せず署名します: ") + harmless(keys))
    for each in answer["checks"]:
        of = f" {harmless(each['of'])}" if each["of"] else ""
        tell(f"  {_NAMES[each['method']]:<10} {harmless(each['result'])}{of}: {harmless(each['reason'])}")


def _read(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(_LARGEST + 1)
        with Path(file).open("rb") as opened:
            return opened.read(_LARGEST + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise refused("file-unreadable", "FILE", f"{file}: {why}", f"{file} を読めません: {why}") from None
