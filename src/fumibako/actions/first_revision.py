"""Revision 1: what a home begins with."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from fumibako.document.settings import defaults
from fumibako.schema.edit import digest
from fumibako.store import revisions
from fumibako.store.models import Run


def make() -> None:
    """Make it, with its apply for the agent to find, unless it is there already."""
    facts = settings.FACTS
    with transaction.atomic():
        if revisions.begun():
            return
        tree = defaults(hostname=facts.hostname, listen=facts.listen, port_base=facts.port_base)
        revision = revisions.create(edits=[], base=0, who="init", settings=tree, digest=digest(0, []))
        revisions.move_head(revision)
        Run.objects.create(kind="apply", revision=revision, base=0, settings=tree, digest=revision.digest)
