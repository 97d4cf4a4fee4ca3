"""What the mail filter knows of the server itself."""

from __future__ import annotations

from fumibako.assembly.fragment import Fragment
from fumibako.features.basics.section import Basics


def filter_fragment(basics: Basics) -> Fragment:
    return Fragment("Mail filter", mail_filter={"hostname": basics.hostname})
