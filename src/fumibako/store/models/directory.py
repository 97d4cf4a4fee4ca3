"""The directory's rows as they are now: domains, accounts and aliases, made to hold a million of each.

A list is read in the order of its key by ranges of an index; how many there are is kept beside the rows and changed
with them, never counted.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Domain(models.Model):
    name = models.CharField(max_length=253, unique=True)
    accounts = models.IntegerField(default=0)
    aliases = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, db_index=False)
    address = models.CharField(max_length=318, unique=True)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=8, null=True)
    password_hash = models.TextField(null=True)
    quota_mb = models.BigIntegerField(null=True)
    enabled = models.BooleanField(default=True)
    may_send = models.BooleanField(default=True)
    may_receive = models.BooleanField(default=True)
    forward = models.JSONField(default=list)
    keep_copy = models.BooleanField(default=True)
    vacation = models.JSONField(null=True)
    # None where there are none; never an empty list.
    app_passwords = models.JSONField(null=True)
    # Where its mail lies, when that is not where its address says (`features/directory/rows`).
    mailbox = models.CharField(max_length=340, null=True, unique=True)
    # What the agent says of the mailbox, and under which initials the account stands (`features/quotas`).
    usage_bytes = models.BigIntegerField(default=0)
    usage_messages = models.BigIntegerField(default=0)
    # In seconds since 1970; None where nobody has logged in that we know of.
    last_login = models.BigIntegerField(null=True)
    initial = models.CharField(max_length=1, default="#")
    kana = models.CharField(max_length=1, default="", blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["domain", "address"], name="account_domain_address"),
            models.Index(fields=["usage_bytes", "address"], name="account_usage"),
            models.Index(fields=["initial", "address"], name="account_initial"),
            models.Index(fields=["initial", "usage_bytes", "address"], name="account_initial_usage"),
            models.Index(fields=["kana", "address"], name="account_kana", condition=~models.Q(kana="")),
            models.Index(
                fields=["kana", "usage_bytes", "address"], name="account_kana_usage", condition=~models.Q(kana="")
            ),
            models.Index(fields=["domain", "initial", "kana"], name="account_domain_initial"),
            models.Index(fields=["name"], name="account_name", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.address


class Alias(models.Model):
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, db_index=False)
    address = models.CharField(max_length=318, unique=True)
    targets = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["domain", "address"], name="alias_domain_address")
        ]

    def __str__(self) -> str:
        return self.address


class AliasTarget(models.Model):
    """Which aliases lead to an address: the targets once more, lower case and turned round (`example.jp@hanako`), so that
    one index finds those of an address and those of a domain."""

    alias = models.ForeignKey(Alias, on_delete=models.CASCADE, db_index=False)
    turned = models.CharField(max_length=318)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["turned", "alias"], name="alias_target")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["alias"], name="alias_target_alias")]


class ForwardTarget(models.Model):
    """Which accounts forward to an address, turned round as the targets of aliases are."""

    address = models.CharField(max_length=318, db_index=True)
    turned = models.CharField(max_length=318)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["turned", "address"], name="forward_target")
        ]


class RemovedAccount(models.Model):
    """An account that was removed: its row and where its mail still lies, until the time of grace is over."""

    address = models.CharField(max_length=318, db_index=True)
    mailbox = models.CharField(max_length=340, unique=True)
    row = models.JSONField()
    removed = models.DateTimeField(auto_now_add=True, db_index=True)


class SystemUser(models.Model):
    """A user of the node's operating system; `address` is empty where he takes no mail here."""

    name = models.CharField(max_length=256, primary_key=True)
    uid = models.BigIntegerField()
    gecos = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=512, blank=True, default="", db_index=True)
    usage_bytes = models.BigIntegerField(default=0)
    usage_messages = models.BigIntegerField(default=0)
    last_login = models.BigIntegerField(null=True)


class Initial(models.Model):
    """How many accounts stand under an initial."""

    letter = models.CharField(max_length=1, primary_key=True)
    rows = models.BigIntegerField(default=0)


class UsageHeard(models.Model):
    """The one row that says up to where the agent's reports of usage have been heard."""

    id = models.IntegerField(primary_key=True, default=1)
    epoch = models.CharField(max_length=40, default="")
    last = models.BigIntegerField(default=0)


class Tally(models.Model):
    """How many rows a table has."""

    table = models.CharField(max_length=16, primary_key=True)
    rows = models.BigIntegerField(default=0)
