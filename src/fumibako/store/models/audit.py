"""Who did what, and who tried to get in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Audit(models.Model):
    """One thing that somebody did. Rows are only ever added; no secret is ever in `detail`."""

    at = models.DateTimeField(auto_now_add=True)
    who = models.CharField(max_length=80)
    verb = models.CharField(max_length=40)
    path = models.CharField(max_length=400, blank=True, default="")
    detail = models.JSONField(default=dict)


class LogInFailures(models.Model):
    """Failed log-ins of late, by account and by network: `account:hanako`, `network:192.0.2.0/24`."""

    key = models.CharField(max_length=160, primary_key=True)
    count = models.IntegerField(default=0)
    since = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["since"], name="log_in_failures_since")]
