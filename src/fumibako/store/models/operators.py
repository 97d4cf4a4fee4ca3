"""Who may use the console: operators, their API tokens, and the code that makes the first of them.

An operator is a person who administers; an account (`directory`) is a mailbox. The two are never the same row.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    """What an operator may do; `fumibako.actions.permission` says what that is."""

    SERVER_ADMIN = "server_admin"
    DOMAIN_ADMIN = "domain_admin"
    ACCOUNT_HOLDER = "account_holder"


class Operators(BaseUserManager["Operator"]):
    """The manager that log-in asks for."""


class Operator(AbstractBaseUser):
    username = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.SERVER_ADMIN)
    language = models.CharField(max_length=2, default="", blank=True)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = Operators()

    def __str__(self) -> str:
        return self.username


class OperatorDomain(models.Model):
    """A domain that was given to a domain administrator, by its name: a domain that goes and is brought back again is
    still his."""

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, related_name="domains", db_index=False)
    name = models.CharField(max_length=253)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["operator", "name"], name="operator_domain")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["name"], name="operator_domain_name")]


class Invitation(models.Model):
    """The one-time code by which an operator chooses a password: thirty-two random bytes, kept as their digest."""

    operator = models.OneToOneField(Operator, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()


class FirstCode(models.Model):
    """Thirty-two random bytes, kept as their digest; good once, for half an hour, while there is no administrator."""

    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()


class ApiToken(models.Model):
    """A bearer's right to use the API. The token itself is shown once, when it is made."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    operator = models.ForeignKey(Operator, null=True, on_delete=models.CASCADE)
    role = models.CharField(max_length=16, choices=Role.choices)
    scope = models.CharField(max_length=8)  # "read" or "write"
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True)
