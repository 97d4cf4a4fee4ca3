"""A hand-made generation, good enough to run a real server: SMTP, submission and SMTPS, IMAP and POP3, one look-up each."""

from __future__ import annotations

import random
import socket
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from fumibako.features.directory import system_users
from fumibako.features.directory.render import app_queries
from fumibako.formats import dovecot23, main_cf, master_cf, sql_files
from fumibako.formats.dovecot23 import Block, DovecotConf, FromFile, Item, Setting
from fumibako.formats.filter_json import format_filter
from fumibako.formats.main_cf import MainCf
from fumibako.formats.master_cf import MasterCf, Service
from fumibako.formats.sql_files import DovecotSql, SqliteMap
from fumibako.layout import MAIL_USER, Home


@dataclass(frozen=True, slots=True)
class Ports:
    """A free port for each service."""

    smtp: int
    submission: int
    smtps: int
    imap: int
    pop3: int

    @classmethod
    def free(cls) -> Ports:
        """Ports below those that the kernel gives to outgoing connections, so that none is lost to one meanwhile."""
        found: list[int] = []
        while len(found) < 5:
            port = random.randint(23000, 31999)
            if port in found:
                continue
            with socket.socket() as one:
                try:
                    one.bind(("0.0.0.0", port))
                except OSError:
                    continue
            found.append(port)
        return cls(*found)


_UNIX = (
    ("pickup", "n", "60", "1", "pickup"),
    ("cleanup", "n", "-", "0", "cleanup"),
    ("qmgr", "n", "300", "1", "qmgr"),
    ("tlsmgr", "-", "1000?", "1", "tlsmgr"),
    ("rewrite", "-", "-", "-", "trivial-rewrite"),
    ("bounce", "-", "-", "0", "bounce"),
    ("defer", "-", "-", "0", "bounce"),
    ("trace", "-", "-", "0", "bounce"),
    ("verify", "-", "-", "1", "verify"),
    ("flush", "n", "1000?", "0", "flush"),
    ("proxymap", "-", "-", "-", "proxymap"),
    ("proxywrite", "-", "-", "1", "proxymap"),
    ("smtp", "-", "-", "-", "smtp"),
    ("relay", "-", "-", "-", "smtp"),
    ("showq", "n", "-", "-", "showq"),
    ("error", "-", "-", "-", "error"),
    ("retry", "-", "-", "-", "error"),
    ("discard", "-", "-", "-", "discard"),
    ("lmtp", "-", "-", "-", "lmtp"),
    ("anvil", "-", "-", "1", "anvil"),
    ("scache", "-", "-", "1", "scache"),
)


def main_parameters(home: Home, fingerprint: str) -> dict[str, str]:
    tls = home.tls / fingerprint
    return {
        "compatibility_level": "3.6",
        "queue_directory": str(home.queue),
        "data_directory": str(home.data),
        "maillog_file": str(home.postfix_log),
        "maillog_file_prefixes": str(home.server_log),
        "syslog_name": "postfix",
        "enable_long_queue_ids": "yes",
        "service_throttle_time": "2s",
        "myhostname": "mail.example.test",
        "mydestination": "",
        "local_recipient_maps": "",
        "local_transport": "error:no local mail",
        "alias_maps": "",
        "alias_database": "",
        "inet_interfaces": "all",
        "inet_protocols": "all",
        "mynetworks": "127.0.0.0/8, [::1]/128",
        "virtual_mailbox_domains": f"proxy:sqlite:{home.postfix}/domains.cf",
        "virtual_mailbox_maps": f"proxy:sqlite:{home.postfix}/mailboxes.cf",
        "virtual_transport": f"lmtp:unix:{home.dovecot}/lmtp",
        "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
        "smtpd_banner": "$myhostname ESMTP $mail_name",
        "smtpd_tls_chain_files": f"{tls}/key.pem, {tls}/certificate.pem",
        "smtpd_tls_security_level": "may",
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": f"{home.dovecot}/auth-postfix",
        "smtpd_tls_auth_only": "yes",
        "smtpd_forbid_bare_newline": "yes",
        "smtpd_forbid_unauth_pipelining": "yes",
        "mailbox_size_limit": "0",
        "virtual_mailbox_limit": "0",
        "message_size_limit": "10485760",
    }


def services(ports: Ports) -> list[Service]:
    login = (("smtpd_sasl_auth_enable", "yes"), ("smtpd_relay_restrictions", "permit_sasl_authenticated, reject"))
    ask = (("smtpd_authorized_xclient_hosts", "0.0.0.0/0, [::]/0"), ("smtpd_data_restrictions", "reject"))
    return [
        Service(f"127.0.0.1:{ports.smtp}", "inet", "smtpd", private="n"),
        Service(
            f"127.0.0.1:{ports.submission}",
            "inet",
            "smtpd",
            private="n",
            options=(("syslog_name", "postfix/submission"), ("smtpd_tls_security_level", "encrypt"), *login),
        ),
        Service(
            f"127.0.0.1:{ports.smtps}",
            "inet",
            "smtpd",
            private="n",
            options=(("syslog_name", "postfix/smtps"), ("smtpd_tls_wrappermode", "yes"), *login),
        ),
        Service("ask-smtp", "unix", "smtpd", options=(*ask, ("smtpd_tls_security_level", "none"))),
        *(
            Service(name, "unix", program, private="n" if private == "n" else "-", wakeup=wakeup, limit=limit)
            for name, private, wakeup, limit, program in _UNIX
        ),
        Service("postlog", "unix-dgram", "postlogd", private="n", limit="1"),
    ]


