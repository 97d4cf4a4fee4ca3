"""What edits of the directory mean for aliases: those that are edited, and those that lead to what comes or goes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from fumibako.actions.view import View
from fumibako.features.aliases.expansion import check_expansion, check_new_accounts
from fumibako.features.delivery.forwarding import WithForwards
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.store import system_users

_SAID: Final = 20

_NO_LONGER_HERE = Text(
    "{target} will be another server's: with {domain} gone, mail to it leaves this server.",
    "{domain} を削除すると、{target} 宛てのメールはほかのサーバーに送られます。",
)
_NOW_HERE = Text(
    "There is no {target} here: with {domain} served here, mail that goes on to it comes back.",
    "{domain} をこのサーバーで受け付けると、登録のない {target} への転送は差出人に戻ります。",
)


_SYSTEM = Text(
    "The system account {name} has the same address. From then on mail to {address} and log-ins are this account's; the "
    "system account's mail is kept and seen again when this account goes.",
    "同じアドレスのシステムアカウント {name} があります。適用後は {address} 宛てのメールもログインもこのアカウントのものになります。"
    "システムアカウントのメールは残り、このアカウントを削除すると再び見えます。",
)


def alias_findings(after: View, edits: Sequence[Edit]) -> list[Finding]:
    """`after` is the view with the edits made."""
    touched = [edit.place[1] for edit in edits if edit.place[0] == "aliases" and not edit.removes]
    gone = [edit.place[1] for edit in edits if edit.place[0] in ("accounts", "aliases") and edit.removes]
    accounts = [edit.place[1] for edit in edits if edit.place[0] == "accounts" and edit.adds]
    forwarding = [edit.place[1] for edit in edits if _forwards(edit)]
    seen = WithForwards(after)
    findings = check_expansion(seen, [*touched, *forwarding], gone) if touched or forwarding or gone else []
    findings = [_of_account(each, set(forwarding) - set(touched)) for each in findings]
    findings = [each for each in findings if each.code != "alias-hides-account" or each.path.startswith("aliases/")]
    said = {(each.code, each.path) for each in findings}
    findings += [each for each in check_new_accounts(after, accounts) if (each.code, each.path) not in said]
    findings += [
        Finding("hides-system-account", f"accounts/{address}", _SYSTEM.with_(name=name, address=address), "warning")
        for address, name in system_users.with_addresses(accounts).items()
    ]
    for edit in edits:
        if edit.place[0] == "domains" and edit.removes:
            findings += _of_domain(after, edit.place[1], _NO_LONGER_HERE, "target-leaves")
        elif edit.place[0] == "domains" and edit.adds:
            findings += _newly_missing(after, edit.place[1])
    return findings


def _forwards(edit: Edit) -> bool:
    """Whether the edit is about where an account forwards to."""
    table, _, *field = edit.place
    if table != "accounts" or edit.removes:
        return False
    return field[0] in ("forward", "keep_copy", "enabled") if field else bool(edit.now.get("forward"))


def _of_account(finding: Finding, accounts: Collection[str]) -> Finding:
    """What is said of an account that forwards stands at its forwarding."""
    _, key, *_ = finding.path.split("/")
    if key not in accounts:
        return finding
    return replace(finding, path=f"accounts/{key}/forward")


def _of_domain(after: View, domain: str, message: Text, code: str) -> list[Finding]:
    return [
        Finding(code, f"aliases/{alias}/targets", message.with_(target=target, domain=domain), "warning")
        for alias, target in after.aliases_into(domain, _SAID)
    ]


def _newly_missing(after: View, domain: str) -> list[Finding]:
    """Aliases that led to the domain while it was elsewhere, to names that nobody has here."""
    into = after.aliases_into(domain, _SAID)
    targets = [target for _, target in into]
    known = {*after.rows("accounts", targets), *after.rows("aliases", targets)}
    if after.row("aliases", f"@{domain}") is not None:
        return []
    return [
        Finding(
            "target-missing",
            f"aliases/{alias}/targets",
            _NOW_HERE.with_(target=target, domain=domain),
            "warning",
        )
        for alias, target in into
        if target not in known
    ]
