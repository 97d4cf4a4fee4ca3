"""Operators: how the first is made, and what they choose for themselves."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from fumibako.actions import first_code, log_in
from fumibako.actions.audit import record
from fumibako.actions.caller import Caller
from fumibako.schema.finding import Finding, errors
from fumibako.schema.text import LANGUAGES, Text
from fumibako.store.models import Operator, Role

PASSWORD_LEAST: Final = 12
_NAME = re.compile(r"[\w.@+-]{1,64}\Z")
# Names that the history gives to others.
_TAKEN: Final = frozenset({"root", "node", "console", "fumibako"})

_BAD_CODE = Text(
    "This code is not good (any more). A new one: fumibako init --new-code, as root on the server.",
    "このコードは使えません。サーバーで root として fumibako init --new-code を実行すると新しいコードが作られます。",
)
_BAD_NAME = Text(
    "A name has 1 to 64 letters, digits and . _ @ + -",
    "管理者名は 1〜64 文字の英数字などと . _ @ + - で付けてください。",
)
_NAME_TAKEN = Text("This name is taken. Choose another.", "この名前は使われています。別の名前にしてください。")
_SHORT = Text("At least {least} characters, please.", "{least} 文字以上にしてください。")
_COMMON = Text(
    "This password is one of the first that are tried. Choose another.",
    "よく使われるパスワードです。別のものにしてください。",
)
_LIKE_NAME = Text("The password should not be the name.", "パスワードを管理者名と同じにはできません。")


def make_first(code: str, name: str, password: str, *, network: str) -> tuple[Operator | None, list[Finding]]:
    """The first administrator, made with the one-time code; or findings with the paths `code`, `name`, `password`. The
    code stays good when only name or password are wrong; wrong codes are counted against the network."""
    wait = log_in.locked("first-code", network)
    if wait is not None:
        return None, [Finding(wait.code, "code", wait.message)]
    findings = _of_name(name) + checked_password(password, name)
    with transaction.atomic():
        if not findings and first_code.use(code):
            return _made(name, password), []
    if not findings:
        log_in.failed("first-code", network)
        findings = [Finding("first-code", "code", _BAD_CODE)]
    return None, findings


def make_initial(name: str, password: str) -> list[Finding]:
    """The administrator that `init` was told of, where there is none. Findings have the paths `admin` and `password`."""
    if not first_code.needed():
        return [first_code.there_is_one("admin")]
    findings = [
        Finding(each.code, "admin" if each.path == "name" else each.path, each.message) for each in _of_name(name)
    ]
    findings += checked_password(password, name)
    if not errors(findings):
        with transaction.atomic():
            _made(name, password)
    return findings


def choose_language(caller: Caller, language: str) -> None:
    """Remember the language in which an operator reads."""
    if caller.operator_id is not None and language in LANGUAGES:
        Operator.objects.filter(pk=caller.operator_id).update(language=language)


def checked_name(name: str) -> tuple[str, list[Finding]]:
    """The name as it is stored, and what is wrong with it for a new operator."""
    return unicodedata.normalize("NFKC", name), _of_name(name)


def _made(name: str, password: str) -> Operator:
    operator = Operator.objects.create(
        username=unicodedata.normalize("NFKC", name), password=make_password(password), role=Role.SERVER_ADMIN
    )
    record(operator.username, "operator.first", f"operators/{operator.username}")
    return operator


def _of_name(name: str) -> list[Finding]:
    plain = unicodedata.normalize("NFKC", name)
    if not _NAME.match(plain):
        return [Finding("operator-name", "name", _BAD_NAME)]
    if plain.casefold() in _TAKEN or Operator.objects.filter(username__iexact=plain).exists():
        return [Finding("operator-exists", "name", _NAME_TAKEN)]
    return []


def checked_password(password: str, name: str) -> list[Finding]:
    """What is wrong with an operator's password."""
    if len(password) < PASSWORD_LEAST:
        return [Finding("password-too-short", "password", _SHORT.with_(least=PASSWORD_LEAST))]
    if password.casefold() == name.casefold():
        return [Finding("password-like-name", "password", _LIKE_NAME)]
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        return [Finding("password-common", "password", _COMMON)]
    return []
