"""Fragments put together: the complete text of every file, by its path below a generation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fumibako.assembly.fragment import Fragment
from fumibako.formats import dovecot23, main_cf, master_cf
from fumibako.formats.dovecot23 import Block, DovecotConf, Setting
from fumibako.formats.filter_json import format_filter
from fumibako.formats.main_cf import Comment, MainCf, Parameter
from fumibako.formats.master_cf import MasterCf

MAIN_CF: Final = "postfix/main.cf"
MASTER_CF: Final = "postfix/master.cf"
DOVECOT_CONF: Final = "dovecot/dovecot.conf"
FILTER_JSON: Final = "filter/filter.json"

_MADE_BY: Final = "Written by Fumibako. A change made by hand is shown as drift and does not last."

# Lists of which several features bring a part, asked in the order of the features; they stand where the first does.
_JOINED: Final = frozenset({"smtpd_milters", "non_smtpd_milters", "transport_maps"})

# Blocks that are asked one after the other, each an entry of its own.
_REPEATED: Final = frozenset({"passdb", "userdb"})


def config_tree(fragments: Sequence[Fragment], overrides: Mapping[str, str]) -> dict[str, str]:
    """Relative path → text, sorted by path. `overrides` are main.cf parameters that win over the features'."""
    files = {
        MAIN_CF: main_cf.format(_main(fragments, overrides)),
        MASTER_CF: master_cf.format(_master(fragments)),
        DOVECOT_CONF: dovecot23.format(_dovecot(fragments)),
        FILTER_JSON: format_filter(_filter(fragments)),
    }
    for fragment in fragments:
        for path, text in fragment.files.items():
            assert path not in files, f"two features write {path}"
            files[path] = text
    return dict(sorted(files.items()))


def _main(fragments: Sequence[Fragment], overrides: Mapping[str, str]) -> MainCf:
    entries: list[Parameter | Comment] = [Comment(_MADE_BY)]
    seen: set[str] = set()
    for fragment in fragments:
        own = {name: value for name, value in fragment.main_cf.items() if name not in seen & _JOINED}
        repeated = seen & own.keys()
        assert not repeated, f"{fragment.title} sets again: {sorted(repeated)}"
        seen |= own.keys()
        own |= {name: ", ".join(_every(fragments, name)) for name in own.keys() & _JOINED}
        kept = [Parameter(name, value) for name, value in own.items() if name not in overrides]
        if kept:
            entries += [Comment(), Comment(fragment.title), *kept]
    if tables := _tables(fragments):
        title = "Tables that proxymap(8) may read: those named here and in master.cf"
        entries += [Comment(), Comment(title), Parameter("proxy_read_maps", ", ".join(tables))]
    if overrides:
        entries += [Comment(), Comment("Own parameters")]
        entries += [Parameter(name, value) for name, value in sorted(overrides.items())]
    return MainCf(tuple(entries))


def _every(fragments: Iterable[Fragment], name: str) -> list[str]:
    return [value for fragment in fragments if (value := fragment.main_cf.get(name))]


def _tables(fragments: Iterable[Fragment]) -> list[str]:
    """Postfix's own list knows only parameters of main.cf; a table that stands in master.cf alone would be refused."""
    values = [
        value
        for fragment in fragments
        for value in (*fragment.main_cf.values(), *(each[1] for own in fragment.master_cf for each in own.options))
    ]
    return sorted({table for value in values for table in re.findall(r"proxy:sqlite:[^ ,{}]+", value)})


def _master(fragments: Iterable[Fragment]) -> MasterCf:
    entries: list[master_cf.Service | Comment] = [Comment(_MADE_BY)]
    for fragment in fragments:
        if fragment.master_cf:
            entries += [Comment(), Comment(fragment.title), *fragment.master_cf]
    # `format` refuses a service that stands twice.
    return MasterCf(tuple(entries))


def _filter(fragments: Iterable[Fragment]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for fragment in fragments:
        repeated = values.keys() & fragment.mail_filter.keys()
        assert not repeated, f"{fragment.title} sets again: {sorted(repeated)}"
        values |= fragment.mail_filter
    return values


def _dovecot(fragments: Sequence[Fragment]) -> DovecotConf:
    items = _joined([item for fragment in fragments for item in (*fragment.dovecot, *_plugins(fragments, fragment))])
    settings = [item for item in items if not isinstance(item, Block)]
    blocks = [item for item in items if isinstance(item, Block)]
    return DovecotConf((Comment(_MADE_BY), *settings, *blocks))


def _plugins(fragments: Sequence[Fragment], fragment: Fragment) -> Iterable[dovecot23.Item]:
    """The lists of plugins, made once, where the last fragment stands: a protocol's list repeats the general one."""
    if fragment is not fragments[-1]:
        return
    by_protocol: dict[str, list[str]] = {}
    for each in fragments:
        for protocol, own in each.plugins.items():
            by_protocol.setdefault(protocol, []).extend(own)
    general = by_protocol.pop("", [])
    if general:
        yield Setting("mail_plugins", " ".join(general))
    for protocol, names in by_protocol.items():
        yield Block("protocol", protocol, (Setting("mail_plugins", " ".join([*general, *names])),))


def _joined(items: Iterable[dovecot23.Item]) -> tuple[dovecot23.Item, ...]:
    """Blocks of one name made one, at the place of the first; no setting stands twice."""
    result: list[dovecot23.Item] = []
    places: dict[tuple[str, str], int] = {}
    names: set[str] = set()
    for item in items:
        if isinstance(item, Setting):
            assert item.name not in names, f"two features set Dovecot's {item.name}"
            names.add(item.name)
        if not isinstance(item, Block) or item.kind in _REPEATED:
            result.append(item)
            continue
        at = places.setdefault((item.kind, item.name), len(result))
        if at == len(result):
            result.append(item)
        else:
            before = result[at]
            assert isinstance(before, Block)
            result[at] = Block(item.kind, item.name, (*before.items, *item.items))
    return tuple(
        Block(item.kind, item.name, _joined(item.items)) if isinstance(item, Block) else item for item in result
    )
