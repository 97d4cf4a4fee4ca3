"""The addresses in From: and its like (RFC 5322 §3.4), read strictly first and then as mail readers do.

What is shown to a person as the author is decided by mail readers, and they are lenient. So where the strict grammar fails
the one address in angle brackets counts, if there is exactly one; and else every word with an "@" in it, so that no domain that
a reader might show is overlooked.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fumibako.mail.lexer import ATEXT, Lexer

_ATEXT = rb"\x80-\xff" + ATEXT.encode("ascii")  # UTF-8: RFC 6532 §3.2
_ATOM = re.compile(rb"[%b]+" % _ATEXT)
# One address with or without a name before it, as nearly all are written: what this matches, the grammar reads alike.
# (No group is possessive: in Python 3.11 those lose their place.)
_USUAL = re.compile(
    rb"[ \t]*+(?:(?:[%b]++[ \t]*+|\"[^\"\\\r\n]*+\"[ \t]*+)+(<))?([%b]++(?:\.[%b]++)*)@" % (_ATEXT, _ATEXT, _ATEXT)
    + rb"([A-Za-z0-9_\x80-\xff-]++(?:\.[A-Za-z0-9_\x80-\xff-]++)*)(?(1)>)[ \t]*+\Z"
)
_LITERAL = re.compile(rb"\[[^\[\]\\\r\n]*\]")
_ANGLE = re.compile(rb"<([^<>@\s]*|\"[^\"]*\")@([^<>@\s]+)>\s*\Z")
# A host name, and what goes on behind it where it should have ended.
_LOOSE_DOMAIN = re.compile(rb"@([A-Za-z0-9._\x80-\xff-]+)(\s*[^\s<>,;()\[\]@]+)?")
_LOOSE_BREAK = re.compile(rb"[\s<>,;:\"()\[\]@]")
_QUOTED = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
MAILBOX_LIMIT = 1000


class Mailbox(NamedTuple):
    """An address as written: quotes of the local part undone, the domain in any case or script."""

    local_part: bytes
    domain: bytes


def mailboxes(value: bytes) -> list[Mailbox] | None:
    """All addresses of the list, those within groups too; nothing when it is malformed (RFC 5322 §3.4, §4.4)."""
    usual = _USUAL.match(value)
    return _parsed(value) if usual is None else [Mailbox(usual[2], usual[3])]


def _parsed(value: bytes) -> list[Mailbox] | None:
    lexer = Lexer(value)
    found: list[Mailbox] = []
    in_group = False
    while len(found) <= MAILBOX_LIMIT:
        if not lexer.skip_cfws():
            return None
        if lexer.at_end:
            return None if in_group else found
        if lexer.take(b","):
            continue  # an empty place in the list, §4.4
        if in_group and lexer.take(b";"):
            in_group = False
            continue
        words = _words(lexer)
        if words is None:
            return None
        if lexer.take(b":") and words and not in_group:
            in_group = True
            continue
        mailbox = _mailbox(lexer, words)
        if mailbox is None or not lexer.skip_cfws():
            return None
        found.append(mailbox)
        if not (lexer.at_end or lexer.octets[lexer.position : lexer.position + 1] in {b",", b";"}):
            return None
    return None


def _words(lexer: Lexer) -> list[bytes] | None:
    """Atoms, quoted strings and dots, up to something else: a display name, or a local part."""
    words: list[bytes] = []
    while lexer.skip_cfws():
        word = lexer.match(_ATOM)
        if word is None and lexer.octets.startswith(b'"', lexer.position):
            word = lexer.quoted_string()
            if word is None:
                return None
            word = b'"' + word
        if word is None and lexer.take(b"."):
            word = b"."
        if word is None:
            return words
        words.append(word)
    return None


def _mailbox(lexer: Lexer, words: list[bytes]) -> Mailbox | None:
    if lexer.take(b"@"):
        return _after_at(lexer, words)
    if not lexer.take(b"<"):
        return None
    lexer.skip_cfws()
    while lexer.take(b"@"):  # an obsolete route, §4.4
        if _domain(lexer) is None or not lexer.skip_cfws():
            return None
        lexer.take(b",")
        lexer.skip_cfws()
        if lexer.take(b":"):
            break
    local = _words(lexer)
    if local is None or not lexer.take(b"@"):
        return None
    mailbox = _after_at(lexer, local)
    return mailbox if lexer.skip_cfws() and lexer.take(b">") else None


def _after_at(lexer: Lexer, words: list[bytes]) -> Mailbox | None:
    """word *("." word) before the "@", and a domain after it."""
    if len(words) % 2 == 0 or any((word == b".") != bool(place % 2) for place, word in enumerate(words)):
        return None
    domain = _domain(lexer)
    return None if domain is None else Mailbox(b"".join([word.removeprefix(b'"') for word in words]), domain)


def _domain(lexer: Lexer) -> bytes | None:
    if not lexer.skip_cfws():
        return None
    literal = lexer.match(_LITERAL)
    if literal is not None:
        return literal
    parts = []
    while True:
        atom = lexer.match(_ATOM)
        if atom is None:
            return None
        parts.append(atom)
        place = lexer.position
        lexer.skip_cfws()
        if not lexer.take(b"."):
            lexer.position = place
            return b".".join(parts)
        lexer.skip_cfws()


def lenient_mailboxes(value: bytes) -> list[Mailbox]:
    """What a mail reader may show where the grammar fails; see above."""
    text = value.replace(b"\r\n", b"")
    bare = _without_quoted(text)
    if bare.count(b"<") == 1 and bare.count(b">") == 1 and b"," not in bare:
        angle = _ANGLE.search(bare)
        if angle:
            return [Mailbox(angle.group(1), angle.group(2))]
    found = []
    for match in _LOOSE_DOMAIN.finditer(text):
        before = text[max(0, match.start() - 320) : match.start()]
        local_part = _LOOSE_BREAK.split(before)[-1]
        found.append(Mailbox(local_part, match[1].rstrip(b".")))
        if match[2] is not None:
            found.append(Mailbox(local_part, match[1] + match[2]))  # no reader need stop where the other does
        if len(found) >= MAILBOX_LIMIT:
            break
    return found


def _without_quoted(text: bytes) -> bytes:
    """Every quoted string emptied; a quote that never ends quotes nothing."""
    parts, position = [], 0
    while (start := text.find(b'"', position)) >= 0:
        match = _QUOTED.match(text, start)
        if match is None:
            break
        parts += [text[position:start], b'""']
        position = match.end()
    return b"".join([*parts, text[position:]])
