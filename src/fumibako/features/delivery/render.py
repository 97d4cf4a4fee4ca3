"""Sieve as Dovecot has it.

An account's script is asked of a dictionary, which is a table of Dovecot's own look-ups. What a script may do is held down
to what ours do: no programs, no redirects (forwarding is Postfix's, with a rewritten sender), no files. A script that does
not compile is passed over and the mail kept; a dictionary that does not answer delays the mail (451).

A reply goes out through a listener of its own on loopback, so that it is signed like any other mail and leaves even where
the usual listeners trust nobody.
"""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import for_loopback_alone
from fumibako.features.basics.listeners import endpoint
from fumibako.features.basics.section import Basics
from fumibako.features.delivery.script import SCRIPT_ID, SCRIPT_NAME
from fumibako.formats.dict_sql import DictMap, DictSql, format_dict_sql
from fumibako.formats.dovecot23 import Block, Setting
from fumibako.formats.master_cf import Service
from fumibako.formats.sieve import QUARANTINE

_DICT: Final = "dict-sieve.conf"
_SCRIPT: Final = "quarantine.sieve"
_LISTENER: Final = "127.0.0.1"
_MAPS: Final = (
    DictMap(f"priv/sieve/name/{SCRIPT_NAME}", "replies", "address", "id"),
    DictMap(f"priv/sieve/data/{SCRIPT_ID}", "replies", "address", "script"),
)
_EXTENSIONS: Final = "date fileinto relational vacation"


def delivery_fragment(basics: Basics, facts: Facts) -> Fragment:
    home, port = facts.home, basics.advanced.reply_port
    conf = home.dovecot_conf.parent
    return Fragment(
        "Junk and replies",
        master_cf=(_listener(port),),
        dovecot=(
            Setting("submission_host", f"{_LISTENER}:{port}"),
            Block(
                "plugin",
                "",
                (
                    Setting("sieve", f"dict:proxy:dict:sieve;name={SCRIPT_NAME}"),
                    # The compiled script must lie where a delivery may write.
                    Setting("sieve_before", f"file:{conf}/{_SCRIPT};bindir={home.compiled_sieve}"),
                    Setting("sieve_extensions", _EXTENSIONS),
                    Setting("sieve_max_redirects", "0"),
                    # RFC 5230 §4.6: who writes again within this time gets no second reply.
                    Setting("sieve_vacation_min_period", "1d"),
                ),
            ),
            Block("dict", "", (Setting("sieve", f"sqlite:{conf}/{_DICT}"),)),
        ),
        plugins={"lmtp": ("sieve",)},
        files={
            f"dovecot/{_DICT}": format_dict_sql(DictSql(f"file:{home.passwords_db}?mode=ro", _MAPS, "Replies")),
            f"dovecot/{_SCRIPT}": QUARANTINE,
        },
    )


def _listener(port: int) -> Service:
    """Takes replies from Dovecot on this machine and nothing from anywhere else."""
    options = (
        ("syslog_name", "postfix/reply"),
        ("milter_macro_daemon_name", "reply"),
        ("smtpd_tls_security_level", "none"),
        ("smtpd_sasl_auth_enable", "no"),
        ("smtpd_client_connection_count_limit", "0"),
        ("smtpd_client_connection_rate_limit", "0"),
        *for_loopback_alone().items(),
    )
    return Service(endpoint(_LISTENER, port), "inet", "smtpd", "n", options=options)
