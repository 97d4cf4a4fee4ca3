"""That postmaster, abuse and root of every domain reach somebody: the administrator where nobody else has these names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fumibako.actions.view import View
from fumibako.features.aliases.rows import folded
from fumibako.features.directory.administrator import NEEDED, PLACE, is_administrators
from fumibako.schema.edit import Edit
from fumibako.schema.finding import Finding
from fumibako.schema.place import looked_up
from fumibako.schema.text import Text
from fumibako.store import system_users
from fumibako.store.models import OperatorDomain, Role

_PATH: Final = "basics.administrator"
_DEEPEST: Final = 20
_WIDEST: Final = 20_000

_NOBODY = Text(
    "There is no account and no alias {address} here: mail to postmaster and abuse would reach nobody. Name another "
    "administrator.",
    "{address} というアカウントもエイリアスもありません。postmaster や abuse 宛てのメールがどこにも届かなくなります。"
    "別の管理者を指定してください。",
)
_ROUND = Text(
    "{address} leads back to {name}, which is the administrator's: such mail would go round and reach nobody.",
    "{address} は {name} に転送され、{name} は管理者に届くため循環します。",
)
_NEEDED = Text(
    "Every domain needs {name} (RFC 2142). Set an administrator in the basic settings first; then this name leads there.",
    "{name} はどのドメインにも必要です (RFC 2142)。先に基本設定で管理者を設定してください。この名前宛てのメールは管理者に届きます。",
)


_DELEGATED = Text(
    "Somebody else administers {domain}, and could take the mail to every domain's postmaster by it. Choose an address in a "
    "domain that is nobody else's.",
    "{domain} はドメイン管理者に任されているため、全ドメインの postmaster 宛てのメールを読まれるおそれがあります。"
    "ドメイン管理者のいないドメインのアドレスを指定してください。",
)


def administrator_of(view: View) -> str | None:
    """The administrator's address. Who administers other domains alone sees of it only that there is one (`View`)."""
    found = looked_up(view.settings, PLACE)
    return found if isinstance(found, str) and found else None


def is_delegated(domain: str) -> bool:
    """Whether a domain administrator has the domain."""
    return OperatorDomain.objects.filter(name=domain, operator__role=Role.DOMAIN_ADMIN).exists()


def reaches_somebody(view: View, address: str) -> bool:
    """Whether the administrator's address is elsewhere, or somebody's here."""
    if view.row("domains", address.rpartition("@")[2]) is None:
        return True
    return _has_owner(view, address)


def administrator_findings(after: View, edits: Sequence[Edit]) -> list[Finding]:
    """`after` is the view with the edits made."""
    address = administrator_of(after)
    if address is None:
        there_is_one = bool(looked_up(after.settings, PLACE))
        return [] if there_is_one else _vanishing(after, edits)
    touched = [edit for edit in edits if edit.place == PLACE or (edit.place[0] in ("accounts", "aliases", "domains"))]
    if not any(edit.place == PLACE or edit.place[0] == "aliases" or len(edit.place) == 2 for edit in touched):
        return []
    domain = address.rpartition("@")[2]
    if any(edit.place == PLACE for edit in touched) and is_delegated(domain):
        return [Finding("administrator-delegated", _PATH, _DELEGATED.with_(domain=domain))]
    if not reaches_somebody(after, address):
        path = next((edit.path for edit in touched if edit.removes and edit.place[1:2] == (address,)), _PATH)
        concerns = any(edit.place == PLACE or edit.place[1] in (address, domain) for edit in touched)
        return [Finding("administrator-missing", path, _NOBODY.with_(address=address))] if concerns else []
    if any(edit.place == PLACE or edit.place[0] == "aliases" or edit.removes for edit in touched):
        name = _leads_back(after, address)
        if name is not None:
            path = next((f"aliases/{edit.place[1]}" for edit in touched if edit.place[0] == "aliases"), _PATH)
            return [Finding("administrator-loop", path, _ROUND.with_(address=address, name=name))]
    return []


def _leads_back(view: View, address: str) -> str | None:
    """The first of the administrator's own names that his address leads to."""
    level, seen = [address], {address}
    for _ in range(_DEEPEST):
        rows = view.rows("aliases", level)
        targets = list(dict.fromkeys(folded(each) for row in rows.values() for each in row["targets"]))
        level = [each for each in targets if each not in seen]
        if not level or len(seen) > _WIDEST:
            return None
        seen.update(level)
        for each in level:
            hosted = view.row("domains", each.rpartition("@")[2]) is not None
            if hosted and is_administrators(each) and not _has_owner(view, each):
                return each
    return None


def _vanishing(after: View, edits: Sequence[Edit]) -> list[Finding]:
    """Names that a domain needs and that go with these edits, while nobody stands in for them."""
    gone = [
        edit
        for edit in edits
        if edit.place[0] in ("accounts", "aliases") and edit.removes and edit.place[1].partition("@")[0] in NEEDED
    ]
    return [
        Finding("name-needed", edit.path, _NEEDED.with_(name=edit.place[1]))
        for edit in gone
        if after.row("domains", edit.place[1].rpartition("@")[2]) is not None
        and not _has_owner(after, edit.place[1])
        and after.row("aliases", f"@{edit.place[1].rpartition('@')[2]}") is None
    ]


def _has_owner(view: View, address: str) -> bool:
    if view.row("accounts", address) is not None or view.row("aliases", address) is not None:
        return True
    return bool(system_users.with_addresses([address]))
