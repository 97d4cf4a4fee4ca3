"""Quota for many (スプール容量制限一括設定): choose accounts, say one limit, look at what would change, stage it as one."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from fumibako.actions import quotas
from fumibako.console.pages.gate import behind_log_in
from fumibako.console.pages.quotas import asked, limit_in, list_context
from fumibako.console.pages.told import tell
from fumibako.console.peer import Request
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import Text

SHOWN_UNKNOWN: Final = 200
_LARGEST: Final = 16 * 1024 * 1024

_STAGED = Text("{number} limits are staged.", "{number} 件の制限容量を未適用の変更に加えました。")
_NOBODY = Text("Choose at least one account.", "アカウントを 1 件以上選んでください。")
_NO_TEXT = Text(
    "The file is not a text of names. Save it as UTF-8 or Shift_JIS.",
    "ファイルを読み取れません。UTF-8 または Shift_JIS のテキストで保存してください。",
)
_LARGE = Text("The file is larger than {size} MB.", "ファイルが {size} MB を超えています。")


@require_http_methods(["GET", "HEAD", "POST"])
@behind_log_in
def bulk(request: Request) -> HttpResponseBase:
    if request.method != "POST":
        return _choosing(request)
    limit, wrong = limit_in(request.POST.dict())
    names, unread = _names(request)
    wrong += unread
    if not names and not unread:
        wrong.append(Finding("nobody-chosen", "names", _NOBODY))
    if wrong:
        return _choosing(request, wrong)
    if request.POST.get("then") == "stage":
        _, staged = quotas.stage_many(request.caller, names, limit)
        if staged.ok:
            tell(request, _STAGED.with_(number=f"{len(staged.edits):,}"), staged.findings)
            return redirect("quotas")
        return _choosing(request, errors(staged.findings)[:1])
    preview = quotas.preview(request.caller, names, limit)
    if preview.findings:
        return _choosing(request, preview.findings)
    context = {
        "preview": preview,
        "unknown": preview.unknown[:SHOWN_UNKNOWN],
        "limit": limit,
        "chosen": request.POST.get("chosen", "page"),
        "names": "\n".join(names) if request.POST.get("chosen") != "found" else "",
        "mbytes": request.POST.get("use") or request.POST.get("mbytes", ""),
        "kind": request.POST.get("kind", "limit"),
        "action": request.get_full_path(),
        "back_url": request.get_full_path(),
    }
    return render(request, "pages/quotas_preview.html", context)


def _names(request: Request) -> tuple[list[str], list[Finding]]:
    """Whom the form chose: those ticked on this page, all that the search finds, or a list."""
    match request.POST.get("chosen", "page"):
        case "found":
            return quotas.chosen(request.caller, asked(request.GET).wanted), []
        case "list":
            text = request.POST.get("names", "")
            file = request.FILES.get("file")
            if file is None:
                return quotas.names_in(text), []
            if (file.size or 0) > _LARGEST:
                return [], [Finding("file-too-large", "file", _LARGE.with_(size=_LARGEST // 1024 // 1024))]
            content = file.read()
            for encoding in ("utf-8-sig", "cp932"):
                try:
                    return quotas.names_in(f"{text}\n{content.decode(encoding)}"), []
                except UnicodeDecodeError:
                    continue
            return [], [Finding("file-not-text", "file", _NO_TEXT)]
        case _:
            return request.POST.getlist("pick"), []


def _choosing(request: Request, findings: list[Finding] | tuple[Finding, ...] = ()) -> HttpResponseBase:
    wanted = asked(request.GET)
    page = quotas.listed(request.caller, wanted)
    posted = request.POST
    context: dict[str, Any] = list_context(request.GET, wanted, page) | {
        "findings": list(findings),
        "picked": posted.getlist("pick"),
        "chosen": posted.get("chosen", "page"),
        "names": posted.get("names", ""),
        "kind": posted.get("kind", "limit"),
        "mbytes": posted.get("mbytes", ""),
        "action": request.get_full_path(),
        "list_url": reverse("quotas"),
    }
    return render(request, "pages/quotas_bulk.html", context, status=422 if findings else 200)


urlpatterns = [path("quotas-bulk/", bulk, name="quotas_bulk")]
