"""A feature's part of the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fumibako.formats import dovecot23
from fumibako.formats.master_cf import Service


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one feature contributes; everything may be empty.

    - `title` stands as a comment above its parameters and services.
    - `main_cf`: parameters and their expressions (postconf(5)); a literal text goes through `main_cf.literal` first.
    - `master_cf`: services.
    - `dovecot`: settings and blocks of Dovecot 2.3. Blocks of one name are joined (two features may open `plugin {}`);
      `passdb` and `userdb` are asked in order and stay apart.
    - `plugins`: Dovecot's plugins by protocol, `""` for all protocols. Dovecot takes one list a protocol, so the lists
      are made when all features have spoken.
    - `mail_filter`: names and values of filter.json (`formats.filter_json.FilterConf`).
    - `files`: whole further files, relative path → text: look-up queries.
    """

    title: str
    main_cf: Mapping[str, str] = field(default_factory=dict)
    master_cf: tuple[Service, ...] = ()
    dovecot: tuple[dovecot23.Item, ...] = ()
    plugins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mail_filter: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
