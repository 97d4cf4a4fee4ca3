"""What edits of the directory mean for aliases: those that are edited, and those that lead to what comes or goes."""

from __future__ import annotations

from collections.abc import Sequence
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
    findings = _told_where(after, findings)
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


def _told_where(after: View, findings: Sequence[Finding]) -> list[Finding]:
    """What is said of an account that forwards stands at its forwarding; where an alias has its name, that goes first."""
    keys = list(dict.fromkeys(finding.path.split("/")[1] for finding in findings))
    accounts = set(after.rows("accounts", keys)) - set(after.rows("aliases", keys))
    return [
        replace(finding, path=f"accounts/{key}/forward") if (key := finding.path.split("/")[1]) in accounts else finding
        for finding in findings
    ]


def _leading_into(after: View, domain: str) -> list[tuple[str, str]]:
    """What leads into a domain: the place where it is said, and the target."""
    aliases = [(f"aliases/{key}/targets", target) for key, target in after.aliases_into(domain, _SAID)]
    return [*aliases, *((f"accounts/{key}/forward", target) for key, target in after.forwards_into(domain, _SAID))]


def _of_domain(after: View, domain: str, message: Text, code: str) -> list[Finding]:
    return [
        Finding(code, place, message.with_(target=target, domain=domain), "warning")
        for place, target in _leading_into(after, domain)
    ]


def _newly_missing(after: View, domain: str) -> list[Finding]:
    """What led to the domain while it was elsewhere, to names that nobody has here."""
    into = _leading_into(after, domain)
    targets = [target for _, target in into]
    known = {*after.rows("accounts", targets), *after.rows("aliases", targets)}
    if after.row("aliases", f"@{domain}") is not None:
        return []
    return [
        Finding(
            "target-missing",
            place,
            _NOW_HERE.with_(target=target, domain=domain),
            "warning",
        )
        for place, target in into
        if target not in known
    ]
