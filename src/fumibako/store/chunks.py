"""Many values, some at a time: a statement takes only so many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def chunks(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Lists of `size` values, the last of what is left."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
