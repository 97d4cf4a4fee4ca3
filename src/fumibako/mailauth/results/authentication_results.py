"""The Authentication-Results field: which checks a server made and what each found (RFC 8601 §2.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fumibako.mail.lexer import DOT_ATOM, Lexer

_AUTHSERV_ID = re.compile(rb"[^\x00-\x20()<>@,;:\\\"/\[\]?=\x7f]+")  # RFC 2045's token; a domain is one
_VERSION = re.compile(rb"[0-9]+")
_KEYWORD = re.compile(rb"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")  # RFC 5321 §4.1.2; "_" is met in practice
_VALUE = re.compile(rb"[^\x00-\x20();\"\x7f]+")
# A token (RFC 2045 §5.1), or a domain with or without a local part that needs no quotes.
_BARE = re.compile(rf"[A-Za-z0-9!#$%&'*+.^_`{{|}}~-]+\Z|(?:{DOT_ATOM})?@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\Z")
_PARENTHESES = re.compile(r"([()\\])")
_QUOTES = re.compile(r'(["\\])')
RESULT_LIMIT = 200


class MethodResult(NamedTuple):
    """One check: `dkim=pass (2048-bit rsa key) header.d=example.jp`; properties are (ptype, property, value)."""

    method: str
    result: str
    comment: str = ""
    reason: str = ""
    properties: tuple[tuple[str, str, str], ...] = ()

    def value(self, ptype: str, name: str) -> str | None:
        """The first such property's value."""
        for found_type, found_name, value in self.properties:
            if (found_type, found_name) == (ptype, name):
                return value
        return None


class AuthenticationResults(NamedTuple):
    """The field's content; no results means `none` was said (RFC 8601 §2.2, no-result)."""

    authserv_id: str
    results: tuple[MethodResult, ...] = ()


def parse_authentication_results(value: bytes) -> AuthenticationResults | None:
    """A field's value, or nothing when it is malformed. Names come in lower case, values as written."""
    lexer = Lexer(value)
    authserv_id = read_authserv_id(lexer)
    if authserv_id is None:
        return None
    results = _read_results(lexer)
    return None if results is None else AuthenticationResults(authserv_id, results)


def read_authserv_id(lexer: Lexer) -> str | None:
    """Who wrote the field, in lower case; with it goes the version, which must be 1 (RFC 8601 §2.2, §2.5)."""
    if not lexer.skip_cfws():
        return None
    name = lexer.quoted_string()
    if name is None:
        name = lexer.match(_AUTHSERV_ID)
    if name is None or not lexer.skip_cfws():
        return None
    version = lexer.match(_VERSION)
    if version is not None and version.lstrip(b"0") != b"1":
        return None
    if not lexer.skip_cfws() or not (lexer.at_end or lexer.octets.startswith(b";", lexer.position)):
        return None
    return name.decode("utf-8", "replace").lower()


def _read_results(lexer: Lexer) -> tuple[MethodResult, ...] | None:
    results: list[MethodResult] = []
    while True:
        if not lexer.skip_cfws():
            return None
        if not lexer.take(b";"):
            break
        if not lexer.skip_cfws():
            return None
        if lexer.at_end or lexer.octets.startswith(b";", lexer.position):
            continue  # an empty part, as some write at the end
        if len(results) == RESULT_LIMIT:
            return None
        result = _read_result(lexer)
        if result is None:
            return None
        results.append(result)
    if not lexer.at_end:
        return None
    if any(result.method == "none" for result in results):
        return None if len(results) > 1 else ()
    return tuple(results)


