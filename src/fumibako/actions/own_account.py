"""An account holder's own page: log-in with address and mailbox password, and the few fields that are his.

What he changes is live at once, as a revision of one edit and without a draft: an operator who has staged something for the
same field sees a conflict when he comes to apply it, and nothing is lost. He sees and changes no other row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from fumibako.actions import app_passwords, applies, directory_edits, keys, log_in, passwords, plans
from fumibako.actions import view as views
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.proposal import of_wanted
from fumibako.actions.result import Result
from fumibako.features.quotas.room import percent
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json, looked_up
from fumibako.schema.text import Text
from fumibako.store import directory, usage

# What an account holder may change of the own row, beside the password.
FIELDS: Final = ("forward", "keep_copy", "vacation", "language")
_ALLOWED: Final = ("basics", "holder_forwarding")

_WRONG = Text("Address or password is not right.", "アドレスまたはパスワードが正しくありません。")
_NO_FORWARDING = Text(
    "The administrator does not allow account holders to forward. You may only take away what is there.",
    "利用者による転送は、管理者が許可していません。いまある転送先の解除だけができます。",
)
_ONLY_HERE = Text(
    "{target} is on another server. The administrator allows forwarding to addresses of this server only.",
    "{target} はほかのサーバーのアドレスです。管理者が許可しているのは、このサーバーのアドレスへの転送だけです。",
)
_OLD = Text("This is not your present password.", "現在のパスワードが正しくありません。")


@dataclass(frozen=True, slots=True)
class Own:
    """`used` in octets, `quota_mb` None without a limit; `aliases` are the addresses that lead here directly;
    `forwarding` is what the basic settings allow him to add (`Basics.holder_forwarding`)."""

    address: str
    row: Mapping[str, Json]
    used: int
    aliases: tuple[str, ...]
    forwarding: str

    @property
    def may_forward(self) -> bool:
        return self.forwarding != "none"

    @property
    def percent(self) -> int | None:
        return percent(self.used, self.row["quota_mb"])


def entered(written: str, password: str, network: str) -> tuple[str | None, list[Finding]]:
    """The address whose password this is, of an account that is in use. What was wrong is not said, and an account that
    there is not costs as much time as one that there is."""
    name = written.strip()[:320]
    if (wait := log_in.locked(name, network)) is not None:
        return None, [wait]
    key = keys.spelled("accounts", name)
    row = directory.row("accounts", key) if key else None
    good = passwords.verified(password, row["password_hash"] if row and row["enabled"] else None)
    if key is None or not good:
        log_in.failed(name, network)
        return None, [Finding("log-in", "", _WRONG)]
    log_in.succeeded_as(name, network)
    return key, []


def stamp(address: str) -> str | None:
    """What a session holds to: it changes with the password, and there is none when the account is gone, switched off or
    without a password."""
    row = directory.row("accounts", address)
    if row is None or not row["enabled"] or row["password_hash"] is None:
        return None
    return hashlib.sha256(f"{address} {row['password_hash']}".encode()).hexdigest()


def language(address: str) -> str:
    """The account's language; empty where it says none."""
    return (directory.row("accounts", address) or {}).get("language") or ""


def look(caller: Caller) -> Own:
    address = _address(caller)
    row = directory.row("accounts", address)
    assert row is not None
    live = views.live()
    return Own(address, row, usage.of(address), live.names_of(address), looked_up(live.settings, _ALLOWED))


def change(caller: Caller, fields: Mapping[str, Json]) -> Result:
    """Give fields of the own account these values: `applied`, `unchanged` or `refused`. Targets of forwarding that the
    administrator does not allow are refused; those that stand there may stay."""
    address = _address(caller)
    assert set(fields) <= set(FIELDS)
    acting = _acting(caller)
    proposal = of_wanted(acting, directory_edits.change_account(address, fields))
    refused = [finding for edit in proposal.edits if edit.place[2] == "forward" for finding in _not_allowed(edit)]
    if refused:
        return Result("refused", findings=tuple(refused))
    return applies.apply(acting, proposal)


def _not_allowed(edit: Edit) -> list[Finding]:
    """What the basic settings say against the targets that an edit of the forwarding adds."""
    live = views.live()
    allowed = looked_up(live.settings, _ALLOWED)
    added = [target for target in edit.now if target not in edit.was]
    if allowed == "none" and added:
        return [Finding("forwarding-off", edit.path, _NO_FORWARDING)]
    if allowed == "anywhere":
        return []
    domains = {target: target.rpartition("@")[2].lower() for target in added}
    here = live.rows("domains", sorted(set(domains.values())))
    return [
        Finding("forwarding-away", edit.path, _ONLY_HERE.with_(target=target))
        for target, domain in domains.items()
        if domain not in here
    ]


def change_password(caller: Caller, old: str, new: str) -> Result:
    """Findings stand at `old` and at the password. A wrong old one counts as a failed log-in."""
    address = _address(caller)
    row = directory.row("accounts", address)
    assert row is not None
    wait = log_in.locked(address, caller.network)
    if wait is not None:
        return Result("refused", findings=(Finding(wait.code, "old", wait.message),))
    if not passwords.verified(old, row["password_hash"]):
        log_in.failed(address, caller.network)
        return Result("refused", findings=(Finding("password-old", "old", _OLD),))
    found = passwords.password_findings(new, f"accounts/{address}/password")
    if errors(found):
        return Result("refused", findings=tuple(found))
    result = passwords.set_password(_acting(caller), address, new)
    if result.outcome == "applied":
        record(caller, "own.password", f"accounts/{address}")
    return plans.with_warnings(result, found)


def make_app_password(caller: Caller, name: str) -> tuple[str, Result]:
    """`app_passwords.make` for the own account."""
    return app_passwords.make(_acting(caller), _address(caller), name)


def revoke_app_password(caller: Caller, name: str) -> Result:
    return app_passwords.revoke(_acting(caller), _address(caller), name)


def _address(caller: Caller) -> str:
    require(caller, "own_account")
    assert caller.account is not None
    return caller.account


def _acting(caller: Caller) -> Caller:
    """The account holder with the eyes of his domain, for fields that the functions above name and no others."""
    return replace(caller, power="domain_admin", domains=frozenset({_address(caller).rpartition("@")[2]}))
