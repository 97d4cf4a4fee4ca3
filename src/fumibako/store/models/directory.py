"""The directory's rows as they are now: domains and accounts, made to hold a million.

A list is read in the order of its key by ranges of an index; how many there are is kept beside the rows and changed
with them, never counted.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Domain(models.Model):
    name = models.CharField(max_length=253, unique=True)
    accounts = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, db_index=False)
    address = models.CharField(max_length=318, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    password_hash = models.TextField(null=True)
    quota_mb = models.BigIntegerField(null=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["domain", "address"], name="account_domain_address")
        ]

    def __str__(self) -> str:
        return self.address


class Tally(models.Model):
    """How many rows a table has."""

    table = models.CharField(max_length=16, primary_key=True)
    rows = models.BigIntegerField(default=0)
