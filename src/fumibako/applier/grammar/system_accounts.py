"""PAM, only as system accounts need it: behind a query that knows no root, and of which nothing may differ.

A `passdb` of PAM by itself would let anybody try the password of root, from anywhere. So it stands only right behind the query
below, which ends the log-in where it finds nobody. (Whom the table holds is the agent's word, as the accounts' hashes are.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fumibako.applier.grammar.words import not_allowed
from fumibako.formats.dovecot23 import Block, DovecotConf, Setting
from fumibako.formats.values import Problem
from fumibako.layout import Home

FILE: Final = "dovecot/system-sql.conf"
KNOWN_BY_NAME: Final = (
    "SELECT name AS user, NULL AS password, 'Y' AS noauthenticate FROM system_users WHERE address = '%u' "
    "AND name <> 'root' AND NOT EXISTS (SELECT 1 FROM accounts WHERE address = '%u')"
)


def home_of_a_user(home: Home) -> str:
    """Where the mailboxes of system accounts lie: apart from all domains'."""
    return f", '{home.mail}/system/%n' AS home"


def gate_problems(conf: DovecotConf, home: Home) -> Iterator[tuple[str, Problem]]:
    """That a `passdb` asks PAM without the query in front of it, or that the query is used for anything else."""
    gate = {
        "driver": "sql",
        "args": f"{home.current}/{FILE}",
        "result_success": "continue",
        "result_failure": "return-fail",
        "result_internalfail": "return-fail",
    }
    before: dict[str, object] = {}
    for block in (each for each in conf.items if isinstance(each, Block) and each.kind == "passdb"):
        here: dict[str, object] = {each.name: each.value for each in block.items if isinstance(each, Setting)}
        if here.get("driver") == "pam" and (set(here) != {"driver", "override_fields"} or before != gate):
            yield "passdb", not_allowed("driver = pam")
        if here.get("driver") != "pam" and ("result_success" in here or "override_fields" in here) and here != gate:
            yield "passdb", not_allowed("result_success")
        before = here
    if before == gate:
        yield "passdb", not_allowed("result_success")
