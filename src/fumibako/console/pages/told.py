"""What came of a form, said on the next page."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages

from fumibako.console.pages.places import name_of
from fumibako.console.peer import Request
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

SAVED = Text(
    "Staged. The server changes when you apply.", "未適用の変更に加えました。[設定する] でサーバーに反映します。"
)
NOTHING = Text("Nothing differs from what is there.", "変更はありません。")
UNDONE = Text("Undone.", "取り消しました。")
_WARNING = Text("{where}: {message}", "{where}：{message}")


def tell(request: Request, text: Text, findings: Sequence[Finding] = ()) -> None:
    """The sentence, and the warnings that did not stop it."""
    messages.success(request, text.in_(request.caller.language))
    warn(request, findings)


def note(request: Request, text: Text) -> None:
    messages.info(request, text.in_(request.caller.language))


def warn(request: Request, findings: Sequence[Finding]) -> None:
    for finding in findings:
        where = name_of(finding.path)
        said = finding.message if where is None else _WARNING.with_(where=where, message=finding.message)
        messages.warning(request, said.in_(request.caller.language))


def complain(request: Request, findings: Sequence[Finding]) -> None:
    """Of a form that is one button: there is no field to say it beside."""
    for finding in findings:
        messages.error(request, finding.message.in_(request.caller.language))
