"""The options of spam rejection."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fumibako.mail.dns_list import parse_dns_list
from fumibako.mail.malformed import Malformed
from fumibako.mail.sender_pattern import parse_sender
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text


class Spam(Section):
    dns_blocklists: Annotated[
        tuple[str, ...],
        Option(
            Text("DNS block lists", "受信拒否リスト自動設定 (RBL)"),
            Text(
                "A client on one of them gets 554. A list that does not answer never blocks mail.",
                "リストに載っているクライアントには 554 を返します。応答しないリストがメールを止めることはありません。",
            ),
            drives=("check_policy_service", "reject_rbl_client"),
        ),
    ] = ()
    threshold: Annotated[
        int,
        Field(ge=1, le=1000),
        Option(
            Text("Refuse from this weight on", "拒否する重みの合計"),
            Text(
                "The weights of the lists that have the client are added; a list without a weight counts 1.",
                "クライアントが載っているリストの重みを合計します。重みを書かないリストは 1 です。",
            ),
        ),
    ] = 1
    blocked_senders: Annotated[
        tuple[str, ...],
        Option(
            Text("Refused senders", "受信拒否リスト手動設定"),
            Text(
                "The envelope sender counts: spam@example.co.jp, or @example.co.jp for exactly that domain. 554 5.7.1.",
                "エンベロープの差出人で判定します。spam@example.co.jp、または @example.co.jp (そのドメインだけ)。554 5.7.1 を返します。",
            ),
            drives=("check_sender_access",),
        ),
    ] = ()


def sender_spelling(entry: str) -> str:
    """The one spelling of a sender; what cannot be one comes back as it is."""
    try:
        return str(parse_sender(entry))
    except Malformed:
        return entry


def list_spelling(entry: str) -> str:
    """The one spelling of a block list; what cannot be one comes back as it is."""
    try:
        return str(parse_dns_list(entry))
    except Malformed:
        return entry