def _login(name: str, port: int) -> Block:
    listener = Block("inet_listener", name, (Setting("address", "127.0.0.1"), Setting("port", str(port))))
    secure = Block("inet_listener", f"{name}s", (Setting("port", "0"),))
    return Block("service", f"{name}-login", (listener, secure))


def dovecot_items(home: Home, ports: Ports, fingerprint: str) -> list[Item]:
    tls = home.tls / fingerprint
    sql = (Setting("driver", "sql"), Setting("args", f"{home.current}/dovecot/accounts.conf"))
    socket_of_postfix = (Setting("mode", "0660"), Setting("user", "postfix"), Setting("group", "postfix"))
    return [
        Setting("base_dir", str(home.dovecot)),
        Setting("state_dir", str(home.dovecot_state)),
        Setting("log_path", str(home.dovecot_log)),
        Setting("log_timestamp", "%Y-%m-%dT%H:%M:%S%z "),
        Setting("protocols", "imap pop3 lmtp"),
        Setting("listen", "127.0.0.1"),
        Setting("ssl", "yes"),
        Setting("ssl_cert", FromFile(f"{tls}/certificate.pem")),
        Setting("ssl_key", FromFile(f"{tls}/key.pem")),
        Setting("disable_plaintext_auth", "yes"),
        Setting("auth_mechanisms", "plain login"),
        Setting("mail_home", f"{home.mail}/%d/%n"),
        Setting("mail_location", "sdbox:~/sdbox"),
        Setting("mail_uid", MAIL_USER),
        Setting("mail_gid", MAIL_USER),
        Setting("first_valid_uid", "100"),
        Block("passdb", "", sql),
        Block("userdb", "", sql),
        _login("imap", ports.imap),
        _login("pop3", ports.pop3),
        Block("protocol", "pop3", (Setting("login_greeting", "Postfix-pop3d"),)),
        Block("service", "lmtp", (Block("unix_listener", "lmtp", socket_of_postfix),)),
        Block("service", "auth", (Block("unix_listener", "auth-postfix", socket_of_postfix),)),
        Block("service", "auth-worker", (Setting("user", "dovecot"),)),
    ]


def sql_tables(home: Home) -> dict[str, str]:
    lookup = f"file:{home.lookup_db}?mode=ro"
    return {
        "postfix/domains.cf": sql_files.format_map(SqliteMap(lookup, "SELECT name FROM domains WHERE name = '%s'")),
        "postfix/mailboxes.cf": sql_files.format_map(
            SqliteMap(lookup, "SELECT address FROM mailboxes WHERE address = '%s'")
        ),
        "dovecot/system-sql.conf": sql_files.format_dovecot_sql(
            system_users.queries(home, "'*:storage=' || COALESCE(quota_mb, 0) || 'M'")
        ),
        "dovecot/app-passwords-sql.conf": sql_files.format_dovecot_sql(app_queries(home)),
        "dovecot/accounts.conf": sql_files.format_dovecot_sql(
            DovecotSql(
                connect=f"file:{home.passwords_db}?mode=ro",
                password_query="SELECT address AS user, password FROM accounts WHERE address = '%u'",
                user_query="SELECT address AS user FROM accounts WHERE address = '%u'",
                iterate_query="SELECT address AS user FROM accounts",
            )
        ),
    }


def generation(
    home: Home, ports: Ports, fingerprint: str, *, more: dict[str, str] | None = None, without: tuple[str, ...] = ()
) -> dict[str, str]:
    """The files of a generation; `more` are main.cf parameters beside the sample's, `without` services left out."""
    named = {f"127.0.0.1:{getattr(ports, name)}" for name in without if hasattr(ports, name)}
    chosen = [service for service in services(ports) if service.name not in named]
    return {
        "postfix/main.cf": main_cf.format(MainCf.of({**main_parameters(home, fingerprint), **(more or {})})),
        "postfix/master.cf": master_cf.format(MasterCf(tuple(chosen))),
        "dovecot/dovecot.conf": dovecot23.format(DovecotConf(tuple(dovecot_items(home, ports, fingerprint)))),
        "filter/filter.json": format_filter({"hostname": "mail.example.test"}),
        **sql_tables(home),
    }


def make_databases(folder: Path) -> None:
    """Both databases below `folder` (the server's or the trial's), with one domain and one account: hanako, secret."""
    for name, script in (
        (
            "db/lookup.db",
            """CREATE TABLE domains (name TEXT PRIMARY KEY); CREATE TABLE mailboxes (address TEXT PRIMARY KEY);
            INSERT INTO domains VALUES ('example.test'); INSERT INTO mailboxes VALUES ('hanako@example.test');""",
        ),
        (
            "auth/passwords.db",
            """CREATE TABLE accounts (address TEXT PRIMARY KEY, password TEXT);
            INSERT INTO accounts VALUES ('hanako@example.test', '{PLAIN}secret');""",
        ),
    ):
        path = folder / name
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(script)
        connection.close()
        path.chmod(0o660)
