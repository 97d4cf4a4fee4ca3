"""The option of access control."""

from __future__ import annotations

from typing import Annotated

from fumibako.mail.client_pattern import parse_client
from fumibako.mail.malformed import Malformed
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text


class Access(Section):
    permitted_clients: Annotated[
        tuple[str, ...],
        Option(
            Text("Clients that may send", "送信を許可するクライアント"),
            Text(
                "They may send to any address without logging in. An address, a network, a range or a domain; everybody "
                "else has to log in.",
                "認証なしでどこへでも送信できます。IP アドレス、ネットワーク、範囲、ドメインで指定します。"
                "そのほかのクライアントは SMTP 認証が必要です。",
            ),
            drives=("mynetworks", "check_client_access"),
        ),
    ] = ()


def spelling(entry: str) -> str:
    """The one spelling of an entry; what cannot be one comes back as it is, for the check to say why."""
    try:
        return str(parse_client(entry))
    except Malformed:
        return entry
