"""How a block list is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from fumibako.schema.finding import Severity
from fumibako.schema.text import Text

ListState = Literal["alive", "everybody", "nobody", "refused", "silent"]


@dataclass(frozen=True, slots=True)
class Told:
    """`word` stands in a list, `said` explains; `severity` is that of the finding before the list is applied. One that is
    `off` is not asked while it is so."""

    word: Text
    said: Text
    severity: Severity = "warning"
    off: bool = False


STATES: Final[Mapping[ListState, Told]] = {
    "alive": Told(Text("answers", "応答あり"), Text("{name} answers as it should.", "{name} は正常に応答しています。")),
    "everybody": Told(
        Text("off: lists everybody", "停止: すべてを掲載"),
        Text(
            "{name} lists everybody, even 127.0.0.1, which no list may have. It was given up, or its domain now belongs to "
            "somebody else. All mail from outside would be refused, so it is not obeyed. Take it out.",
            "{name} は、載せてはならない 127.0.0.1 を含め、すべてのアドレスを載せています。運用が終わったか、ドメインが他人の手に"
            "渡っています。従うと外からのメールがすべて拒否されるため使いません。一覧から削除してください。",
        ),
        "error",
        off=True,
    ),
    "nobody": Told(
        Text("off: is no list", "停止: リストとして応答しない"),
        Text(
            "{name} does not list 127.0.0.2, which every list that is alive does. Look at its spelling; it is not asked "
            "until it does.",
            "{name} は、動いているリストなら必ず載せている 127.0.0.2 を載せていません。綴りを確かめてください。"
            "載せるようになるまで問い合わせません。",
        ),
        off=True,
    ),
    "refused": Told(
        Text("off: does not serve this resolver", "停止: この DNS からは利用不可"),
        Text(
            "{name} does not serve the name server that is asked here: large lists answer neither public resolvers "
            "(8.8.8.8, 1.1.1.1) nor those that ask too much. Use a resolver of your own or the list's subscription. Until "
            "then it is not asked.",
            "{name} は、ここで使っている DNS サーバーからの問い合わせに答えません。大きなリストは、公開 DNS (8.8.8.8、1.1.1.1) "
            "や問い合わせの多い DNS を断ります。自前の DNS リゾルバーを使うか、リストと契約してください。それまで問い合わせません。",
        ),
        off=True,
    ),
    "silent": Told(
        Text("does not answer", "応答なし"),
        Text(
            "{name} does not answer. It refuses nobody while it is silent.",
            "{name} が応答しません。応答しない間は、このリストで拒否することはありません。",
        ),
    ),
}

# The states of lists that are not asked.
DEAD: Final = frozenset(state for state, told in STATES.items() if told.off)
