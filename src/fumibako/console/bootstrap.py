"""`python -m fumibako.console.bootstrap --home HOME [--new-code]`: the console's first contents.

Standard input is a JSON object, `{}` or `{"admin": NAME, "password": PASSWORD}`; standard output is one too: `{"code": …}`
(the one-time code for the first administrator), `{}` where the administrator was made, or `{"findings": […]}` and exit
status 1. Running it again on a home that has its contents is harmless. Without `--new-code` it makes the database and
revision 1, whose apply waits for the agent.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m fumibako.console.bootstrap", description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--new-code", action="store_true")
    options = parser.parse_args(arguments)
    os.environ["FUMIBAKO_HOME"] = options.home
    os.environ["DJANGO_SETTINGS_MODULE"] = "fumibako.console.settings"
    os.umask(0o077)
    import django

    django.setup()
    asked = json.loads(sys.stdin.read() or "{}") if not options.new_code else {}
    answer = _new_code() if options.new_code else _contents(asked)
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if answer.get("findings") else 0


def _contents(asked: dict[str, Any]) -> dict[str, Any]:
    from django.core.management import call_command

    from fumibako.actions import first_revision
    from fumibako.actions.operators import make_initial

    call_command("migrate", interactive=False, verbosity=0)
    first_revision.make()
    if "admin" not in asked:
        return _new_code()
    findings = make_initial(str(asked["admin"]), str(asked["password"]))
    return {"findings": [finding.as_wire() for finding in findings]} if findings else {}


def _new_code() -> dict[str, Any]:
    from fumibako.actions import first_code
    from fumibako.actions.caller import root
    from fumibako.actions.trouble import Refused

    try:
        return {"code": first_code.make(root())}
    except Refused as refusal:
        return {"findings": [finding.as_wire() for finding in refusal.findings]}


if __name__ == "__main__":
    sys.exit(main())
