"""The session of an account holder: whose it is, and until when.

It is beside Django's log-in, which is that of operators: an account is no operator. It ends with the password that it was
begun with, when the account is switched off or removed, and as every session does.
"""

from __future__ import annotations

import hmac
from typing import Final

from django.http import HttpRequest

from fumibako.actions import own_account

_KEY: Final = "account"


def begin(request: HttpRequest, address: str) -> None:
    """A new session, so that nobody knows its name beforehand."""
    request.session.flush()
    request.session[_KEY] = {"address": address, "stamp": own_account.stamp(address)}


def renew(request: HttpRequest, address: str) -> None:
    """Go on under the new password; all other sessions of the account end."""
    request.session.cycle_key()
    request.session[_KEY] = {"address": address, "stamp": own_account.stamp(address)}


def of_session(request: HttpRequest) -> str | None:
    held = request.session.get(_KEY)
    if not isinstance(held, dict):
        return None
    stamp = own_account.stamp(str(held["address"]))
    good = stamp is not None and hmac.compare_digest(stamp, str(held["stamp"]))
    return str(held["address"]) if good else None
