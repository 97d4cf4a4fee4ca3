"""filter.json: what the mail filter reads of a generation. One flat object in one spelling, each name with one type.

The features say their part as names and values (`Fragment.mail_filter`); what nobody says has the value that stands here. A
new name is a new line of the class, and renderer, grammar and filter know it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from fumibako.formats.malformed import Malformed, first_difference, not_canonical

_LONGEST_TEXT: Final = 1_000
_MOST_ENTRIES: Final = 1_000


@dataclass(frozen=True, slots=True)
class FilterConf:
    """`hostname` is how this server calls itself in what it writes into messages. `resolvers` are `ADDRESS:PORT`, `[::1]:53`;
    empty: the system's. `block_lists` are entries as `mail.dns_list` has them; from the threshold on their weights refuse a
    client. `behind_scanner`: on port 25 loopback is the scanner, not this machine. `trusted_sealers` are domains whose ARC seal
    is believed. `srs_domain` is the domain of rewritten senders; empty: none is rewritten. The rest are the switches of sender
    authentication (`features/authentication/section.py`)."""

    hostname: str = ""
    resolvers: tuple[str, ...] = ()
    block_lists: tuple[str, ...] = ()
    block_list_threshold: int = 1
    behind_scanner: bool = False
    spf_check: bool = False
    spf_reject: bool = False
    dkim_verify: bool = False
    dmarc_check: bool = False
    dmarc_enforce: bool = False
    arc_verify: bool = False
    arc_seal: bool = False
    trusted_sealers: tuple[str, ...] = ()
    domainkeys_verify: bool = False
    own_addresses_only: bool = True
    srs_domain: str = ""


_DEFAULT: Final = FilterConf()


def format_filter(values: Mapping[str, Any]) -> str:
    """The file's text; a name that is not known is our own mistake."""
    conf = {**asdict(_DEFAULT), **values}
    assert conf.keys() == asdict(_DEFAULT).keys(), sorted(conf.keys() - asdict(_DEFAULT).keys())
    return json.dumps(conf, ensure_ascii=True, indent=1, sort_keys=True) + "\n"


def parse_filter(text: str) -> FilterConf:
    """The values of a file; raises `Malformed`."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise not_canonical(1) from None
    if not isinstance(read, dict) or read.keys() != asdict(_DEFAULT).keys():
        raise not_canonical(1)
    values = {
        each.name: _checked(each.name, getattr(_DEFAULT, each.name), read[each.name]) for each in fields(_DEFAULT)
    }
    conf = FilterConf(**values)
    canonical = format_filter(asdict(conf))
    if text != canonical:
        raise not_canonical(first_difference(text, canonical))
    return conf


def _checked(name: str, default: Any, value: Any) -> Any:
    """The value in the type of its default."""
    if isinstance(default, tuple):
        if isinstance(value, list) and len(value) <= _MOST_ENTRIES and all(_is_text(each) for each in value):
            return tuple(value)
    elif type(value) is type(default) and (not isinstance(value, str) or _is_text(value)):
        return value
    raise Malformed("filter_value", f"{name} has no such value.", f"{name} の値が正しくありません。", name=name)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT and value.isprintable()
