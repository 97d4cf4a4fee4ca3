"""The one-time code by which an operator chooses a password: his first, or a new one where he has lost it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from fumibako.actions import log_in, operators
from fumibako.actions.audit import record
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.store.models import Invitation, Operator

LIFETIME: Final = timedelta(days=7)
_COUNTED_AS: Final = "invitation"

_BAD_CODE = Text(
    "This code is not good (any more). A server administrator can make a new one.",
    "このコードは使えません。サーバー管理者に新しいコードを作ってもらってください。",
)


def make(operator: Operator) -> str:
    """A new code, a week good; earlier ones of this operator are good for nothing any more. Runs in the caller's
    transaction."""
    code = secrets.token_urlsafe(32)
    Invitation.objects.update_or_create(
        operator=operator, defaults={"digest": _digest(code), "expires": timezone.now() + LIFETIME}
    )
    return code


def accept(code: str, password: str, *, network: str) -> list[Finding]:
    """Give the code's operator this password; findings at `code` and `password` where that cannot be. The code stays good
    when only the password is wrong. He is not logged in by it: a second factor is asked for as always."""
    wait = log_in.locked(_COUNTED_AS, network)
    if wait is not None:
        return [Finding(wait.code, "code", wait.message)]
    with transaction.atomic():
        good = Invitation.objects.filter(digest=_digest(code.strip()), expires__gt=timezone.now())
        found = good.select_related("operator").first()
        if found is not None:
            operator = found.operator
            if wrong := operators.checked_password(password, operator.username):
                return wrong
            operator.password = make_password(password)
            operator.save(update_fields=["password"])
            found.delete()
            record(operator.username, "operator.password", f"operators/{operator}", network=network)
            return []
    log_in.failed(_COUNTED_AS, network)
    return [Finding("invitation", "code", _BAD_CODE)]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
