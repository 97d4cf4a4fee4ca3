"""Edits of the directory as people speak of them: add a domain, remove it with its accounts, give an account a limit.

Each returns `Wanted` edits, for `drafts.stage` (staged) or `proposal.of_wanted` (applied at once): the words are the
same, the checks are theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from fumibako.actions import keys
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.actions.passwords import hashed, password_findings
from fumibako.actions.permission import changes
from fumibako.actions.trouble import Missing
from fumibako.actions.view import View
from fumibako.features.directory.rows import MAILBOX, mailbox_of
from fumibako.schema.finding import Finding, errors
from fumibako.schema.place import Json
from fumibako.store import directory, removed_accounts

PAGE = 5000


def add_domain(name: str) -> list[Wanted]:
    return [Wanted(("domains", name), {}, new=True)]


def remove_domain(view: View, name: str, *, with_accounts: bool = False) -> list[Wanted]:
    """The domain, and with `with_accounts` all its accounts and aliases (`View.number_in` says how many). Without it a
    domain that has any gets a finding."""
    key = keys.spelled("domains", name) or name
    rows = [(table, each) for table in ("aliases", "accounts") if with_accounts for each in view.keys_in(table, key)]
    return [*(Wanted(row, None) for row in rows), Wanted(("domains", name), None)]


def add_account(
    address: str, fields: Mapping[str, Json] | None = None, *, password: str | None = None
) -> tuple[list[Wanted], list[Finding]]:
    """A new account with fields (`name`, `quota_mb`, `enabled`, `password_hash`) and a password in clear text, which is
    hashed here; the findings are about the password."""
    field, findings = new_password(address, password) if password else ({}, [])
    return [Wanted(("accounts", address), {**(fields or {}), **field}, new=True)], findings


def new_password(address: str, password: str) -> tuple[dict[str, Json], list[Finding]]:
    """The field that holds a password of clear text, and what is wrong with it; no field then."""
    findings = password_findings(password, f"accounts/{keys.shown(address)}/password")
    return ({} if errors(findings) else {"password_hash": hashed(password)}), findings


def change_account(address: str, fields: Mapping[str, Json]) -> list[Wanted]:
    """The fields that are named take these values."""
    return [Wanted(("accounts", address, name), value) for name, value in fields.items()]


def rename_account(view: View, address: str, new: str) -> list[Wanted]:
    """The account under another address: its mail, password and limit go along. Nobody has the old address then."""
    key = keys.spelled("accounts", address, view.primary_domain) or address
    row = view.row("accounts", key)
    if row is None:
        return [Wanted(("accounts", address), None)]
    return [
        Wanted(("accounts", new), {}, new=True, kept={**row, MAILBOX: mailbox_of(key, row)}),
        Wanted(("accounts", key), None),
    ]


def restore_account(caller: Caller, view: View, address: str) -> list[Wanted]:
    """An account that was removed, as it was then, with its mail. Raises `Missing` when it is not kept any more, or is
    not the caller's."""
    key = keys.spelled("accounts", address, view.primary_domain) or address
    if not changes(caller, ("accounts", key)):
        raise Missing
    found = removed_accounts.of_addresses([key]).get(key)
    if found is None:
        raise Missing
    mailbox, row = found
    return [Wanted(("accounts", key), {}, new=True, kept={**row, MAILBOX: mailbox})]


def remove_account(address: str) -> list[Wanted]:
    return [Wanted(("accounts", address), None)]


def add_alias(name: str, targets: Json) -> list[Wanted]:
    """A new alias; `targets` is a list or what a text area holds."""
    return [Wanted(("aliases", name), {"targets": targets}, new=True)]


def set_alias(name: str, targets: Json) -> list[Wanted]:
    """An alias that is there leads to these targets."""
    return [Wanted(("aliases", name, "targets"), targets)]


def remove_alias(name: str) -> list[Wanted]:
    return [Wanted(("aliases", name), None)]


def all_keys(table: str, within: Collection[str] | None = None) -> Iterator[str]:
    """Every key of a table, or of these domains in it: as many as there are."""
    after = ""
    while page := directory.page(table, after=after, within=within, limit=PAGE):
        yield from (key for key, _ in page)
        after = page[-1][0]
