"""Staged edits: one draft an operator, one row a place."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Draft(models.Model):
    """`owner` is `operator/ID`, or `root` for who speaks through the Unix socket."""

    owner = models.CharField(max_length=40, unique=True)
    changed = models.DateTimeField(auto_now=True)


class DraftEdit(models.Model):
    """A staged edit. `was` is what its author saw there at revision `base`: where something else stands now, somebody
    else has been there."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="edits", db_index=False)
    path = models.CharField(max_length=400)
    chapter = models.CharField(max_length=24)
    kind = models.CharField(max_length=8)  # of a row: "added" or "removed"; else "changed"
    was = models.JSONField(null=True)
    now = models.JSONField(null=True)
    base = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["draft", "path"], name="draft_edit_place")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["draft", "chapter"], name="draft_edit_chapter")]
