"""What a worker knows: the configuration of the serving generation, the look-ups and the DNS."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from fumibako.formats.filter_json import FilterConf, parse_filter
from fumibako.formats.malformed import Malformed
from fumibako.layout import Home
from fumibako.mailfilter.keys import KeyRing
from fumibako.mailfilter.lookups import LookupReader
from fumibako.mailfilter.resolver import CachingResolver

_log = logging.getLogger(__name__)


class Instance:
    """One for all connections of a worker. Who works on something longer keeps the `conf` it began with."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.conf = FilterConf()
        self.lookups = LookupReader(Path(home.lookup_db))
        self.keys = KeyRing(Path(home.opening_key))
        self._resolver: CachingResolver | None = None
        self._current = str(home.current)
        self._link = ""

    @property
    def resolver(self) -> CachingResolver:
        if self._resolver is None:
            self._resolver = CachingResolver(self.conf.resolvers)
        return self._resolver

    def refresh(self) -> None:
        """Read the configuration if another generation serves than the one it is from; a look at the link costs nothing."""
        try:
            link = os.readlink(self._current)  # noqa: PTH115  # asked for every message
        except OSError:
            link = ""
        if link != self._link:
            self._link = link
            self.reload()

    def reload(self) -> None:
        """Read the configuration. One that cannot be read leaves what holds in force: no generation is installed whose
        configuration this filter has not read in the trial."""
        try:
            conf = parse_filter(Path(self.home.filter_conf).read_text())
        except FileNotFoundError:
            return  # nothing is installed yet, or by a version that had no mail filter
        except (OSError, Malformed, UnicodeDecodeError) as error:
            _log.error("%s: %s", self.home.filter_conf, error)
            return
        if conf.resolvers != self.conf.resolvers and self._resolver is not None:
            self._resolver.close()
            self._resolver = None
        self.conf = conf
