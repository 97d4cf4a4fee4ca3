"""What the agent was asked to do, and how it went."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from fumibako.store.models.revisions import Revision


class RunState(models.TextChoices):
    QUEUED = "queued"  # nobody has seen it
    TAKEN = "taken"  # the agent has it
    FINISHED = "finished"
    ABANDONED = "abandoned"  # nobody took it in time; nothing happened


class Run(models.Model):
    """`edits` are those of a plan, which has no revision; a revision's own are its `RevisionEdit`s."""

    kind = models.CharField(max_length=12)  # plan, apply, confirm, roll_back
    revision = models.ForeignKey(Revision, null=True, on_delete=models.CASCADE, related_name="runs")
    base = models.IntegerField()
    settings = models.JSONField()
    edits = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True, default="")
    owner = models.CharField(max_length=40, blank=True, default="")
    confirm_within = models.IntegerField(null=True)
    confirm_by = models.FloatField(null=True)  # Unix time
    state = models.CharField(max_length=12, choices=RunState.choices, default=RunState.QUEUED)
    steps = models.JSONField(default=list)
    outcome = models.JSONField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "id"], name="run_state")]