def _read_result(lexer: Lexer) -> MethodResult | None:
    method = _keyword(lexer)
    if method is None or not lexer.skip_cfws():
        return None
    if method == "none" and (lexer.at_end or lexer.octets.startswith(b";", lexer.position)):
        return MethodResult("none", "")
    if lexer.take(b"/"):
        lexer.skip_cfws()
        if lexer.match(_VERSION) is None:
            return None
        lexer.skip_cfws()
    if not lexer.take(b"=") or not lexer.skip_cfws():
        return None
    result = _keyword(lexer)
    if result is None:
        return None
    lexer.comments.clear()
    reason, properties = "", []
    while True:
        if not lexer.skip_cfws():
            return None
        if lexer.at_end or lexer.octets.startswith(b";", lexer.position):
            break
        name = _keyword(lexer)
        if name is None or not lexer.skip_cfws():
            return None
        member = ""
        if lexer.take(b"."):
            lexer.skip_cfws()
            found = _keyword(lexer)
            if found is None or not lexer.skip_cfws():
                return None
            member = found
        if not lexer.take(b"=") or not lexer.skip_cfws():
            return None
        value = _value(lexer)
        if member:
            properties.append((name, member, value))
        elif name == "reason" and not reason:
            reason = value
        else:
            return None
    comment = lexer.comments[0].decode("utf-8", "replace") if lexer.comments else ""
    return MethodResult(method, result, comment, reason, tuple(properties))


def _keyword(lexer: Lexer) -> str | None:
    word = lexer.match(_KEYWORD)
    return word.decode("ascii").lower() if word else None


def _value(lexer: Lexer) -> str:
    """A value, or an address whose local part may be quoted."""
    parts: list[bytes] = []
    while True:
        part = lexer.quoted_string()
        if part is None:
            part = lexer.match(_VALUE)
        if part is None:
            return b"".join(parts).decode("utf-8", "replace")
        parts.append(part)


def format_authentication_results(content: AuthenticationResults, *, utf8: bool = False) -> bytes:
    """The field's value, a space before it and each check on a line of its own.

    Whatever the values are, the field stays what it should be: they are quoted, stripped of control characters and of what
    is not ASCII, unless the message is an internationalised one (`utf8`, RFC 6532).
    """
    lines = [f" {content.authserv_id}"]
    for result in content.results:
        line = f"{result.method}={result.result}"
        if result.comment:
            line += f" ({_comment(result.comment, utf8=utf8)})"
        if result.reason:
            line += f' reason="{_quoted(result.reason, utf8=utf8)}"'
        for ptype, name, value in result.properties:
            part = f"{ptype}.{name}={_property_value(value, utf8=utf8)}"
            line += ("\r\n\t " if len(line.rpartition("\n")[2]) + len(part) > 74 else " ") + part
        lines.append(line)
    if not content.results:
        lines.append("none")
    return ";\r\n\t".join(lines).encode("utf-8")


def merged(fields: Sequence[bytes], authserv_id: str) -> bytes | None:
    """The results of all fields (topmost first) that this server wrote, as one payload without its name's line breaks.

    Nothing when there is none. This is what an ARC-Authentication-Results carries on (RFC 8617 §4.1.1).
    """
    payloads = []
    for value in fields:
        lexer = Lexer(value)
        if read_authserv_id(lexer) == authserv_id.lower():
            rest = value[lexer.position :].strip(b" \t\r\n;")
            if rest and parse_authentication_results(value) is not None:
                payloads.append(rest)
    return b" %b; %b" % (authserv_id.encode("utf-8"), b";\r\n\t".join(payloads)) if payloads else None


def _printable(text: str, *, utf8: bool) -> str:
    if text.isascii() and text.isprintable():
        return text[:400]
    return "".join(
        character if " " <= character <= "~" or (utf8 and character.isprintable()) else "?" for character in text[:400]
    )


def _comment(text: str, *, utf8: bool) -> str:
    return _PARENTHESES.sub(r"\\\1", _printable(text, utf8=utf8))


def _quoted(text: str, *, utf8: bool) -> str:
    return _QUOTES.sub(r"\\\1", _printable(text, utf8=utf8))


def _property_value(text: str, *, utf8: bool) -> str:
    """A token, a domain or an address stands bare (RFC 8601 §2.2, pvalue); everything else is quoted."""
    if _BARE.match(text) or (
        utf8 and not text.isascii() and re.fullmatch(r'[^\s"();\\<>,=?]+', text) and text.isprintable()
    ):
        return text
    return f'"{_quoted(text, utf8=utf8)}"'
