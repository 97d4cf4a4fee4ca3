"""Under which initial letter an account stands (ユーザーの頭文字): one of its address, and one of a name in kana."""

from __future__ import annotations

import unicodedata
from typing import Final

DIGITS: Final = "0"
SIGNS: Final = "#"
LETTERS: Final = (*"abcdefghijklmnopqrstuvwxyz", DIGITS, SIGNS)

# The rows of the fifty sounds; a voiced or small kana stands with its plain one.
_ROWS: Final = {
    "あ": "あいうえお",
    "か": "かきくけこ",
    "さ": "さしすせそ",
    "た": "たちつてと",
    "な": "なにぬねの",
    "は": "はひふへほ",
    "ま": "まみむめも",
    "や": "やゆよ",
    "ら": "らりるれろ",
    "わ": "わゐゑをん",
}
KANA: Final = tuple(_ROWS)
_ROW_OF: Final = {kana: row for row, every in _ROWS.items() for kana in every}
_SMALL: Final = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))


def initial_of(address: str) -> str:
    """The letter that an address begins with; `0` for any digit, `#` for any other sign."""
    first = address[:1]
    if "a" <= first <= "z":
        return first
    return DIGITS if "0" <= first <= "9" else SIGNS


def kana_of(name: str) -> str:
    """The row of the kana that a name begins with (ヤマダ and やまだ: や); empty for all other names."""
    first = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", name.strip()[:2]))[:1]
    if "ァ" <= first <= "ヶ":
        first = chr(ord(first) - 0x60)
    return _ROW_OF.get(_SMALL.get(first, first), "")


def is_initial(text: str) -> bool:
    return text in LETTERS or text in KANA
