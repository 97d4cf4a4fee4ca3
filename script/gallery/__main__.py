"""Every page of the console with sample data, to look at: ``.venv/bin/python script/gallery [--shots] [--axe] [--only NAME,…] [--variants light,dark,narrow,narrow-dark] [DIR]``.

Writes static HTML in both languages. ``--shots`` takes pictures (light and dark, narrow and wide), ``--axe`` runs axe over every page
in both themes and widths and fails on a violation, on a breach of the content security policy or on a page that scrolls sideways.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "src")]

import pages  # noqa: E402
import pictures  # noqa: E402


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("directory", nargs="?", type=Path)
    arguments.add_argument("--shots", action="store_true")
    arguments.add_argument("--axe", action="store_true")
    arguments.add_argument("--only", type=lambda names: names.split(","), default=[])
    arguments.add_argument("--variants", type=lambda names: names.split(","), default=list(pictures.VARIANTS))
    asked = arguments.parse_args()
    directory = asked.directory or Path(tempfile.mkdtemp(prefix="fumibako-gallery-"))
    written = pages.write(directory, only=asked.only)
    print(f"{len(written)} pages in {directory}")
    if asked.shots or asked.axe:
        return pictures.look(directory, written, shots=asked.shots, axe=asked.axe, variants=asked.variants)
    return 0


if __name__ == "__main__":
    sys.exit(main())
