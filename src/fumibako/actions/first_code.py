"""The one-time code with which the first administrator is made, while there is none."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.trouble import Refused
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.store.models import FirstCode, Operator, Role

LIFETIME: Final = timedelta(minutes=30)

_THERE_IS_ONE = Text(
    "There is an administrator already; a code is only for the first.",
    "すでに管理者がいます。コードは最初の管理者を作るためのものです。",
)


def needed() -> bool:
    """Whether there is no administrator yet."""
    return not Operator.objects.filter(role=Role.SERVER_ADMIN).exists()


def make(caller: Caller) -> str:
    """A new code, thirty minutes good; earlier ones are good for nothing any more. Raises `Refused` when there is an
    administrator."""
    require(caller, "make_first_code")
    with transaction.atomic():
        if not needed():
            raise Refused(findings=[there_is_one()])
        FirstCode.objects.all().delete()
        code = secrets.token_urlsafe(32)
        FirstCode.objects.create(digest=_digest(code), expires=timezone.now() + LIFETIME)
        record(caller, "first_code.make")
    return code


def use(code: str) -> bool:
    """Whether the code is good; it is not any more afterwards. Runs in the caller's transaction."""
    good = FirstCode.objects.filter(digest=_digest(code.strip()), expires__gt=timezone.now())
    return needed() and bool(good.delete()[0])


def there_is_one(path: str = "") -> Finding:
    return Finding("administrator-exists", path, _THERE_IS_ONE)


def _digest(code: str) -> str:
    # The code has 256 bits of its own: nothing can be guessed from a plain digest, and it is found by it.
    return hashlib.sha256(code.encode()).hexdigest()
