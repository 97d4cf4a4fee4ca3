"""Problem documents (RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from fumibako.actions.trouble import Trouble, Unfinished
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

logger = logging.getLogger(__name__)

_NOT_UNDERSTOOD = Text("This request cannot be understood.", "リクエストの内容が正しくありません。")
_FAILED = Text("Something went wrong here; its log says more.", "内部でエラーが起きました。詳細はログにあります。")
NO_SUCH = Text("There is nothing at this address.", "このアドレスには何もありません。")
_TOO_LARGE = Text("This request is too large.", "リクエストが大きすぎます。")
_FIELD = Text("“{field}”: {why}", "「{field}」: {why}")


def problem(
    request: HttpRequest, status: int, code: str, message: Text, findings: Iterable[Finding] = (), **more: Any
) -> HttpResponse:
    language = language_of(request)
    document = {
        "type": f"urn:fumibako:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message.in_(language),
        "code": code,
        "findings": [finding.as_json(language) for finding in findings],
        **more,
    }
    content = json.dumps(document, ensure_ascii=False)
    return HttpResponse(content, status=status, content_type="application/problem+json")


def language_of(request: HttpRequest) -> str:
    caller = getattr(request, "caller", None)
    return caller.language if caller is not None else "en"


def install(api: NinjaAPI) -> None:
    """Let an API answer every error with a problem document."""

    @api.exception_handler(Trouble)
    def of_trouble(request: HttpRequest, error: Trouble) -> HttpResponse:
        more = {"run": error.run} if isinstance(error, Unfinished) else {}
        return problem(request, error.status, error.code, error.message, error.findings, **more)

    @api.exception_handler(ValidationError)
    def of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
        findings = [_field(each) for each in error.errors]
        return problem(request, 422, "not-understood", _NOT_UNDERSTOOD, findings)

    @api.exception_handler(HttpError)
    def of_http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(request, error.status_code, "not-understood", _NOT_UNDERSTOOD)

    @api.exception_handler(Http404)
    def of_missing(request: HttpRequest, _error: Http404) -> HttpResponse:
        return problem(request, 404, "not-found", NO_SUCH)

    @api.exception_handler(RequestDataTooBig)
    def of_size(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return problem(request, 413, "too-large", _TOO_LARGE)

    @api.exception_handler(Exception)
    def of_anything(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem(request, 500, "internal", _FAILED)


def _field(error: dict[str, Any]) -> Finding:
    # pydantic: ("body", "payload", "edits", 0, "path"); the first two are ours, not the sender's.
    where = [str(part) for part in error.get("loc", ()) if part not in {"body", "query", "path", "payload"}]
    field = ".".join(where) or "body"
    why = shown(error.get("msg", ""))
    return Finding("not-understood", field, _FIELD.with_(field=field, why=why))
