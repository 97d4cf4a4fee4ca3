"""What is wrong with a row of the directory, looked at alone; that others exist is checked where the others are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from fumibako.features.aliases.check import check_alias, reserved
from fumibako.features.delivery.check import check_forward, check_vacation
from fumibako.mail.address import Address
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.place import Json
from fumibako.schema.text import Text

_B64 = r"[A-Za-z0-9+/]"
_CRYPT = r"[A-Za-z0-9./]"

# What Dovecot 2.3 and crypt(3) of Debian take, each as its own program writes it. The costs are bounded: a hash that needs
# a minute to check would keep everybody else from logging in.
_SCHEMES: Final[dict[str, str]] = {
    "ARGON2ID": rf"\$argon2id\$v=19\$m=([1-9][0-9]{{0,8}}),t=[1-9][0-9]?,p=[1-9][0-9]?\${_B64}{{11,64}}\${_B64}{{16,172}}",
    "SHA512-CRYPT": rf"\$6\$(?:rounds=[1-9][0-9]{{3,5}}\$)?{_CRYPT}{{1,16}}\${_CRYPT}{{86}}",
    "SHA256-CRYPT": rf"\$5\$(?:rounds=[1-9][0-9]{{3,5}}\$)?{_CRYPT}{{1,16}}\${_CRYPT}{{43}}",
    "BLF-CRYPT": rf"\$2[aby]\$(?:0[4-9]|1[0-6])\${_CRYPT}{{53}}",
}
_ARGON2_MEMORY: Final = 131_072  # KiB; Dovecot's log-in process may have 256 MB in all

# Characters that turn the reading direction of what stands behind them: they make one name look like another.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_row(table: str, key: str, row: Mapping[str, Json]) -> list[Finding]:
    """Findings about a new row's key and its own fields; `key` may be as somebody typed it."""
    if table == "aliases":
        return check_alias(key, row)
    try:
        if table == "domains":
            return reserved(f"domains/{shown(key)}", DomainName.parse(key).ascii)
        Address.parse(key)
    except Malformed as wrong:
        return [Finding(wrong.code, f"{table}/{shown(key)}", words(wrong))]
    return check_fields(table, key, row)


def check_fields(table: str, key: str, fields: Mapping[str, Json]) -> list[Finding]:
    """Findings about some fields of a row, or all; none depends on another."""
    if table == "aliases":
        return check_alias(key, fields)
    return _account(key, fields) if table == "accounts" else []


def _account(key: str, row: Mapping[str, Json]) -> list[Finding]:
    return [finding for name in row if name in _CHECKS for finding in _CHECKS[name](key, row[name])]


def _name(key: str, name: Json) -> list[Finding]:
    if not name or (name == name.strip() and not any(map(_acts, name))):
        return []
    message = Text(
        "Write the name on one line, without blanks or control characters at its ends.",
        "名前は 1 行で、前後に空白や制御文字を付けずに書いてください。",
    )
    return [Finding("name-characters", _path(key, "name"), message, suggestion=_tidied(name))]


def _quota(key: str, quota: Json) -> list[Finding]:
    if quota is None or quota >= 1:
        return []
    message = Text(
        "A limit is at least 1 MByte; leave it empty for no limit.",
        "制限容量は 1 MByte 以上です。無制限にするには空欄にしてください。",
    )
    return [Finding("quota-zero", _path(key, "quota_mb"), message)]


def _forward(key: str, targets: Json) -> list[Finding]:
    return check_forward(_path(key, "forward"), key, targets or ())


def _vacation(key: str, vacation: Json) -> list[Finding]:
    return check_vacation(_path(key, "vacation"), vacation)


def _path(key: str, field: str) -> str:
    return f"accounts/{shown(key)}/{field}"


def _password(key: str, text: Json) -> list[Finding]:
    """The hash itself never stands in a message."""
    if text is None:
        return []
    found = re.fullmatch(r"\{([A-Za-z0-9.-]{1,40})\}(.*)", text, re.DOTALL)
    if found is None or found[1] not in _SCHEMES:
        message = Text(
            "A password hash begins with one of {known}. `doveadm pw` makes one.",
            "パスワードハッシュは {known} のいずれかで始まります。`doveadm pw` で作れます。",
        )
        known = ", ".join(f"{{{name}}}" for name in _SCHEMES)
        return [Finding("password-scheme", _path(key, "password_hash"), message.with_(known=known))]
    parts = re.fullmatch(_SCHEMES[found[1]], found[2])
    if parts is not None and found[1] == "ARGON2ID" and int(parts[1]) > _ARGON2_MEMORY:
        message = Text(
            "This hash needs more than {limit} MB of memory at every log-in. Make one with at most m={memory}.",
            "このハッシュはログインのたびに {limit} MB を超えるメモリーを使います。m={memory} 以下で作ってください。",
        )
        return [
            Finding(
                "password-cost",
                _path(key, "password_hash"),
                message.with_(limit=_ARGON2_MEMORY // 1024, memory=_ARGON2_MEMORY),
            )
        ]
    if parts is None:
        message = Text(
            "After {scheme} there is no complete hash of that kind. Copy it whole.",
            "{scheme} の後のハッシュが正しくありません。全体をコピーしてください。",
        )
        return [Finding("password-hash", _path(key, "password_hash"), message.with_(scheme=f"{{{found[1]}}}"))]
    return []


def _tidied(name: str) -> str | None:
    tidy = "".join(" " if _acts(character) else character for character in name).strip()
    return tidy or None


def _acts(character: str) -> bool:
    """Whether the character does something other than being read. An ideographic space is just a space."""
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _TURNING


# Of an account's fields those of which something can be wrong that their types do not say.
_CHECKS: Final[Mapping[str, Callable[[str, Json], list[Finding]]]] = {
    "name": _name,
    "password_hash": _password,
    "quota_mb": _quota,
    "forward": _forward,
    "vacation": _vacation,
}
