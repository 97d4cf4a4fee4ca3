"""What was wanted, and when: the numbered revisions and their edits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from fumibako.store.models.operators import Operator


class RevisionState(models.TextChoices):
    PENDING = "pending"
    APPLIED = "applied"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"


class Revision(models.Model):
    """The settings after it as one tree; the directory by its edits, from `base` on.

    Bases lead back to the first revision (base 0), so that any two can be compared: up from one to where the ways meet,
    down to the other.
    """

    number = models.IntegerField(primary_key=True)
    base = models.IntegerField()
    who = models.CharField(max_length=80)
    operator = models.ForeignKey(Operator, null=True, on_delete=models.SET_NULL)
    comment = models.CharField(max_length=400, blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)
    settings = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=RevisionState.choices, default=RevisionState.PENDING)
    edit_count = models.IntegerField(default=0)
    alike = models.JSONField(default=dict)  # how many edits there are of those that are many (`document.alike`)
    restores = models.IntegerField(null=True)  # the revision that it brings back

    def __str__(self) -> str:
        return str(self.number)


class RevisionEdit(models.Model):
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="edits")
    path = models.CharField(max_length=400)
    was = models.JSONField(null=True)
    now = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["path", "revision"], name="revision_edit_path")]


class RevisionDomain(models.Model):
    """How many of a revision's edits are rows of a domain, so that its administrators find theirs."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="domains", db_index=False)
    name = models.CharField(max_length=253)
    edits = models.IntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["revision", "name"], name="revision_domain")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["name", "revision"], name="revision_domain_name")]


class Head(models.Model):
    """The one row that says which revision serves: what everybody sees, and what edits stand on."""

    id = models.IntegerField(primary_key=True, default=1)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT)
