from __future__ import annotations

from fumibako.plan.behaviour import Listener
from fumibako.plan.files import file_changes
from fumibako.plan.reload import needed, sessions_cut
from fumibako.schema.edit import Edit

FILES = {
    "postfix/main.cf": "inet_interfaces = all\nmyhostname = a.example\n",
    "dovecot/dovecot.conf": "base_dir = /x\nlisten = ::\n",
}


def told(edits: list[Edit] | None = None, **files: str) -> tuple[str, str]:
    after = {
        **FILES,
        **{
            path.replace("__", "/").replace("_cf", ".cf").replace("_conf", ".conf"): text
            for path, text in files.items()
        },
    }
    both = needed(file_changes(FILES, after), FILES, after, edits or [])
    return both["postfix"], both["dovecot"]


def test_an_account_needs_nobody_told() -> None:
    assert told([Edit(("accounts", "a@example.jp"), None, {})]) == ("none", "none")


def test_a_domain_needs_a_reload_of_postfix_because_smtpd_remembers_domains() -> None:
    assert told([Edit(("domains", "example.jp"), None, {})]) == ("reload", "none")


def test_a_parameter_needs_a_reload_and_only_of_its_own_daemon() -> None:
    assert told(postfix__main_cf="inet_interfaces = all\nmyhostname = b.example\n") == ("reload", "none")
    assert told(dovecot__dovecot_conf="base_dir = /x\nlisten = *\n") == ("none", "reload")


def test_what_a_daemon_reads_once_in_its_life_needs_a_restart() -> None:
    assert told(postfix__main_cf="inet_interfaces = loopback-only\nmyhostname = a.example\n") == ("restart", "none")
    assert told(dovecot__dovecot_conf="base_dir = /y\nlisten = ::\n") == ("none", "restart")


def listener(service: str, port: int, *, enabled: bool = True) -> Listener:
    return Listener(service, service.upper(), "127.0.0.1", port, enabled)


def test_a_moved_smtp_service_cuts_its_sessions_and_a_moved_imap_service_does_not() -> None:
    before = [listener("smtp", 25), listener("imap", 143)]
    after = [listener("smtp", 2525), listener("imap", 1143)]
    cut = sessions_cut(before, after, {"postfix": "reload", "dovecot": "reload"})
    assert cut is not None
    assert cut.en == "sessions of SMTP"


def test_a_restart_cuts_all_sessions_of_its_daemon_and_a_reload_none() -> None:
    both = [listener("smtp", 25), listener("imap", 143)]
    assert sessions_cut(both, both, {"postfix": "reload", "dovecot": "reload"}) is None
    cut = sessions_cut(both, both, {"postfix": "none", "dovecot": "restart"})
    assert cut is not None
    assert cut.en == "sessions of IMAP"
