"""What a transcript says about a service, in words where the words are known and in the server's own lines elsewhere.

Nothing here knows the settings: an aspect is read off what the server said. So an effect that no option of ours stands
for (a keyword that a local override takes out of EHLO, say) is an aspect as well, only without words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fumibako.plan.questions import protocol
from fumibako.plan.report import Danger
from fumibako.plan.transcript import Exchange, Stage, Transcript, ehlo_keywords, masked
from fumibako.schema.text import Text, plain


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that can be compared. `value` is what is compared, `said` what is shown; `danger` is what it would
    mean to have come to this value from another."""

    key: str
    value: tuple[str, ...]
    said: Text
    danger: Danger = "none"


_QUESTIONS: Final = {
    "greeting": Text("{service}: greeting", "{service}: 挨拶文"),
    "tls": Text("{service}: TLS", "{service}: TLS"),
    "auth-clear": Text("{service}: log-in without TLS", "{service}: TLS なしのログイン"),
    "auth-tls": Text("{service}: log-in within TLS", "{service}: TLS でのログイン"),
    "size": Text("{service}: largest message", "{service}: 最大メッセージサイズ"),
    "capabilities": Text("{service}: announced features", "{service}: 通知する機能"),
    "mail": Text("{service}: sending without log-in", "{service}: ログインなしの送信"),
    "mail-before-ehlo": Text("{service}: MAIL before EHLO", "{service}: EHLO より前の MAIL"),
    "vrfy": Text("{service}: VRFY", "{service}: VRFY"),
    "mail-too-large": Text("{service}: a message over the limit", "{service}: 制限を超えるメール"),
    "mail-without-brackets": Text("{service}: an address without brackets", "{service}: < > のないアドレス"),
    "ehlo": Text("{service}: reply to EHLO", "{service}: EHLO への応答"),
}

_NOT_OFFERED: Final = Text("not offered", "受け付けない")
# Postfix, SENDMAIL's "530 5.7.0 Must issue a STARTTLS command first" (RFC 3207 §4).
_TLS_FIRST: Final = ("530", "STARTTLS")


def question(key: str, services: str) -> Text:
    """What an aspect is called, with the services that it is about."""
    bare = key.partition("/")[0]
    return _QUESTIONS.get(bare, plain(f"{{service}}: {bare}")).with_(service=services)


def aspects(transcript: Transcript) -> dict[str, Aspect]:
    """All that can be compared about a service that answers, by key."""
    return {key: Aspect(key, value, said, danger) for key, value, said, danger in _read(transcript)}


_Read = tuple[str, tuple[str, ...], Text, Danger]


def _read(transcript: Transcript) -> Iterator[_Read]:
    greeting = transcript.lines("greeting")
    if protocol(transcript.service) == "smtp":
        yield "greeting", greeting, _verbatim(greeting), "none"
        yield from _smtp(transcript)
    else:
        # Dovecot's IMAP greeting repeats the capabilities, which are an aspect of their own.
        bare = tuple(line.partition("] ")[2] or line if line.startswith("* OK [") else line for line in greeting)
        yield "greeting", bare, _verbatim(bare), "none"
        yield from _mailbox(transcript)


def _smtp(transcript: Transcript) -> Iterator[_Read]:
    clear, tls = transcript.find("ehlo", "clear"), transcript.find("ehlo", "tls")
    before = ehlo_keywords(clear.reply) if clear else {}
    within = ehlo_keywords(tls.reply) if tls else {}
    mail = transcript.find("mail", "clear")
    forced = mail is not None and mail.reply and all(word in mail.reply[0].upper() for word in _TLS_FIRST)
    yield from _tls(clear is not None, "STARTTLS" in before, bool(forced), tls is not None, transcript)
    if clear is not None:
        yield _auth("auth-clear", _mechanisms(before), in_clear=True)
    if tls is not None:
        yield _auth("auth-tls", _mechanisms(within), in_clear=False)
    words = within or before
    if clear or tls:
        size = words.get("SIZE")
        yield "size", (str(size),), _size(size), "none"
        known = ("SIZE", "STARTTLS", "AUTH", "AUTH=PLAIN", "AUTH=LOGIN")
        rest = sorted(
            f"{name} {words[name]}".strip() for name in words if not name.startswith("AUTH") and name not in known
        )
        yield "capabilities", tuple(rest), plain(", ".join(rest) or "—"), "none"
        first = tls or clear
        assert first is not None
        yield "ehlo", tuple(masked(line) for line in first.reply[:1]), _verbatim(first.reply[:1]), "none"
    yield from _replies(transcript, ("mail", "mail-before-ehlo", "vrfy", "mail-too-large", "mail-without-brackets"))


