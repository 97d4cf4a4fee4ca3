"""`init`, `up`, `down`, `status`: the life of a home."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from fumibako.cli.language import LANGUAGE, say
from fumibako.cli.secret_file import secret_from
from fumibako.cli.session import NO_ANSWER, REFUSED, Session, session_of
from fumibako.cli.status_view import tell_status
from fumibako.cli.terminal import coloured, message, tell, tell_findings, tell_json
from fumibako.home.facts import HomeFacts, read_facts, require_root
from fumibako.schema.finding import Finding

if TYPE_CHECKING:
    from fumibako.home.bootstrap import Administrator

# A first start renders, tries and installs the first revision; on a slow machine with cold caches that takes a while.
_PATIENCE = 90.0


def add_to(app: typer.Typer) -> None:
    app.command(help=say("Make a home.", "ホームを作ります。"))(init)
    app.command(help=say("Start everything.", "すべてを起動します。"))(up)
    app.command(help=say("Stop everything.", "すべてを停止します。"))(down)
    app.command(help=say("How it is.", "状態を表示します。"))(status)


def init(
    context: typer.Context,
    port_base: Annotated[
        int,
        typer.Option(
            metavar="N", help=say("Every port is N + its standard number.", "各ポートは N + 標準の番号になります。")
        ),
    ] = 0,
    listen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDR", help=say("Address to listen on; may be repeated.", "待ち受けるアドレス（複数可）。")
        ),
    ] = None,
    hostname: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=say("The mail server's full host name.", "メールサーバーの完全なホスト名。")),
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=say("The first administrator.", "最初の管理者の名前。")),
    ] = None,
    admin_password_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help=say("File with the password; - reads it here.", "パスワードのファイル。- なら標準入力。"),
        ),
    ] = None,
    new_code: Annotated[
        bool,
        typer.Option(
            "--new-code",
            help=say(
                "A new one-time code for an existing home.", "既存のホームに、最初の管理者用のコードを作り直します。"
            ),
        ),
    ] = False,
) -> int:
    session = session_of(context)
    require_root()
    if new_code:
        return _new_code(session)
    from fumibako.home.create import FALLBACK_HOSTNAME, Wish, create

    home = session.home
    wish = Wish(port_base, tuple(listen) if listen else None, hostname, _administrator(admin, admin_password_file))
    made = create(home, wish)
    if session.json:
        tell_json(
            {
                "home": str(home.root),
                "console": made.facts.console_url,
                "hostname": made.facts.hostname,
                "code": made.code,
            }
        )
        return 0
    tell(say(f"Made a home in {home.root}", f"ホームを作りました: {home.root}"))
    if made.guessed:
        change = (
            say(
                " Change it before mail goes out: basics.hostname.",
                " メールを送る前に basics.hostname を変更してください。",
            )
            if made.facts.hostname == FALLBACK_HOSTNAME
            else ""
        )
        tell(
            say(
                f"Host name: {made.facts.hostname} (found by itself).{change}",
                f"ホスト名: {made.facts.hostname}（自動で決めました）。{change}",
            )
        )
    tell(say(f"Console: {made.facts.console_url}", f"コンソール: {made.facts.console_url}"))
    if made.code:
        _tell_code(made.code)
    return 0


def up(
    context: typer.Context,
    detach: Annotated[
        bool,
        typer.Option("--detach", help=say("Return when every service answers.", "全サービスが応答したら戻ります。")),
    ] = False,
) -> int:
    from fumibako.home import life, readiness, units

    session = session_of(context)
    home, facts = session.home, session.facts
    require_root()
    if units.governs(home):
        units.start()
        return _report_start(session, readiness.wait_until_serving(home, facts, _PATIENCE, language=LANGUAGE), facts)
    with _ended_by_signals():
        try:
            with life.changing(home):
                child = life.start(home, facts)
            findings = readiness.wait_until_serving(home, facts, _PATIENCE, language=LANGUAGE)
            if child is None:
                message(say("It is up already.", "すでに起動しています。"))
                return _report_start(session, findings, facts)
            status = _report_start(session, findings, facts)
            if detach:
                return status
            message(say("Ctrl-C stops it.", "Ctrl-C で停止します。"))
            while child.poll() is None:
                time.sleep(0.5)
            message(say("It was stopped.", "停止されました。"))
        except KeyboardInterrupt:
            message(say("Stopping …", "停止しています…"))
            with life.changing(home):
                life.stop(home)
            return 0 if not detach else 130
    return 0


def down(context: typer.Context) -> int:
    from fumibako.home import life, units

    session = session_of(context)
    home = session.home
    read_facts(home)
    require_root()
    if units.governs(home):
        units.stop()
    with life.changing(home):
        ran = life.stop(home)
    if session.json:
        tell_json({"outcome": "stopped" if ran else "unchanged"})
    else:
        tell(say("Stopped.", "停止しました。") if ran else say("It was not running.", "動いていませんでした。"))
    return 0


def status(context: typer.Context) -> int:
    from fumibako.home.state import state_of

    session = session_of(context)
    home, facts = session.home, session.facts
    require_root()
    state = state_of(home, facts, language=LANGUAGE)
    if session.json:
        tell_json(state.as_json())
    else:
        tell_status(home, facts, state)
    if not state.console:
        return NO_ANSWER
    return 0 if state.in_order else REFUSED


# --- parts of init ---------------------------------------------------------------------------------------------------


def _new_code(session: Session) -> int:
    from fumibako.home.bootstrap import new_code

    read_facts(session.home)
    code = new_code(session.home)
    if session.json:
        tell_json({"console": session.facts.console_url, "code": code})
    else:
        tell(say(f"Console: {session.facts.console_url}", f"コンソール: {session.facts.console_url}"))
        _tell_code(code)
    return 0


def _tell_code(code: str) -> None:
    tell(
        say(
            f"One-time code for the first administrator (30 minutes): {coloured(code, 'bold')}",
            f"最初の管理者のための一回限りのコード（30 分有効）: {coloured(code, 'bold')}",
        )
    )


def _administrator(name: str | None, password_file: str | None) -> Administrator | None:
    from fumibako.home.bootstrap import Administrator

    if name is None and password_file is None:
        return None
    if name is None or password_file is None:
        raise typer.BadParameter(
            say(
                "--admin and --admin-password-file belong together.",
                "--admin と --admin-password-file は一緒に指定してください。",
            ),
            param_hint="--admin",
        )
    return Administrator(name, secret_from(password_file, "--admin-password-file"))


# --- parts of up -----------------------------------------------------------------------------------------------------


def _report_start(session: Session, findings: list[Finding], facts: HomeFacts) -> int:
    shown = [finding.as_json(LANGUAGE) for finding in findings]
    if session.json:
        tell_json({"console": facts.console_url, "outcome": "up" if not findings else "incomplete", "findings": shown})
    tell_findings(shown)
    if findings:
        message(
            say(
                f"Logs: {session.home.log} and {session.home.server_log}",
                f"ログ: {session.home.log} と {session.home.server_log}",
            )
        )
        return NO_ANSWER if any(finding.code.startswith("console-") for finding in findings) else REFUSED
    if not session.json:
        tell(say(f"Console: {facts.console_url}", f"コンソール: {facts.console_url}"))
        sys.stdout.flush()
    return 0


class _ended_by_signals:  # noqa: N801 - reads as a sentence in `with`
    """SIGTERM and SIGHUP end `up` as Ctrl-C does."""

    def __enter__(self) -> None:
        self._before = {number: signal.signal(number, self._raise) for number in (signal.SIGTERM, signal.SIGHUP)}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @staticmethod
    def _raise(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt
