"""filter.json: the mail filter is no root process and runs nothing, so types are enough, but for where it connects to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fumibako.applier.grammar.words import is_address, is_domain, not_allowed
from fumibako.formats.filter_json import parse_filter
from fumibako.formats.values import Problem
from fumibako.mail.dns_list import parse_dns_list
from fumibako.mail.malformed import Malformed as MalformedName

_RESOLVER: Final = re.compile(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):([1-9][0-9]{0,4})")


def problems(text: str) -> Iterator[tuple[str, Problem]]:
    """Name and problem of everything in the file that may not be installed. Raises `Malformed`."""
    conf = parse_filter(text)
    if not is_domain(conf.hostname):
        yield "hostname", not_allowed(conf.hostname)
    for sealer in conf.trusted_sealers:
        if not is_domain(sealer):
            yield "trusted_sealers", not_allowed(sealer)
    if conf.srs_domain and not is_domain(conf.srs_domain):
        yield "srs_domain", not_allowed(conf.srs_domain)
    for resolver in conf.resolvers:
        found = _RESOLVER.fullmatch(resolver)
        if not found or not is_address(found[1] or found[2]) or int(found[3]) > 65535:
            yield "resolvers", not_allowed(resolver)
    for entry in conf.block_lists:
        if not _is_block_list(entry):
            yield "block_lists", not_allowed(entry)


def _is_block_list(entry: str) -> bool:
    try:
        return str(parse_dns_list(entry)) == entry
    except MalformedName:
        return False
