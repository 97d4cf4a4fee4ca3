"""The contracts in pyproject.toml name every package that exists, so that a new one cannot slip past them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["id"]: contract
    for contract in tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}

# What may touch the world; everything else computes.
IMPURE = {"__main__", "actions", "api", "applier", "channel", "cli", "console", "home", "mailfilter", "node", "store"}
WITHOUT_DJANGO = {"applier", "channel", "cli", "home", "mailfilter", "node"}


def packages() -> set[str]:
    return {
        path.name if path.is_dir() else path.stem
        for path in (TOP / "src/fumibako").iterdir()
        if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
    }


def sources(contract: str) -> set[str]:
    """What the contract names; a contract that guards nothing yet need not be written."""
    return {
        name.removeprefix("fumibako.") for name in CONTRACTS.get(contract, {"source_modules": []})["source_modules"]
    }


def test_every_package_that_only_computes_is_kept_from_the_world() -> None:
    assert sources("pure") == packages() - IMPURE


def test_every_process_that_lives_without_django_is_kept_from_it() -> None:
    assert sources("no-django") == packages() & WITHOUT_DJANGO
