"""The settings and blocks that may stand in a Dovecot 2.3 configuration: a closed tree.

`executable`, `chroot`, `type`, `protocol`, `drop_priv_before_exec`, `!include`, `<FILE` other than our certificates, plugins,
`import_environment` and `mail_plugin_dir` have no row. Users and groups come from short lists, the names of sockets as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from fumibako.applier.grammar.words import Each, Shape, exact, is_address, is_domain, is_network, not_allowed
from fumibako.formats.dovecot23 import Block, DovecotConf, FromFile, Item, Setting
from fumibako.formats.main_cf import Comment
from fumibako.formats.values import YES_NO, Choice, Integer, Pattern, Problem, ValueGrammar, Words
from fumibako.layout import FILTER_USER, MAIL_USER, Home

_TIME: Final = Pattern(r"[0-9]{1,9} ?(?:s|secs?|m|mins?|h|hours?|d|days?|w|weeks?|ms|msecs)?", "A time.", "時間です。")
_SIZE: Final = Pattern(r"[0-9]{1,12} ?[kKMG]?B?", "A size.", "サイズです。")
_MECHANISMS: Final = Words(("plain", "login"), may_be_empty=False)
_PLUGINS: Final = Words(("quota", "quota_clone", "imap_quota", "last_login", "sieve"))
# What a script of ours needs, and nothing that could write a file, run a program or send mail on.
_SIEVE: Final = Words(("date", "fileinto", "relational", "vacation"), may_be_empty=False)
_SOCKET_USERS: Final = Choice(("postfix", "dovecot", MAIL_USER))
_SERVICE_USERS: Final = Choice(("dovecot",))
# Any printable line: the format quotes it, and refuses $. A % would begin a variable of Dovecot's.
_GREETING: Final = Shape(r"(?:[ -$&-~]|%%){0,450}")
_PROTOCOLS: Final = ("imap", "pop3", "lmtp")


@dataclass(frozen=True, slots=True)
class Level:
    """What may stand at one place of the tree: settings by name, files by name, blocks by kind."""

    settings: Mapping[str, ValueGrammar]
    files: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    blocks: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)

    def block(self, kind: str, name: str) -> Level | None:
        """The level inside a block; the name `*` in the table stands for any name of a safe shape."""
        named = self.blocks.get(kind, {})
        if name in named:
            return named[name]
        return named.get("*") if re.fullmatch(r"[\w][\w .-]{0,60}", name) else None


def problems(conf: DovecotConf, home: Home) -> Iterator[tuple[int, str, Problem]]:
    """Line, name and problem of everything in the file that may not be installed."""
    yield from _walk(conf.items, tree(home), 1)


def _walk(items: tuple[Item, ...], level: Level, line: int) -> Iterator[tuple[int, str, Problem]]:
    for item in items:
        match item:
            case Comment():
                line += 1
            case Setting(name, value):
                problem = _setting_problem(level, name, value)
                if problem:
                    yield line, name, problem
                line += 1
            case Block(kind, name, inner):
                below = level.block(kind, name)
                if below is None:
                    yield line, f"{kind} {name}".strip(), not_allowed(f"{kind} {name} {{".replace("  ", " "))
                else:
                    yield from _walk(inner, below, line + 1)
                line += lines_of(item)


def lines_of(item: Item) -> int:
    """How many lines an item takes in the canonical spelling."""
    return 2 + sum(map(lines_of, item.items)) if isinstance(item, Block) else 1


def _setting_problem(level: Level, name: str, value: str | FromFile) -> Problem | None:
    if isinstance(value, FromFile):
        pattern = level.files.get(name)
        return None if pattern and pattern.fullmatch(value.path) else not_allowed(f"{name} = <{value.path}")
    grammar = level.settings.get(name)
    if grammar is None:
        return Problem(
            "unknown_setting", f"The setting {name} may not be installed.", f"設定 {name} は設置が許可されていません。"
        )
    return grammar.problem(value)


@lru_cache(maxsize=2)
def tree(home: Home) -> Level:
    """The whole tree for one home."""
    tls = rf"{re.escape(str(home.tls))}/[0-9a-f]{{64}}"
    sql = Level(
        {
            "driver": Choice(("sql", "prefetch", "pam")),
            "args": Shape(rf"{re.escape(str(home.current))}/dovecot/[a-z0-9-]+\.conf"),
            "default_fields": exact("", f"uid={MAIL_USER} gid={MAIL_USER}"),
            "result_failure": Choice(("continue", "return", "return-fail")),
            "result_internalfail": Choice(("continue", "return", "return-fail")),
            "result_success": exact("continue"),
            "override_fields": Shape(r"user=%Ln@(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"),
            "skip": Choice(("never", "authenticated", "unauthenticated")),
        }
    )
    return Level(
        _settings(home),
        {"ssl_cert": re.compile(rf"{tls}/certificate\.pem"), "ssl_key": re.compile(rf"{tls}/key\.pem")},
        {
            "passdb": {"": sql},
            "userdb": {"": sql},
            "service": _services(),
            "protocol": {name: Level(_per_protocol()) for name in _PROTOCOLS},
            "namespace": {"inbox": _namespace()},
            "plugin": {"": Level(_plugin(home))},
            "dict": {
                "": Level(
                    {
                        "sieve": exact(f"sqlite:{home.current}/dovecot/dict-sieve.conf"),
                        "usage": exact(f"sqlite:{home.current}/dovecot/dict-usage.conf"),
                    }
                )
            },
        },
    )


def _settings(home: Home) -> dict[str, ValueGrammar]:
    return {
        **_per_protocol(),
        "auth_cache_negative_ttl": _TIME,
        "auth_cache_size": _SIZE,
        "auth_cache_ttl": _TIME,
        "auth_debug": YES_NO,
        "auth_default_realm": Each(is_domain),
        "auth_failure_delay": _TIME,
        "auth_mechanisms": _MECHANISMS,
        "auth_realms": Each(is_domain),
        "auth_username_chars": Shape(r"[A-Za-z0-9.@_+=-]*"),
        "auth_username_format": exact("", "%u", "%Lu", "%n", "%Ln"),
        "auth_verbose": YES_NO,
        "base_dir": exact(str(home.dovecot)),
        "debug_log_path": exact(str(home.dovecot_log)),
        "default_client_limit": Integer(low=1, high=1_000_000),
        "default_internal_user": exact("dovecot"),
        "default_login_user": exact("dovenull"),
        "default_process_limit": Integer(low=1, high=100_000),
        "default_vsz_limit": _SIZE,
        "first_valid_gid": Integer(low=1),
        "first_valid_uid": Integer(low=1),
        "hostname": Each(is_domain),
        "info_log_path": exact(str(home.dovecot_log)),
        "instance_name": Shape(r"[A-Za-z0-9._-]{1,60}"),
        "last_valid_uid": Integer(),
        "lmtp_rcpt_check_quota": YES_NO,
        "lmtp_save_to_detail_mailbox": YES_NO,
        "listen": Each(lambda word: word == "*" or is_address(word), may_be_empty=False),
        "log_path": exact(str(home.dovecot_log)),
        "log_timestamp": Shape(r"[A-Za-z0-9%:.+ TZ-]{0,40}"),
        "login_trusted_networks": Each(lambda word: is_address(word) or is_network(word)),
        "mail_fsync": Choice(("optimized", "always", "never")),
        "mail_gid": exact(MAIL_USER),
        "mail_home": exact(f"{home.mail}/%d/%n", f"{home.mail}/%Ld/%Ln"),
        "mail_location": exact("sdbox:~/sdbox", "sdbox:~/mdir", "sdbox:~/mail", "maildir:~/Maildir"),
        "mail_uid": exact(MAIL_USER),
        "postmaster_address": Shape(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+|postmaster@%d|postmaster@%\{[a-z|]+\}"),
        "protocols": Words((*_PROTOCOLS, "none")),
        "quota_full_tempfail": YES_NO,
        "recipient_delimiter": Shape(r"[+=_-]{0,2}"),
        "shutdown_clients": YES_NO,
        "ssl": Choice(("yes", "no", "required")),
        "ssl_cipher_list": Shape(r"[A-Za-z0-9:!@+=_-]{0,400}"),
        "ssl_min_protocol": Choice(("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        "ssl_prefer_server_ciphers": YES_NO,
        "submission_host": Shape(r"127\.0\.0\.1:[1-9][0-9]{0,4}"),
        "state_dir": exact(str(home.dovecot_state)),
        "verbose_proctitle": YES_NO,
        "verbose_ssl": YES_NO,
    }


def _per_protocol() -> dict[str, ValueGrammar]:
    return {
        "disable_plaintext_auth": YES_NO,
        "imap_hibernate_timeout": _TIME,
        "imap_idle_notify_interval": _TIME,
        "imap_max_line_length": _SIZE,
        "login_greeting": _GREETING,
        "mail_max_userip_connections": Integer(low=1, high=1_000_000),
        "mail_plugins": _PLUGINS,
        "pop3_delete_type": Choice(("default", "expunge", "flag")),
        "pop3_fast_size_lookups": YES_NO,
        "pop3_no_flag_updates": YES_NO,
        "pop3_uidl_format": exact("%08Xu%08Xv", "%f", "%g"),
    }


def _namespace() -> Level:
    mailbox = Level(
        {
            "auto": Choice(("no", "create", "subscribe")),
            "special_use": Choice(
                tuple(f"\\{use}" for use in ("All", "Archive", "Drafts", "Flagged", "Junk", "Sent", "Trash"))
            ),
            "autoexpunge": _TIME,
        }
    )
    settings: dict[str, ValueGrammar] = {
        "inbox": YES_NO,
        "separator": exact("", "/", "."),
        "prefix": exact(""),
        "list": YES_NO,
        "type": exact("private"),
    }
    return Level(settings, blocks={"mailbox": {"*": mailbox}})


def _plugin(home: Home) -> dict[str, ValueGrammar]:
    """Settings of the plugins in `mail_plugins`. What could name a program (`quota_warning`, `quota_exceeded_message` with
    its variables, `sieve_plugins`) has no row."""
    return {
        "sieve": exact("dict:proxy:dict:sieve;name=reply"),
        "sieve_before": exact(f"file:{home.current}/dovecot/quarantine.sieve;bindir={home.compiled_sieve}"),
        "sieve_extensions": _SIEVE,
        "sieve_max_redirects": exact("0"),
        "sieve_vacation_min_period": _TIME,
        "quota": exact("count:User quota"),
        "last_login_dict": exact("proxy:dict:usage"),
        "quota_clone_dict": exact("proxy:dict:usage"),
        "quota_grace": Shape(r"[0-9]{1,9}[%kKMG]?"),
        "quota_vsizes": YES_NO,
    }


def _services() -> dict[str, Level]:
    limits: dict[str, ValueGrammar] = {
        "client_limit": Integer(high=1_000_000),
        "process_limit": Integer(high=100_000),
        "process_min_avail": Integer(high=1000),
        "service_count": Integer(),
        "vsz_limit": _SIZE,
    }
    owned = Level({"mode": Choice(("0600", "0660")), "user": _SOCKET_USERS, "group": _SOCKET_USERS})
    port = Level(
        {
            "address": Each(lambda word: word == "*" or is_address(word)),
            "port": Integer(high=65535),
            "ssl": YES_NO,
        }
    )

    def service(*, ports: tuple[str, ...] = (), sockets: tuple[str, ...] = (), user: bool = False) -> Level:
        blocks = {"inet_listener": dict.fromkeys(ports, port), "unix_listener": dict.fromkeys(sockets, owned)}
        return Level({**limits, **({"user": _SERVICE_USERS} if user else {})}, blocks=blocks)

    return {
        "anvil": service(),
        "auth": service(sockets=("auth-postfix", "auth-userdb"), user=True),
        # PAM compares passwords with /etc/shadow, which this group may read: no other service may have it.
        "auth-worker": Level({**limits, "user": _SERVICE_USERS, "extra_groups": exact("shadow")}),
        "dict": Level({**limits, "extra_groups": exact(FILTER_USER)}, blocks={"unix_listener": {"dict": owned}}),
        "imap": service(),
        "imap-login": service(ports=("imap", "imaps")),
        "lmtp": service(sockets=("lmtp",)),
        "pop3": service(),
        "pop3-login": service(ports=("pop3", "pop3s")),
        "stats": service(sockets=("stats-writer", "stats-reader")),
    }
