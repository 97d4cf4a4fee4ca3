"""When the owner of a mailbox is warned that it fills up, and in which words.

In the language of the account; where it says none, everything in both.
"""

from __future__ import annotations

from email.header import Header
from typing import Final

from fumibako.features.quotas.room import MBYTE

LEVELS: Final = (80, 95)
# So much below a level it must come before that level is warned of again.
_BACK: Final = 5


def level_of(used: int, limit: int | None, before: int) -> int:
    """The level that a mailbox has reached, 0 for none. A level that it was warned of holds until it is well below."""
    if not limit:
        return 0
    percent = used * 100 / limit
    reached = max((level for level in LEVELS if percent >= level), default=0)
    holding = max((level for level in LEVELS if level <= before and percent >= level - _BACK), default=0)
    return max(reached, holding)


def warning(address: str, used: int, limit: int, level: int, language: str | None, date: str, message_id: str) -> bytes:
    """The message: text in UTF-8, lines that end in CRLF."""
    domain = address.rpartition("@")[2]
    room, most = f"{used / MBYTE:,.1f}", f"{limit / MBYTE:,.0f}"
    subjects = {
        "ja": f"メールボックスの使用量が {level}% を超えました",
        "en": f"Your mailbox is {level}% full",
    }
    texts = {
        "ja": [
            f"{address} のメールボックスは {most} MB のうち {room} MB を使っています。",
            "容量に達すると、新しいメールを受け取れなくなります。",
            "不要なメールを削除し、ごみ箱を空にしてください。",
            "容量を増やす必要があれば、管理者にご相談ください。",
            "",
        ],
        "en": [
            f"The mailbox {address} uses {room} MB of {most} MB.",
            "When it is full, new mail is refused.",
            "Delete what you no longer need, and empty the trash.",
            "If you need more room, ask your administrator.",
            "",
        ],
    }
    said = [language] if language in texts else list(texts)
    subject = Header(" / ".join(subjects[each] for each in said), "utf-8", 76)
    lines = [
        f"From: Postmaster <postmaster@{domain}>",
        f"To: <{address}>",
        f"Subject: {subject.encode()}",
        f"Date: {date}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "",
        *(line for each in said for line in texts[each]),
    ]
    return "\r\n".join(lines).encode()
