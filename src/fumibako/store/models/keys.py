"""Signing keys of domains and where they stand in their lives (`features/authentication/rotation`)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SigningKey(models.Model):
    """`sealed` opens for the node's mail filter alone; `kept` for the console, which gives it out when it is asked for it
    with a password. `since` is when the key came into its state."""

    domain = models.CharField(max_length=253)
    selector = models.CharField(max_length=63)
    use = models.CharField(max_length=12)  # "dkim" or "domainkeys"
    kind = models.CharField(max_length=8)  # "rsa" or "ed25519"
    bits = models.IntegerField()
    public = models.TextField()
    sealed = models.TextField()
    kept = models.TextField()
    state = models.CharField(max_length=12)
    since = models.DateTimeField()
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["domain", "selector"], name="signing_key_name")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state"], name="signing_key_state")]

    def __str__(self) -> str:
        return f"{self.domain}/{self.selector}"
