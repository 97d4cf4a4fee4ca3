"""What is wrong with settings as a whole, and with rows: every finding at once, in both languages.

Types and bounds were checked when the values were decoded; here options are held against each other and texts against
what the servers make of them.
"""

from __future__ import annotations

from fumibako.document.settings import Settings
from fumibako.features.access.check import check_access
from fumibako.features.authentication.check import check_authentication, check_dns
from fumibako.features.basics.check import check_basics
from fumibako.features.directory.check import check_fields, check_row
from fumibako.features.relay.check import check_relay
from fumibako.features.spam.check import check_spam
from fumibako.schema.finding import Finding

__all__ = ["check", "check_fields", "check_row"]


def check(settings: Settings) -> list[Finding]:
    """Findings about the settings, in the order of the page."""
    return [
        *check_basics(settings.basics),
        *check_access(settings.access),
        *check_relay(settings.relay, settings.basics),
        *check_spam(settings.spam),
        *check_authentication(settings.authentication),
        *check_dns(settings.dns),
    ]
