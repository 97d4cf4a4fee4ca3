"""What went wrong in the world, in words: the one place where exceptions become texts."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Sequence
from typing import Final

from fumibako.channel.applier import ApplierAway, ApplierError, ApplierRefused
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain


class Trouble(Exception):
    """A step could not be done. `code` is stable, `detail` holds the programs' own lines."""

    def __init__(self, code: str, text: Text, detail: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text
        self.detail = detail
        self._findings = tuple(findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """At least one, so that every refusal says why."""
        return self._findings or (Finding(self.code, "", self.text),)


_FULL: Final = Text(
    "The disk is full. Make room; nothing was changed.",
    "ディスクがいっぱいです。空きを作ってください。何も変更していません。",
)
_LOCKED: Final = Text(
    "Another program holds the look-up database locked ({why}).",
    "参照データベースを他のプログラムがロックしています ({why})。",
)
_DATABASE: Final = Text("The look-up database: {why}.", "参照データベースのエラー: {why}。")
_AWAY: Final = Text(
    "The process that installs files (the applier) stopped while it was being asked.",
    "ファイルを反映するプロセス (applier) が途中で停止しました。",
)
_APPLIER: Final = Text("The applier's answer is not understood: {why}", "applier の応答が正しくありません: {why}")
_SYSTEM: Final = Text("The system says: {why}.", "システムのエラー: {why}。")


def trouble(error: Exception) -> Trouble:
    """The words for an exception that a step ended with; what is no trouble of the world is raised again."""
    match error:
        case Trouble():
            return error
        case ApplierRefused():
            findings = [
                Finding(each.code, each.path, Text(f"{each.name}: {each.en}", f"{each.name}: {each.ja}"))
                for each in error.offences
            ]
            lines = [f"{each.path}:{each.line} {each.name}: {each.en}" for each in error.offences]
            detail = "\n".join(filter(None, [error.detail, *lines]))
            return Trouble(error.code, Text(error.en, error.ja), detail, findings)
        case ApplierAway():
            return Trouble("applier-away", _AWAY, str(error))
        case ApplierError():
            return Trouble(error.code, _APPLIER.with_(why=error))
        case sqlite3.Error():
            return _database(error)
        case OSError():
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return Trouble("disk-full", _FULL, str(error))
            return Trouble("system", _SYSTEM.with_(why=plain(str(error))))
        case _:
            raise error


def _database(error: sqlite3.Error) -> Trouble:
    said = str(error)
    if "locked" in said or "busy" in said:
        return Trouble("database-locked", _LOCKED.with_(why=said), said)
    if "full" in said:
        return Trouble("disk-full", _FULL, said)
    return Trouble("database", _DATABASE.with_(why=said), said)
