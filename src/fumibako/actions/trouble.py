"""What keeps an action from being done that is nobody's input: a small tree of exceptions with stable codes.

`status` is what an HTTP answer has; the message is in both languages, for whoever shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from fumibako.schema.finding import Finding
from fumibako.schema.text import Text


class Trouble(Exception):
    status = 500
    code = "trouble"
    message = Text("Something went wrong here.", "内部で問題が起きました。")

    def __init__(
        self, message: Text | None = None, *, code: str | None = None, findings: Sequence[Finding] = ()
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.findings = tuple(findings)
        super().__init__(self.code)


class Unknown(Trouble):
    """Nobody has said who is asking."""

    status = 401
    code = "not-logged-in"
    message = Text("Log in first.", "ログインしてください。")


class Denied(Trouble):
    status = 403
    code = "not-allowed"
    message = Text("You are not allowed to do this.", "この操作は許可されていません。")


class Missing(Trouble):
    status = 404
    code = "not-found"
    message = Text("There is no such thing here.", "見つかりません。")


class Refused(Trouble):
    """The input is wrong where there is no value to carry the findings: a small form, one field of the API."""

    status = 422
    code = "refused"
    message = Text("Nothing was changed.", "何も変更していません。")


class Busy(Trouble):
    status = 503
    code = "busy"
    message = Text(
        "Too many changes are being waited for. Try again in a moment.",
        "処理待ちの変更が多すぎます。しばらくしてからもう一度お試しください。",
    )


class Unanswered(Trouble):
    """The agent does not answer."""

    status = 503
    code = "agent-away"
    message = Text("The agent of this server does not answer.", "このサーバーのエージェントが応答しません。")


class Unfinished(Trouble):
    """The agent has the run and has not said how it ended. It may yet: ask for the run again."""

    status = 504
    code = "unfinished"
    message = Text(
        "The change has begun, but its end is not known yet. Look at it again in a moment.",
        "変更は始まりましたが、結果がまだ分かりません。しばらくしてから確認してください。",
    )

    def __init__(self, run: int) -> None:
        super().__init__()
        self.run = run