def _mailbox(transcript: Transcript) -> Iterator[_Read]:
    clear, tls = transcript.find("capability", "clear"), transcript.find("capability", "tls")
    before, within = _capabilities(clear), _capabilities(tls)
    yield from _tls(clear is not None, bool({"STARTTLS", "STLS"} & set(before)), False, tls is not None, transcript)
    if clear is not None:
        yield _auth("auth-clear", _logins(before, transcript.service), in_clear=True)
    if tls is not None:
        yield _auth("auth-tls", _logins(within, transcript.service), in_clear=False)
    words = within or before
    login = ("STARTTLS", "STLS", "LOGINDISABLED", "USER")
    rest = sorted(word for word in words if word not in login and not word.startswith(("AUTH=", "SASL")))
    yield "capabilities", tuple(rest), plain(", ".join(rest) or "—"), "none"


def _tls(clear: bool, offered: bool, forced: bool, within: bool, transcript: Transcript) -> Iterator[_Read]:
    if not clear:
        said = Text("from the start", "最初から TLS")
        yield "tls", ("implicit",), said, "none"
    elif not offered:
        yield "tls", ("none",), _NOT_OFFERED, "notice"
    elif not within:
        trouble = transcript.trouble or ""
        yield (
            "tls",
            ("broken", trouble),
            Text("offered, but it fails: {why}", "有効ですが失敗します: {why}").with_(why=trouble),
            "danger",
        )
    elif forced:
        yield "tls", ("required",), Text("required", "強制"), "none"
    else:
        yield "tls", ("offered",), Text("offered", "有効"), "none"


def _auth(key: str, mechanisms: tuple[str, ...], *, in_clear: bool) -> _Read:
    """Passwords in clear text are readable by anyone on the way, whatever the mechanism is called."""
    said = plain(", ".join(mechanisms)) if mechanisms else _NOT_OFFERED
    return key, mechanisms, said, "danger" if in_clear and mechanisms else "none"


def _replies(transcript: Transcript, keys: tuple[str, ...]) -> Iterator[_Read]:
    for stage in ("clear", "tls"):
        for key in keys:
            lines = transcript.lines(key, _stage(stage))
            if lines:
                yield f"{key}/{stage}", lines, _verbatim(lines), "none"


def _stage(name: str) -> Stage:
    return "tls" if name == "tls" else "clear"


def _mechanisms(words: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(words.get("AUTH", "").split()))


def _capabilities(exchange: Exchange | None) -> list[str]:
    """The words of IMAP's CAPABILITY (RFC 3501 §7.2.1) or the lines of POP3's CAPA (RFC 2449 §5)."""
    if exchange is None:
        return []
    words: list[str] = []
    for line in exchange.reply:
        if line.startswith("* CAPABILITY "):
            words += line.removeprefix("* CAPABILITY ").split()
        elif not line.startswith(("+OK", "-ERR", ".")) and " OK " not in line:
            words.append(line.strip())
    return [word.upper() for word in words]


def _logins(words: list[str], service: str) -> tuple[str, ...]:
    if protocol(service) == "imap":
        named = [word.removeprefix("AUTH=") for word in words if word.startswith("AUTH=")]
        plain_login = [] if "LOGINDISABLED" in words else ["LOGIN"]
        return tuple(sorted({*named, *plain_login}))
    named = [name for word in words if word.startswith("SASL") for name in word.split()[1:]]
    return tuple(sorted({*named, *(["USER"] if "USER" in words else [])}))


def _size(parameter: str | None) -> Text:
    """The limit that EHLO announces (RFC 1870 §4)."""
    if parameter is None:
        return Text("not announced", "通知なし")
    if not parameter or parameter == "0":
        return Text("no limit", "制限なし")
    number = int(parameter) if parameter.isdigit() else 0
    for step, unit in ((1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
        if number >= step and number % step == 0:
            return plain(f"{number // step} {unit}")
    return Text(f"{number:,} bytes", f"{number:,} バイト")


def _verbatim(lines: tuple[str, ...]) -> Text:
    return plain(" / ".join(masked(line) for line in lines) or "—")
