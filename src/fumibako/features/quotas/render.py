"""Quotas as Dovecot has them: it counts, holds IMAP to the limit, and writes every change of a mailbox's usage down. So it
does with the time of each log-in by IMAP and POP3 (what is delivered, and what is counted by doveadm, is none).

What SMTP has accepted is stored: mailboxes that are full are refused at RCPT, where the sender still has the message, and
not again at delivery, where refusing would mean a bounce. So the limit that Dovecot hears of is none in LMTP (see the
user query in `directory/render.py`).
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.filter_services import policy_service
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import Origin, Rule, Slot
from fumibako.formats.dict_sql import DictMap, DictSql, format_dict_sql
from fumibako.formats.dovecot23 import Block, Setting
from fumibako.layout import FILTER_USER, MAIL_USER
from fumibako.schema.text import Text

_DICT: Final = "dict-usage.conf"
_MAPS: Final = (
    DictMap("priv/quota/storage", "usage", "username", "bytes"),
    DictMap("priv/quota/messages", "usage", "username", "messages"),
    DictMap("shared/last-login/$user", "log_ins", "username", "at"),
)

_FULL: Final = Origin(
    "quotas",
    Text("Room in the mailbox", "スプール容量"),
    Text("There is no room left for mail to {entry}.", "{entry} 宛てのメールを受け取る容量が残っていません。"),
)


def quota_rules(facts: Facts) -> list[Rule]:
    """A mail filter that does not answer stops no mail: a mailbox that grows beyond its limit meanwhile does less harm."""
    return [Rule(Slot.RECIPIENT_STATE, policy_service(facts.home, "quota", without="DUNNO"), _FULL)]


def quotas_fragment(facts: Facts) -> Fragment:
    home = facts.home
    return Fragment(
        "Mailbox quotas",
        dovecot=(
            Block(
                "plugin",
                "",
                (
                    Setting("quota", "count:User quota"),
                    Setting("quota_vsizes", "yes"),
                    Setting("quota_clone_dict", "proxy:dict:usage"),
                    # Written beside the session, which neither waits for it nor ends with it.
                    Setting("last_login_dict", "proxy:dict:usage"),
                ),
            ),
            Block("dict", "", (Setting("usage", f"sqlite:{home.dovecot_conf.parent}/{_DICT}"),)),
            Block(
                "service",
                "dict",
                (
                    # The usage database is shared with the mail filter, which must not read what else is Dovecot's.
                    Setting("extra_groups", FILTER_USER),
                    Block("unix_listener", "dict", (Setting("mode", "0600"), Setting("user", MAIL_USER))),
                ),
            ),
        ),
        plugins={"": ("quota", "quota_clone"), "imap": ("imap_quota", "last_login"), "pop3": ("last_login",)},
        # `mode=rw`: a daemon that starts before the agent makes no database.
        files={f"dovecot/{_DICT}": format_dict_sql(DictSql(f"file:{home.usage_db}?mode=rw", _MAPS, "Usage"))},
    )
