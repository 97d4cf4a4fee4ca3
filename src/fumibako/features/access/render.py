"""Access control as Postfix has it: two look-ups, and whom it trusts."""

from __future__ import annotations

from typing import Final

from fumibako.assembly.facts import Facts
from fumibako.assembly.fragment import Fragment
from fumibako.assembly.restrictions import Origin, Rule, Slot
from fumibako.formats.sql_files import SqliteMap, format_map
from fumibako.layout import Home
from fumibako.schema.text import Text

ADDRESSES: Final = "permitted-addresses.cf"
_NAMES: Final = "permitted-names.cf"

# The address in question as 32 hexadecimal digits, as the table has both ends. For IPv6 `spread` first writes the groups out
# that :: leaves out, then each group is filled to four digits; for IPv4 each octet becomes two. Host names and networks,
# which Postfix asks for as well, are neither.
_ADDRESS_QUERY: Final = (
    "WITH asked(text) AS (SELECT '%s'), "
    "spread(text) AS (SELECT CASE WHEN instr(text, '::') THEN trim(replace(text, '::', ':' || "
    "substr('0:0:0:0:0:0:0:0:', 1, 2 * (8 - (length(text) - length(replace(text, ':', '')) "
    "- (text LIKE '::%%') - (text LIKE '%%::'))))), ':') ELSE text END "
    "FROM asked WHERE text GLOB '*:*:*'), "
    "digits(text) AS (SELECT group_concat(substr('0000' || part.value, -4), '') FROM spread, "
    """json_each('["' || replace(spread.text, ':', '","') || '"]') AS part """
    "UNION ALL SELECT '00000000000000000000ffff' || group_concat(printf('%%02x', part.value), '') FROM asked, "
    """json_each('["' || replace(asked.text, '.', '","') || '"]') AS part """
    "WHERE asked.text GLOB '[0-9]*.[0-9]*.[0-9]*.[0-9]*') "
    "SELECT 'OK' FROM permitted_addresses, digits "
    "WHERE permitted_addresses.low <= digits.text AND permitted_addresses.high >= digits.text LIMIT 1"
)


_BY_NAME: Final = Origin(
    "access.permitted_clients",
    Text("Permitted host names", "送信を許可したホスト名"),
    Text("{entry} may send to any address.", "{entry} はどこへでも送信できます。"),
)


def access_fragment(facts: Facts) -> Fragment:
    return Fragment(
        "Clients that may send",
        files={
            f"postfix/{ADDRESSES}": _map(facts.home, _ADDRESS_QUERY, "Addresses that may send"),
            f"postfix/{_NAMES}": _map(
                facts.home,
                "SELECT 'permit' FROM permitted_names WHERE name = '%s'",
                "Names of hosts that may send",
            ),
        },
    )


def permitted_addresses(facts: Facts) -> str:
    """The table for `mynetworks`."""
    return f"proxy:sqlite:{facts.home.postfix}/{ADDRESSES}"


def access_rules(facts: Facts) -> list[Rule]:
    """Hosts by name. The name is one that Postfix verified: the reverse name whose forward look-up gives the client's
    address back. One that only claims to be there is `unknown`."""
    return [Rule(Slot.PERMITTED_CLIENT, f"check_client_access proxy:sqlite:{facts.home.postfix}/{_NAMES}", _BY_NAME)]


def _map(home: Home, query: str, comment: str) -> str:
    return format_map(SqliteMap(f"file:{home.lookup_db}?mode=ro", query, comment=comment))
