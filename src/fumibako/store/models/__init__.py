"""The tables, one module a subject."""

from fumibako.store.models.audit import Audit, LogInFailures
from fumibako.store.models.directory import (
    Account,
    Alias,
    AliasTarget,
    Domain,
    ForwardTarget,
    Initial,
    RemovedAccount,
    SystemUser,
    Tally,
    UsageHeard,
)
from fumibako.store.models.drafts import Draft, DraftEdit
from fumibako.store.models.keys import SigningKey
from fumibako.store.models.operators import ApiToken, FirstCode, Invitation, Operator, OperatorDomain, Role
from fumibako.store.models.revisions import Head, Revision, RevisionDomain, RevisionEdit, RevisionState
from fumibako.store.models.runs import Run, RunState
from fumibako.store.models.secrets import Secret
from fumibako.store.models.zones import ZoneCheck

__all__ = [
    "Account",
    "Alias",
    "AliasTarget",
    "ApiToken",
    "Audit",
    "Domain",
    "Draft",
    "DraftEdit",
    "FirstCode",
    "ForwardTarget",
    "Head",
    "Initial",
    "Invitation",
    "LogInFailures",
    "Operator",
    "OperatorDomain",
    "RemovedAccount",
    "Revision",
    "RevisionDomain",
    "RevisionEdit",
    "RevisionState",
    "Role",
    "Run",
    "RunState",
    "Secret",
    "SigningKey",
    "SystemUser",
    "Tally",
    "UsageHeard",
    "ZoneCheck",
]
