"""Secrets beside the settings: what a relay or a name server asks for."""

from __future__ import annotations

from django.db import models


class Secret(models.Model):
    """`name` says what it is for (`relay/default`); `sealed` is useless without the console's sealing key."""

    name = models.CharField(max_length=280, primary_key=True)
    sealed = models.TextField()
    changed = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name
