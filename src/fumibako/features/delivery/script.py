"""An account's own Sieve script: its reply while its owner is away (RFC 5230, RFC 3834).

Text stays text: everything that somebody wrote stands in a quoted string, and neither variables nor encoded characters are
switched on, so there is nothing in it that could mean something else.
"""

from __future__ import annotations

from typing import Final

from fumibako.features.delivery.vacation import Vacation
from fumibako.formats.sieve import listed, quoted

# Pigeonhole asks for a script's name first, which gives it an id, and then for the script of that id.
SCRIPT_NAME: Final = "reply"
SCRIPT_ID: Final = "1"


def script(address: str, vacation: Vacation | None) -> str | None:
    """The script of an account whose reply is on; None where it does nothing.

    Pigeonhole itself answers nobody twice in `days`, nor mail without a sender, from lists, in bulk or made by a program,
    nor what does not name the account (or one of its other addresses) in To or Cc."""
    if vacation is None or not vacation.enabled:
        return None
    words = [f"vacation :days {vacation.days}"]
    if vacation.subject:
        words.append(f":subject {quoted(vacation.subject)}")
    words.append(f":from {quoted(address)}")
    if vacation.addresses:
        words.append(f":addresses {listed(vacation.addresses)}")
    action = f"{' '.join(words)} {quoted(vacation.text)};\n"
    tests = [
        f'currentdate :value "{relation}" "date" {quoted(day)}'
        for relation, day in (("ge", vacation.first_day), ("le", vacation.last_day))
        if day
    ]
    if not tests:
        return f'require "vacation";\n{action}'
    return f'require ["date", "relational", "vacation"];\nif allof ({", ".join(tests)}) {{\n  {action}}}\n'
