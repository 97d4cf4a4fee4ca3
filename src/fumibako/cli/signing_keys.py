"""`key list|generate|upload|download|rotate|withdraw` and `dns needed|check|publish`. Private keys come from files and go to files, never to a
terminal unasked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from fumibako.cli.language import say
from fumibako.cli.session import DONE, Session, in_path, session_of
from fumibako.cli.terminal import harmless, table, tell, tell_findings, tell_json
from fumibako.home.refusal import refused

Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help=say("The domain.", "ドメイン名。"))]
Use = Annotated[str, typer.Option("--for", metavar="dkim|domainkeys", help=say("What it signs with.", "署名の方式。"))]
Selector = Annotated[
    str | None,
    typer.Option(metavar="NAME", help=say("Its selector; else the next free one.", "セレクター。省くと次の空き番号。")),
]

key = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
dns = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(key, name="key", help=say("Signing keys of domains.", "署名に使う鍵。"))
    app.add_typer(dns, name="dns", help=say("DNS records that mail needs.", "メールに必要な DNS レコード。"))


@key.command(name="list", help=say("All keys, or those of a domain.", "鍵の一覧を表示します。"))
def list_(context: typer.Context, domain: Annotated[str | None, typer.Argument(metavar="[DOMAIN]")] = None) -> int:
    session = session_of(context)
    answer = session.ask("GET", "/api/v1/keys", query={"domain": domain} if domain else {})
    _shown(session, answer)
    if domain and not session.json:
        for noted in answer["domains"].values():
            _tell_noted(noted)
    return DONE


@key.command(help=say("Make a key.", "鍵を作ります。"))
def generate(
    context: typer.Context,
    domain: Domain,
    use: Use = "dkim",
    kind: Annotated[str, typer.Option(metavar="rsa|ed25519", help=say("Its kind.", "鍵の種類。"))] = "rsa",
    selector: Selector = None,
) -> int:
    session = session_of(context)
    wanted = {"domain": domain, "use": use, "kind": kind, "selector": selector}
    return _shown(session, session.ask("POST", "/api/v1/keys", wanted))


@key.command(help=say("Bring an own private key (PEM).", "手持ちの秘密鍵 (PEM) を登録します。"))
def upload(
    context: typer.Context,
    domain: Domain,
    file: Annotated[str, typer.Argument(metavar="FILE", help=say("The PEM file.", "PEM ファイル。"))],
    use: Use = "dkim",
    selector: Selector = None,
) -> int:
    session = session_of(context)
    wanted = {"domain": domain, "pem": _read(file), "use": use, "selector": selector}
    return _shown(session, session.ask("POST", "/api/v1/keys/upload", wanted))


@key.command(
    help=say(
        "Write a key to a file: the public half, or with --private the private one (mode 0600).",
        "鍵をファイルに書き出します。既定は公開鍵、--private で秘密鍵 (モード 0600)。",
    )
)
def download(
    context: typer.Context,
    domain: Domain,
    selector: Annotated[str, typer.Argument(metavar="SELECTOR", help=say("Its selector.", "セレクター。"))],
    file: Annotated[str, typer.Argument(metavar="FILE", help=say("Where to.", "書き出すファイル。"))],
    private: Annotated[bool, typer.Option("--private", help=say("The private half.", "秘密鍵。"))] = False,
) -> int:
    session = session_of(context)
    if private:
        text = session.ask("GET", f"/api/v1/keys/{in_path(domain)}/{in_path(selector)}/private", as_text=True)
    else:
        found = session.ask("GET", "/api/v1/keys", query={"domain": domain})["keys"]
        mine = next((each for each in found if each["selector"] == selector), None)
        if mine is None:
            raise refused(
                "not-found", "selector", f"no key {selector} of {domain}.", f"{domain} に鍵 {selector} はありません。"
            )
        text = mine["public"] + "\n"
    _write(file, text)
    return DONE


@key.command(help=say("A new key for every one that signs.", "署名中の鍵を新しい鍵に切り替えます。"))
def rotate(context: typer.Context, domain: Domain, use: Use = "dkim") -> int:
    session = session_of(context)
    return _shown(session, session.ask("POST", "/api/v1/keys/rotate", {"domain": domain, "use": use}))


@key.command(
    help=say(
        "Take a key out of use. One that signs stops; its record stays for a week.",
        "鍵を廃止します。署名中の鍵は署名をやめ、レコードは 1 週間残します。",
    )
)
def withdraw(
    context: typer.Context,
    domain: Domain,
    selector: Annotated[str, typer.Argument(metavar="SELECTOR", help=say("Its selector.", "セレクター。"))],
) -> int:
    session = session_of(context)
    return _shown(session, session.ask("POST", f"/api/v1/keys/{in_path(domain)}/{in_path(selector)}/withdraw", {}))


@dns.command(help=say("The records that a domain needs.", "ドメインに必要なレコードを表示します。"))
def needed(context: typer.Context, domain: Annotated[str | None, typer.Argument(metavar="[DOMAIN]")] = None) -> int:
    session = session_of(context)
    answer = session.ask("GET", "/api/v1/dns/needed", query={"domain": domain} if domain else {})
    if session.json:
        tell_json(answer)
        return DONE
    for record in answer["records"]:
        tell(harmless(f"{record['name']}. {record['type']} {record['value']}"))
    return DONE


@dns.command(help=say("Ask all name servers how the records stand.", "すべてのネームサーバーにレコードを確認します。"))
def check(context: typer.Context, domain: Annotated[str | None, typer.Argument(metavar="[DOMAIN]")] = None) -> int:
    session = session_of(context)
    return _found(session, session.ask("POST", "/api/v1/dns/check", {"domain": domain}))


@dns.command(
    help=say("Publish the records where this server has write access.", "書き込みできるゾーンにレコードを公開します。")
)
def publish(context: typer.Context, domain: Annotated[str | None, typer.Argument(metavar="[DOMAIN]")] = None) -> int:
    session = session_of(context)
    return _found(session, session.ask("POST", "/api/v1/dns/publish", {"domain": domain}))


_STATES: Final = {
    "present": say("published", "公開済み"),
    "missing": say("missing", "なし"),
    "different": say("different", "相違"),
    "doubled": say("doubled", "重複"),
    "unsettled": say("not everywhere", "一部のみ"),
    "unknown": say("unknown", "不明"),
}


_LOOK_UPS: Final = say("{number} of {limit} SPF look-ups", "SPF の問い合わせ {number}/{limit} 回")


def _found(session: Session, answer: dict[str, Any]) -> int:
    """How the records stand, a line each, and below what is wrong with it."""
    if session.json:
        tell_json(answer)
        return DONE
    for record in answer["records"]:
        tell(harmless(f"{_STATES[record['state']]:<16} {record['name']}. {record['type']} {record['value']}"))
        if record["remark"]:
            tell(harmless(f"{'':<16} {record['remark']}"))
        for told in record["servers"]:
            values = " | ".join(told["published"])
            tell(harmless(f"{'':<16} {told['server']}: {_STATES[told['state']]} {values}".rstrip()))
        if (cost := record["look_ups"]) and cost["terms"]:
            terms = ", ".join(f"{each['term']} {each['look_ups']}" for each in cost["terms"])
            tell(harmless(f"{'':<16} {_LOOK_UPS.format(number=cost['look_ups'], limit=10)}: {terms}"))
    tell_findings(answer["findings"])
    return DONE


def _shown(session: Session, answer: dict[str, object]) -> int:
    if session.json:
        tell_json(answer)
        return DONE
    rows = answer["keys"]
    assert isinstance(rows, list)
    for line in table(
        [
            (each["domain"], each["selector"], each["use"], f"{each['kind']} {each['bits']}", each["state"])
            for each in rows
        ]
    ):
        tell(line)
    return DONE


def _tell_noted(noted: dict[str, Any]) -> None:
    """When mail of a domain was last signed, and what failed."""
    tell(f"{say('last signed', '最後の署名')}: {noted['signed'] or '–'}")
    for failure in (noted["deferred"], noted["failed"]):
        if failure:
            tell(harmless(f"{failure['at']} {failure['reason']}"))


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="latin-1")
    except OSError as error:
        why = error.strerror or str(error)
        raise refused("file-unreadable", "FILE", f"{file}: {why}", f"{file} を読めません: {why}") from None


def _write(file: str, text: str) -> None:
    try:
        # Nobody else may read it for a moment either; a file that is there is not written over.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
    except OSError as error:
        why = error.strerror or str(error)
        raise refused("file-unwritable", "FILE", f"{file}: {why}", f"{file} に書けません: {why}") from None
