"""Secrets that the settings need and do not hold: set by name, sealed in the database, live at once.

Nobody reads them back: whoever looks sees which there are. The agent alone is given them, through its own socket, and
keeps them where the program that uses them looks. `version` is the digest of all sealed texts: the agent asks for the
secrets when it is another than that of what it holds, after a lost database too.
"""

from __future__ import annotations

import hashlib
import threading
import time
from base64 import b64decode
from typing import Any, Final

from django.db import transaction

from fumibako.actions import agent_link, signing_keys
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.actions.permission import require
from fumibako.actions.result import Result
from fumibako.actions.sealing import opened, sealed
from fumibako.features.relay.routes import domain_spelling, sender_spelling
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text
from fumibako.store.models import Secret

PURPOSE: Final = b"fumibako secrets"
LONGEST: Final = 1024
_PATIENCE: Final = 6.0

_NAME = Text(
    "“{name}” is no secret's name. Write relay/default, relay/DOMAIN, relay/@DOMAIN (by the sender's domain) or dns/ZONE.",
    "「{name}」という秘密はありません。relay/default、relay/ドメイン、relay/@ドメイン (差出人のドメイン)、dns/ゾーン のいずれかを"
    "書いてください。",
)
_EMPTY = Text("Write the secret.", "秘密の値を入力してください。")
_LONG = Text("A secret has at most {longest} characters.", "秘密の値は {longest} 文字以内です。").with_(longest=LONGEST)
_CONTROL = Text("A secret is one line without control characters.", "秘密の値は 1 行で、制御文字なしで書いてください。")
_BASE64 = Text(
    "The secret of a TSIG key is base64, as tsig-keygen and keymgr print it.",
    "TSIG 鍵の秘密は Base64 です。tsig-keygen や keymgr が表示する値をそのまま書いてください。",
)
_NOT_YET = Text(
    "It is stored; the agent does not answer now and takes it over as soon as it does.",
    "保存しました。エージェントが応答しないため、応答しだい有効になります。",
)

_held = ""
_told = threading.Condition()


def put(caller: Caller, name: str, text: str) -> Result:
    """Set a secret. It is live when this returns `applied` without a warning."""
    require(caller, "apply")
    key = spelled(name)
    findings = [] if key else [Finding("secret-name", shown(name), _NAME.with_(name=shown(name)))]
    findings += wrong(text, shown(name))
    if findings or key is None:
        return Result("refused", findings=tuple(findings))
    with transaction.atomic():
        Secret.objects.update_or_create(name=key, defaults={"sealed": sealed(text, PURPOSE)})
        record(caller, "secret.set", key)
        transaction.on_commit(agent_link.wake)
    return _once_held()


def forget(caller: Caller, name: str) -> bool:
    """Remove a secret; whether there was one."""
    require(caller, "apply")
    key = spelled(name)
    with transaction.atomic():
        gone = bool(key and Secret.objects.filter(name=key).delete()[0])
        if gone:
            record(caller, "secret.remove", key or "")
            transaction.on_commit(agent_link.wake)
    return gone


def names(caller: Caller) -> list[str]:
    """Which secrets are set."""
    require(caller, "look")
    return list(Secret.objects.order_by("name").values_list("name", flat=True))


def for_export(caller: Caller) -> dict[str, str]:
    """All of them, opened: for an export that asks for secrets."""
    require(caller, "see_secrets")
    return _opened()


def for_agent(caller: Caller) -> dict[str, Any]:
    require(caller, "be_agent")
    return {"version": version(), "secrets": _opened() | signing_keys.for_agent()}


def known() -> frozenset[str]:
    """The names of the secrets that are set."""
    return frozenset(Secret.objects.values_list("name", flat=True))


def put_all(caller: Caller, new: dict[str, str]) -> None:
    """Set secrets that have been found well."""
    for name, text in new.items():
        put(caller, name, text)


def of_zones() -> dict[str, str]:
    """The secrets of write access, by zone: for the agent, which keeps them nowhere."""
    rows = Secret.objects.filter(name__startswith="dns/")
    return {each.name.removeprefix("dns/"): opened(each.sealed, PURPOSE) for each in rows}


def version() -> str:
    """What the agent compares; empty while there are none."""
    rows = list(Secret.objects.order_by("name").values_list("name", "sealed"))
    keys = signing_keys.version()
    return hashlib.sha256(repr((rows, keys)).encode()).hexdigest()[:32] if rows or keys else ""


def held(said: str) -> None:
    """The agent says which version it holds."""
    global _held  # one console is one process
    with _told:
        if said != _held:
            _held = said
            _told.notify_all()


def spelled(name: str) -> str | None:
    """The one spelling of a secret's name, None for what is none."""
    kind, slash, rest = name.strip().partition("/")
    if not slash or not rest:
        return None
    if kind == "relay":
        if rest == "default":
            return "relay/default"
        sender = rest.startswith("@")
        domain = sender_spelling(rest) if sender else domain_spelling(rest)
        return f"relay/{'@' if sender else ''}{domain}" if _is_domain(domain.removeprefix(".")) else None
    if kind == "dns" and _is_domain(rest):
        return f"dns/{DomainName.parse(rest).ascii}"
    return None


def _is_domain(text: str) -> bool:
    try:
        DomainName.parse(text)
    except Malformed:
        return False
    return True


def wrong(text: str, path: str) -> list[Finding]:
    """What is wrong with a secret's text, which never stands in a message."""
    if not text:
        return [Finding("secret-empty", path, _EMPTY)]
    if len(text) > LONGEST:
        return [Finding("secret-too-long", path, _LONG)]
    if not text.isprintable():
        return [Finding("secret-characters", path, _CONTROL)]
    if path.startswith("dns/") and not _is_base64(text):
        return [Finding("secret-base64", path, _BASE64)]
    return []


def _is_base64(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) > 0
    except ValueError:
        return False


def _opened() -> dict[str, str]:
    return {each.name: opened(each.sealed, PURPOSE) for each in Secret.objects.order_by("name")}


def _once_held() -> Result:
    """Wait until the agent holds what is stored."""
    wanted, deadline = version(), time.monotonic() + _PATIENCE
    with _told:
        while _held != wanted:
            left = deadline - time.monotonic()
            if left <= 0:
                return Result("applied", findings=(Finding("secret-not-yet", "", _NOT_YET, "warning"),))
            _told.wait(min(left, 0.5))
    return Result("applied")
