"""The SPF record that a domain of this server should have, made of what it has (RFC 7208).

Other services send for a domain, too: what somebody wrote into the record stays there. Only what lets this server's mail
pass is put in where it is missing, in front of the mechanism that ends the list.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from fumibako.mailauth.spf.record import SpfRecord, parse_record


def wanted(relays: Sequence[str]) -> str:
    """The record of a domain that has none: the hosts that its mail really leaves from are its MX, or the smart relays
    that it goes through (addresses or host names)."""
    return " ".join(["v=spf1", "a", "mx", *map(mechanism, relays), "-all"])


def mechanism(host: str) -> str:
    """What names a relay in a record."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return f"a:{host}"
    return f"ip{address.version}:{address}"


def merged(published: str, relays: Sequence[str]) -> str:
    """The published record with what it lacks for this server. A record that is malformed or sends elsewhere for its
    whole answer (`redirect=`) is replaced or left as it is: the first helps nobody, the second is somebody's wish."""
    record = parse_record(published.encode("ascii", "replace"))
    if isinstance(record, str):
        return wanted(relays)
    missing = lacking(record, relays)
    if not missing:
        return published
    terms = [term for term in published.split(" ") if term]
    end = next((place for place, term in enumerate(terms) if _ends(term)), len(terms))
    return " ".join([*terms[:end], *missing, *terms[end:]])


def lacking(record: SpfRecord, relays: Sequence[str]) -> list[str]:
    """The mechanisms that the record needs so that this server's mail passes. With `redirect=` in force, or with `+all`,
    nothing is known to be lacking."""
    if record.redirect is not None and not any(each.kind == "all" for each in record.mechanisms):
        return []
    passing = [each for each in record.mechanisms if each.verdict == "pass"]
    if any(each.kind == "all" for each in passing):
        return []
    there = {each.text.lstrip("+").lower() for each in passing}
    needed = [mechanism(host) for host in relays] or ["mx"]
    # Mail that leaves from the MX itself passes by `mx`, or by `a` where somebody has said it so.
    if not relays and there & {"a", "mx"}:
        return []
    return [each for each in needed if each.lower() not in there]


def look_ups(record: SpfRecord) -> int:
    """How many look-ups the record itself asks for; those of records that it includes come on top (§4.6.4)."""
    return sum(each.looks_up for each in record.mechanisms) + (record.redirect is not None)


def _ends(term: str) -> bool:
    bare = term.lstrip("+-~?").lower()
    return bare == "all" or bare.startswith(("redirect=", "exp="))
