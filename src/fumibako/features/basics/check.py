"""What is wrong with the basic settings: who this server is, its certificate, its times and its greetings."""

from __future__ import annotations

from fumibako.features.aliases.check import reserved
from fumibako.features.basics.check_listeners import check_listeners
from fumibako.features.basics.check_overrides import check_overrides
from fumibako.features.basics.greeting import LONGEST, strange_dollar
from fumibako.features.basics.section import Basics
from fumibako.features.directory.system_users import FIRST_UID, may_be_account
from fumibako.formats.text_rules import balanced_braces
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.mail.target import Target
from fumibako.schema.codec import shown
from fumibako.schema.finding import Finding
from fumibako.schema.malformed import words
from fumibako.schema.text import Text


def check_basics(basics: Basics) -> list[Finding]:
    return [
        *_name("basics.hostname", basics.hostname),
        *(_name("basics.primary_domain", basics.primary_domain) if basics.primary_domain is not None else []),
        *_administrator(basics.administrator),
        *(each for name in basics.system_limits for each in _system_name(name)),
        *_certificate(basics),
        *check_listeners(basics),
        *_times(basics),
        *_greeting("basics.advanced.smtpd_banner", basics.advanced.smtpd_banner),
        *_greeting("basics.advanced.pop3_greeting", basics.advanced.pop3_greeting),
        *check_overrides(basics.local_overrides),
    ]


def _name(path: str, name: str) -> list[Finding]:
    """A name that goes on the wire stands there in its one spelling."""
    try:
        spelling = DomainName.parse(name).ascii
    except Malformed as wrong:
        return [Finding(wrong.code, path, words(wrong))]
    if spelling == name:
        return []
    message = Text(
        "On the wire this name is {spelling}. Write it so.",
        "この名前は通信上 {spelling} となります。そのとおりに書いてください。",
    )
    return [Finding("domain-spelling", path, message.with_(spelling=spelling), suggestion=spelling)]


def _administrator(text: str | None) -> list[Finding]:
    """An address in its one spelling; that somebody here has it is seen where the directory is."""
    if text is None:
        return []
    path = "basics.administrator"
    try:
        spelling = Target.parse(text).folded
    except Malformed as wrong:
        return [Finding(wrong.code, path, words(wrong))]
    if found := reserved(path, spelling.rpartition("@")[2]):
        return found
    if spelling == text:
        return []
    message = Text("Write this address as {spelling}.", "このアドレスは {spelling} と書いてください。")
    return [Finding("address-spelling", path, message.with_(spelling=spelling), suggestion=spelling)]


def _system_name(name: str) -> list[Finding]:
    if may_be_account(name, FIRST_UID):
        return []
    message = Text(
        "“{name}” cannot be a system account: never root, and small letters, digits and - _ . only, at most 32.",
        "「{name}」はシステムアカウントにできません。root 以外で、英小文字、数字、「-」「_」「.」からなる 32 文字までの名前です。",
    )
    return [Finding("system-name", f"basics.system_limits[{shown(name)}]", message.with_(name=shown(name)))]


def _certificate(basics: Basics) -> list[Finding]:
    """Whether the two files fit each other is seen when they are read, by the process that may read them."""
    findings = []
    given = {"certificate": basics.tls.certificate, "key": basics.tls.key}
    for name, path in given.items():
        if path is None:
            if any(given.values()):
                message = Text(
                    "A certificate and its key are given together, or neither.",
                    "証明書と秘密鍵は両方を指定するか、両方とも空欄にしてください。",
                )
                findings.append(Finding("tls-incomplete", f"basics.tls.{name}", message))
        elif not path.startswith("/") or ".." in path.split("/") or not path.isprintable():
            message = Text(
                "“{path}” is not an absolute path. Write it from / on, without “..”.",
                "「{path}」は絶対パスではありません。/ から始め、「..」を使わずに書いてください。",
            )
            findings.append(Finding("path-not-absolute", f"basics.tls.{name}", message.with_(path=shown(path))))
    return findings


def _times(basics: Basics) -> list[Finding]:
    times = basics.advanced
    findings = []
    if times.minimal_backoff_time > times.maximal_backoff_time:
        message = Text(
            "The longest wait ({longest} s) is shorter than the shortest ({shortest} s).",
            "最長間隔 ({longest} 秒) が最短間隔 ({shortest} 秒) より短くなっています。",
        ).with_(longest=times.maximal_backoff_time, shortest=times.minimal_backoff_time)
        right = str(times.minimal_backoff_time)
        findings.append(Finding("backoff-order", "basics.advanced.maximal_backoff_time", message, suggestion=right))
    if max(times.maximal_backoff_time, times.minimal_backoff_time) > times.maximal_queue_lifetime:
        message = Text(
            "Giving up after {lifetime} s is sooner than the longest wait between two tries ({longest} s).",
            "配送をあきらめるまでの時間 ({lifetime} 秒) が再送の最長間隔 ({longest} 秒) より短くなっています。",
        ).with_(lifetime=times.maximal_queue_lifetime, longest=times.maximal_backoff_time)
        right = str(max(times.maximal_backoff_time, times.minimal_backoff_time))
        findings.append(Finding("lifetime-order", "basics.advanced.maximal_queue_lifetime", message, suggestion=right))
    return findings


def _greeting(path: str, text: str) -> list[Finding]:
    if not text.isascii() or not text.isprintable():
        message = Text(
            "A greeting is one line of plain ASCII characters.",
            "応答メッセージは 1 行の ASCII 文字 (半角英数記号) で書いてください。",
        )
        return [Finding("greeting-characters", path, message)]
    if len(text) > LONGEST:
        message = Text("A greeting has at most {longest} characters.", "応答メッセージは {longest} 文字までです。")
        return [Finding("greeting-too-long", path, message.with_(longest=LONGEST))]
    strange = strange_dollar(text)
    if strange is not None:
        message = Text(
            "“{strange}” would not be replaced. Only $myhostname and $mail_name can stand in a greeting.",
            "「{strange}」は置き換えられません。応答メッセージで使えるのは $myhostname と $mail_name だけです。",
        )
        return [Finding("greeting-dollar", path, message.with_(strange=shown(strange)))]
    if not balanced_braces(text):
        message = Text("Every { in it needs its }.", "{ と } の対応がとれていません。")
        return [Finding("greeting-braces", path, message)]
    return []
