"""The directory as the servers have it: Postfix looks domains and addresses up, Dovecot log-ins, homes and limits.

The files name look-ups and never rows, so they are the same for ten accounts and for a million.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import Origin, Rule, Slot
from fumibako.features.basics.section import Basics
from fumibako.features.directory import administrator, system_users
from fumibako.formats.dovecot23 import Block, Setting
from fumibako.formats.sql_files import DovecotSql, SqliteMap, format_dovecot_sql, format_map
from fumibako.layout import MAIL_USER, Home
from fumibako.schema.text import Text

_DOMAINS: Final = "domains.cf"
_ACCOUNTS: Final = "accounts.cf"
_HOST: Final = "host-domain.cf"
_BARRED_SENDERS: Final = "barred-senders.cf"
_BARRED_RECIPIENTS: Final = "barred-recipients.cf"
_SQL: Final = "dovecot-sql.conf"
_APP_SQL: Final = "app-passwords-sql.conf"

# MBytes are 1,048,576 octets, as Dovecot's M is; a limit of 0 is none. %s is the protocol: what SMTP has accepted is stored.
_QUOTA_RULE: Final = "'*:storage=' || CASE '%s' WHEN 'lmtp' THEN 0 ELSE COALESCE(quota_mb, 0) END || 'M'"

_LOG_IN: Final = (
    "SELECT address AS user, password FROM accounts WHERE address = '%u' AND enabled = 1 AND password IS NOT NULL"
)

# An app password is random, so that its digest finds it: what was typed reaches the query as 64 hexadecimal digits and
# never as it is. Dovecot still compares it with the hash that it gets, as any other.
_LOG_IN_BY_APP: Final = (
    "SELECT address AS user, '{SHA256.HEX}' || digest AS password FROM app_passwords "
    "WHERE address = '%u' AND digest = '%{sha256:password}' "
    "AND EXISTS (SELECT 1 FROM accounts WHERE address = '%u' AND enabled = 1 AND password IS NOT NULL)"
)

_MAY_RECEIVE: Final = Origin(
    "accounts",
    Text("Recipient takes mail", "宛先の受信可否"),
    Text("{entry} does not take mail: receiving is switched off.", "{entry} は受信がオフになっています。"),
)
_MAY_SEND: Final = Origin(
    "accounts",
    Text("Account may send", "アカウントの送信可否"),
    Text("{entry} may not send: the account or its sending is switched off.", "{entry} は送信がオフになっています。"),
)


def directory_fragment(basics: Basics, facts: Facts) -> Fragment:
    home = facts.home
    accounts = f"proxy:sqlite:{home.postfix}/{_ACCOUNTS}"
    sql = f"{home.dovecot_conf.parent}/{_SQL}"
    system_sql = f"{home.dovecot_conf.parent}/{system_users.SQL_FILE}"
    domain = basics.primary_domain or facts.first_domain
    with_system = basics.system_accounts and domain is not None
    return Fragment(
        "Domains and accounts",
        {
            "virtual_mailbox_domains": f"proxy:sqlite:{home.postfix}/{_DOMAINS}",
            "virtual_mailbox_maps": accounts,
            "virtual_transport": f"lmtp:unix:{home.dovecot}/lmtp",
            # Of the host's own name, where it is no domain here, only the administrator's names are known.
            "virtual_alias_domains": f"proxy:sqlite:{home.postfix}/{_HOST}",
            # There is no local delivery. An address literal of this host is still of the class "local": the table of
            # accounts has no such names, so it is refused as unknown during the session and not bounced later.
            "mydestination": "",
            "local_recipient_maps": accounts,
            "local_transport": "error:5.1.1 User unknown",
            "alias_maps": "",
            "alias_database": "",
            "relay_domains": "",
            "recipient_delimiter": "",
            "show_user_unknown_table_name": "no",
        },
        dovecot=(
            *_mailboxes(home),
            Setting("auth_cache_size", "0"),
            # The worker that asks the database needs no more than to read it; PAM needs to read what the system's
            # passwords are compared with, and still not to be root.
            Block(
                "service",
                "auth-worker",
                (Setting("user", "dovecot"), *([Setting("extra_groups", "shadow")] if with_system else [])),
            ),
            # App passwords first: to look for one costs nothing, to try the account's own password costs its slow hash.
            Block("passdb", "", (Setting("driver", "sql"), Setting("args", f"{home.dovecot_conf.parent}/{_APP_SQL}"))),
            Block("passdb", "", (Setting("driver", "sql"), Setting("args", sql))),
            *(system_users.log_in(system_sql, domain) if with_system and domain else ()),
            Block("userdb", "", (Setting("driver", "sql"), Setting("args", sql))),
            Block("userdb", "", (Setting("driver", "sql"), Setting("args", system_sql))),
        ),
        files={
            f"postfix/{_DOMAINS}": _map(home, "SELECT name FROM domains WHERE name = '%s'", "Domains served here"),
            f"postfix/{_HOST}": _map(home, administrator.host_query(basics.hostname), "The host name as a domain"),
            f"postfix/{administrator.TABLE}": _map(
                home, administrator.query(basics.hostname), "Names that lead to the administrator"
            ),
            f"postfix/{_ACCOUNTS}": _map(
                home,
                "SELECT address FROM accounts WHERE address = '%s' "
                "UNION SELECT address FROM system_users WHERE address = '%s'",
                "Accounts",
            ),
            f"postfix/{_BARRED_SENDERS}": _map(
                home,
                "SELECT DISTINCT '550 5.7.1 This account may not send mail' FROM barred "
                "WHERE address = '%s' AND why IN ('enabled', 'may_send')",
                "Accounts that may not send",
            ),
            f"postfix/{_BARRED_RECIPIENTS}": _map(
                home,
                "SELECT '550 5.2.1 This mailbox does not accept mail' FROM barred "
                "WHERE address = '%s' AND why = 'may_receive'",
                "Accounts that may not receive",
            ),
            f"dovecot/{_SQL}": format_dovecot_sql(_queries(home)),
            f"dovecot/{_APP_SQL}": format_dovecot_sql(app_queries(home)),
            f"dovecot/{system_users.SQL_FILE}": format_dovecot_sql(system_users.queries(home, _QUOTA_RULE)),
        },
    )


def directory_rules(facts: Facts) -> list[Rule]:
    """What the switches of accounts refuse, asked of the look-ups so that they count at once, in open sessions too."""
    postfix = f"proxy:sqlite:{facts.home.postfix}"
    return [
        Rule(Slot.RECIPIENT_STATE, f"check_recipient_access {postfix}/{_BARRED_RECIPIENTS}", _MAY_RECEIVE),
        Rule(Slot.SENDER_OWNERSHIP, f"check_sasl_access {postfix}/{_BARRED_SENDERS}", _MAY_SEND),
    ]


def _mailboxes(home: Home) -> tuple[Setting, ...]:
    return (
        Setting("mail_home", f"{home.mail}/%d/%n"),
        Setting("mail_location", "sdbox:~/sdbox"),
        Setting("mail_uid", MAIL_USER),
        Setting("mail_gid", MAIL_USER),
        # A system user has a small number; which one is not ours to choose.
        Setting("first_valid_uid", "100"),
        Setting("first_valid_gid", "100"),
    )


def _map(home: Home, query: str, comment: str) -> str:
    """`mode=ro` keeps a daemon that starts before the agent from making an empty database."""
    return format_map(SqliteMap(f"file:{home.lookup_db}?mode=ro", query, comment=comment))


def _queries(home: Home) -> DovecotSql:
    """Who may log in, and where mail goes. An account that is switched off, or has no password, is unknown to the first
    query and known to the others: nobody logs in as it, its mail is delivered."""
    return DovecotSql(
        connect=f"file:{home.passwords_db}?mode=ro",
        default_pass_scheme="SHA512-CRYPT",  # noqa: S106  # a scheme's name
        password_query=_LOG_IN,
        # A mailbox that has moved is found where it lies; the others where their addresses say.
        user_query=f"SELECT address AS user, {_QUOTA_RULE} AS quota_rule, "  # noqa: S608
        f"'{home.mail}/' || COALESCE((SELECT mailbox FROM mailboxes WHERE address = '%u'), '%d/%n') AS home "
        "FROM accounts WHERE address = '%u'",
        iterate_query="SELECT address AS user FROM accounts",
        comment="Accounts",
    )


def app_queries(home: Home) -> DovecotSql:
    return DovecotSql(
        connect=f"file:{home.passwords_db}?mode=ro",
        default_pass_scheme="SHA512-CRYPT",  # noqa: S106  # a scheme's name
        password_query=_LOG_IN_BY_APP,
        comment="App passwords",
    )
