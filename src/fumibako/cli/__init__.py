"""The command line: `fumibako [--home DIR] COMMAND …`.

It makes, starts, stops and watches a home itself (`fumibako.home`); everything else it asks of the console's API over
the home's Unix socket, so that a command is checked, planned, applied and recorded like a click on a page. Output for
people goes to standard output, messages to standard error; with `--json` standard output is one JSON document. The exit
status is 0 done, 1 refused and nothing changed, 2 wrong usage (or, asked for, "there are changes"), 3 applied and rolled
back, 4 the console does not answer.

A command starts in a tenth of a second: Django is not here at all, and Rich only where a terminal wants colours.
"""

from __future__ import annotations


def main() -> int:
    """The console script `fumibako`."""
    from fumibako.cli.app import run

    return run()
