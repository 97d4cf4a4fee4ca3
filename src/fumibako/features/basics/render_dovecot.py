"""The basic settings as Dovecot 2.3 has them: services, TLS, log-in, greetings."""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.features.basics.greeting import expanded, mail_name
from fumibako.features.basics.section import Basics
from fumibako.features.basics.services import service_enabled
from fumibako.formats.dovecot23 import Block, FromFile, Item, Setting

# Our account names may have + and = in them, which Dovecot otherwise refuses in a log-in name.
_USERNAME_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@+="

_FOLDERS: Final = (("Drafts", "\\Drafts"), ("Junk", "\\Junk"), ("Sent", "\\Sent"), ("Trash", "\\Trash"))


def dovecot_fragments(basics: Basics, facts: Facts) -> list[Fragment]:
    return [
        Fragment("Dovecot's place", dovecot=_home(basics, facts)),
        Fragment("Log-in", dovecot=_log_in(basics, facts)),
        Fragment("IMAP, POP3 and delivery", dovecot=_services(basics)),
    ]


def _home(basics: Basics, facts: Facts) -> tuple[Item, ...]:
    home = facts.home
    on = [name for name in ("imap", "pop3") if _used(basics, name)]
    return (
        Setting("base_dir", str(home.dovecot)),
        Setting("state_dir", str(home.dovecot_state)),
        Setting("instance_name", "fumibako"),
        Setting("log_path", str(home.dovecot_log)),
        Setting("log_timestamp", "%Y-%m-%dT%H:%M:%S%z "),
        Setting("hostname", basics.hostname),
        Setting("protocols", " ".join([*on, "lmtp"])),
        Setting("listen", ", ".join(basics.listen)),
        # With `yes` a reload kills every session six seconds later, and what is on its way in by LMTP at once.
        Setting("shutdown_clients", "no"),
    )


def _log_in(basics: Basics, facts: Facts) -> tuple[Item, ...]:
    realm = basics.primary_domain or facts.first_domain
    return (
        Setting("ssl", "yes"),
        Setting("ssl_cert", FromFile(facts.certificate.certificate)),
        Setting("ssl_key", FromFile(facts.certificate.key)),
        Setting("ssl_min_protocol", "TLSv1.2"),
        Setting("disable_plaintext_auth", "yes"),
        Setting("auth_mechanisms", "plain login"),
        Setting("auth_username_chars", _USERNAME_CHARACTERS),
        Setting("auth_username_format", "%Lu"),
        *([Setting("auth_default_realm", realm)] if realm else []),
        Setting("auth_verbose", "yes"),
        *(Block("protocol", name, _protocol(basics, name)) for name in ("imap", "pop3") if _protocol(basics, name)),
        Block("service", "auth", (_socket("auth-postfix"),)),
    )


def _protocol(basics: Basics, name: str) -> tuple[Item, ...]:
    """What holds for one protocol alone."""
    if not _used(basics, name):
        return ()
    items: list[Item] = []
    if getattr(basics.services, name).plaintext_auth:
        items.append(Setting("disable_plaintext_auth", "no"))
    if name == "pop3":
        # Dovecot expands %variables here, and its log-in process dies of an unknown one.
        greeting = expanded(basics.advanced.pop3_greeting, basics.hostname, mail_name(basics.local_overrides))
        items.append(Setting("login_greeting", greeting.replace("%", "%%")))
    return tuple(items)


def _services(basics: Basics) -> tuple[Item, ...]:
    return (
        # An account's name may have + in it: there are no sub-addresses.
        Setting("recipient_delimiter", ""),
        *(
            Block("service", f"{name}-login", (_listener(basics, name), _listener(basics, f"{name}s")))
            for name in ("imap", "pop3")
            if _used(basics, name)
        ),
        Block("service", "lmtp", (_socket("lmtp"),)),
        Block(
            "namespace",
            "inbox",
            (
                Setting("inbox", "yes"),
                *(
                    Block("mailbox", folder, (Setting("auto", "subscribe"), Setting("special_use", use)))
                    for folder, use in _FOLDERS
                ),
            ),
        ),
    )


def _listener(basics: Basics, name: str) -> Block:
    """A service that is off keeps its block with port 0, which listens nowhere: without it Dovecot's own default would
    listen on the standard port."""
    enabled = service_enabled(basics.services, name)
    port = getattr(basics.services, name).port if enabled else 0
    tls = [Setting("ssl", "yes")] if name.endswith("s") else []
    return Block("inet_listener", name, (Setting("port", str(port)), *tls))


def _socket(name: str) -> Block:
    """A socket for Postfix."""
    return Block(
        "unix_listener", name, (Setting("mode", "0660"), Setting("user", "postfix"), Setting("group", "postfix"))
    )


def _used(basics: Basics, name: str) -> bool:
    """Whether the protocol is spoken on any port."""
    return service_enabled(basics.services, name) or service_enabled(basics.services, f"{name}s")
