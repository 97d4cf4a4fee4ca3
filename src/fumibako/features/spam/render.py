"""Spam rejection as Postfix has it: what strangers are asked, after everybody who is ours has passed."""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.filter_services import policy_service
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import Origin, Rule, Slot
from fumibako.features.spam.section import Spam
from fumibako.formats.sql_files import SqliteMap, format_map
from fumibako.schema.text import Text

_SENDERS: Final = "blocked-senders.cf"
# Postfix asks for the whole address, its domain, the domains above with a dot in front, and the local part with its @: the
# @ here makes a row of a whole domain match that domain alone. Postfix puts the sender in front of the text.
_QUERY: Final = (
    "SELECT '554 5.7.1 Mail from this sender is refused here' FROM blocked_senders WHERE pattern IN ('%s', '@%s')"
)

_REFUSED: Final = Origin(
    "spam.blocked_senders",
    Text("Refused senders", "受信拒否リスト手動設定"),
    Text("Mail from {entry} is refused.", "{entry} からのメールは拒否します。"),
)
_LISTED: Final = Origin(
    "spam.dns_blocklists",
    Text("DNS block lists", "受信拒否リスト自動設定 (RBL)"),
    Text("The client is on the block list {entry}.", "クライアントが {entry} に載っています。"),
)


def spam_fragment(spam: Spam, facts: Facts) -> Fragment:
    table = SqliteMap(f"file:{facts.home.lookup_db}?mode=ro", _QUERY, comment="Refused senders")
    return Fragment(
        "Refused senders",
        files={f"postfix/{_SENDERS}": format_map(table)},
        mail_filter={"block_lists": list(spam.dns_blocklists), "block_list_threshold": spam.threshold},
    )


def spam_rules(spam: Spam, facts: Facts) -> list[Rule]:
    """Where no list is wanted, nobody is asked. Without the mail filter no list refuses anybody."""
    senders = Rule(Slot.REFUSED_SENDER, f"check_sender_access proxy:sqlite:{facts.home.postfix}/{_SENDERS}", _REFUSED)
    lists = Rule(Slot.BLOCK_LIST, policy_service(facts.home, "block-lists", without="DUNNO"), _LISTED)
    return [senders, lists] if spam.dns_blocklists else [senders]
