"""The page on the order in which Postfix asks its rules, made from the very lists that `render` writes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from fumibako.document.render import listener_checks, smtp_listener
from fumibako.document.settings import Settings
from fumibako.features.basics.section import Basics
from fumibako.features.spam.section import Spam
from fumibako.layout import Home
from fumibako.schema.text import Language, Text

_TITLE: Final = Text("The order of Postfix's rules", "Postfix の判定の順序")
_INTRO: Final = Text(
    "Made from the program by `script/docs`. In each stage the first rule that decides wins; a refusal in any stage is final. "
    "Shown are the settings as at first, with a DNS block list; `HOME` is the home's directory.",
    "`script/docs` がプログラムから作ります。各段階では、最初に決め手となった規則が優先です。どの段階でも、拒否されたらそこで終わりです。"
    "初期設定に DNS 受信拒否リストを加えた場合です。`HOME` はホームのディレクトリです。",
)
_LISTENERS: Final = {
    "smtp": Text("SMTP (port 25)", "SMTP (25 番ポート)"),
    "submission": Text("Submission, SMTPS", "Submission、SMTPS"),
}
_STAGES: Final = {
    "smtpd_sender_restrictions": Text("Sender", "差出人"),
    "smtpd_relay_restrictions": Text("Relay", "中継"),
    "smtpd_recipient_restrictions": Text("Recipient", "宛先"),
}
_LIST: Final = "bl.example.net"


def restriction_order(language: Language) -> str:
    """The page in Markdown: a chapter a listener, a numbered list a stage."""
    settings = Settings(
        basics=Basics(hostname="mail.example.jp", listen=("0.0.0.0",)), spam=Spam(dns_blocklists=(_LIST,))
    )
    lines = [f"# {_TITLE.in_(language)}", "", _INTRO.in_(language), ""]
    for name, title in _LISTENERS.items():
        listener = smtp_listener(settings, name)
        assert listener is not None, name
        asked = listener_checks(settings, Home(PurePosixPath("/HOME")), listener)
        lines += [f"## {title.in_(language)}", ""]
        for stage, heading in _STAGES.items():
            if asked[stage]:
                lines += [f"### {heading.in_(language)}: `{stage}`", ""]
                lines += [
                    f"{number}. {check.origin.title.in_(language)}: `{check.words.replace('/HOME', 'HOME')}`"
                    for number, check in enumerate(asked[stage], 1)
                ]
                lines.append("")
    return "\n".join(lines).rstrip() + "\n"
