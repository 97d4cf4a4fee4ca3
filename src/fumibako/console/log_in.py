"""How allauth logs operators in here: no sign-up, no mail, failures counted by us, everything in the audit trail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language

from fumibako.actions import log_in
from fumibako.actions.sealing import opened, sealed
from fumibako.console.peer import network_of
from fumibako.schema.text import preferred_language


class LogInAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        locked = log_in.locked(_name(credentials), network_of(request))
        if locked is not None:
            raise ValidationError(locked.message.in_(preferred_language(get_language())), code=locked.code)
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        log_in.failed(_name(credentials), network_of(request))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        log_in.succeeded(user, network_of(request))
        return super().post_login(request, user, **kwargs)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """The secrets of one-time passwords are stored sealed with the console's key."""

    def encrypt(self, text: str) -> str:
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return opened(encrypted_text)


def _name(credentials: dict[str, Any]) -> str:
    return str(credentials.get("username") or "").strip()[:64]
