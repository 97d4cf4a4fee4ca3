"""The options of the smart relay, each said once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fumibako.features.basics.services import Port
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text

RelayTls = Literal["none", "opportunistic", "required"]


class Route(Section):
    """One relay: a host and a port to connect to, no MX look-up for it, and how."""

    host: Annotated[
        str,
        Field(max_length=255),
        Option(
            Text("Host", "ホスト"),
            Text(
                "An IP address or a host name; no MX look-up is made for it.",
                "IP アドレスまたはホスト名。MX は参照しません。",
            ),
            drives=("transport_maps", "sender_dependent_default_transport_maps"),
        ),
    ] = ""
    port: Annotated[
        Port,
        Option(
            Text("Port", "ポート"),
            Text(
                "25, or 587 for a provider's submission port; 465 speaks TLS from the start.",
                "25、プロバイダーのサブミッションポートなら 587。465 は最初から TLS です。",
            ),
        ),
    ] = 25
    username: Annotated[
        str | None,
        Field(max_length=255),
        Option(
            Text("User name", "ユーザー名"),
            Text(
                "Empty: no log-in there. The password is kept apart, sealed.",
                "空欄ならログインしません。パスワードは別に封をして保管します。",
            ),
            drives=("smtp_sasl_password_maps",),
        ),
    ] = None
    tls: Annotated[
        RelayTls | None,
        Option(
            Text("TLS", "TLS"),
            Text(
                "Required: only with TLS and a certificate that is valid for the host name; else mail waits. Empty: required "
                "where there is a log-in, else offered.",
                "強制では、TLS とホスト名に合う有効な証明書がなければ送らずに待ちます。空欄なら、ログインするときは強制、しないときは有効。",
            ),
            drives=("smtp_tls_policy_maps",),
            choices=(
                ("none", Text("Off", "無効")),
                ("opportunistic", Text("Where offered", "有効")),
                ("required", Text("Required and verified", "強制 (証明書を検証)")),
            ),
        ),
    ] = None

    @property
    def tls_level(self) -> RelayTls:
        """What holds: a password never leaves without TLS to the right host."""
        if self.tls is not None:
            return self.tls
        return "required" if self.username else "opportunistic"


class Relay(Section):
    """Routes by what decides them; a recipient's domain counts before the sender's, the sender's before the default."""

    default: Annotated[
        Route | None,
        Option(
            Text("Relay for everything else", "既定の中継先"),
            Text("Empty: mail goes to the host that DNS names (MX).", "空欄なら DNS の MX に従って直接配送します。"),
        ),
    ] = None
    domains: Annotated[
        dict[str, Route],
        Option(
            Text("Relay for a recipient's domain", "宛先ドメインの中継先"),
            Text(
                "`example.com` is that domain alone, `.example.com` every domain under it.",
                "`example.com` はそのドメインだけ、`.example.com` はその下のすべてのドメインです。",
            ),
        ),
    ] = Field(default_factory=dict)
    senders: Annotated[
        dict[str, Route],
        Option(
            Text("Relay for a sender's domain", "差出人ドメインの中継先"),
            Text(
                "By the domain of the envelope sender, where no route for the recipient's domain stands.",
                "エンベロープ差出人のドメインで決まります。宛先ドメインの中継先があればそちらが優先です。",
            ),
        ),
    ] = Field(default_factory=dict)
