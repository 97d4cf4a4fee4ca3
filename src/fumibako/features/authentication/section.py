"""The options of sender authentication and of the DNS, each said once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fumibako.features.basics.services import Port
from fumibako.mail.domain import DomainName
from fumibako.mail.malformed import Malformed
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text


class Spf(Section):
    check: Annotated[
        bool,
        Option(
            Text("Check SPF", "SPF を検査する"),
            Text(
                "Mail from outside gets a Received-SPF header: may this client send for the domain of the envelope sender?",
                "外部から届いたメールに Received-SPF ヘッダーを付けます。送信元がエンベロープ差出人のドメインに許可されているかを調べます。",
            ),
        ),
    ] = True
    reject_fail: Annotated[
        bool,
        Option(
            Text("Refuse mail that fails SPF", "SPF に失敗したメールを拒否する"),
            Text(
                "Only where the domain's owner says so (-all). Mail that was forwarded without rewriting is refused, too.",
                "ドメインの所有者が明示している場合 (-all) だけです。差出人を書き換えずに転送されたメールも拒否されます。",
            ),
        ),
    ] = False


class Dkim(Section):
    verify: Annotated[
        bool,
        Option(
            Text("Verify DKIM", "DKIM を検証する"),
            Text(
                "The result stands in the Authentication-Results header of mail from outside.",
                "外部から届いたメールの Authentication-Results ヘッダーに結果を書きます。",
            ),
        ),
    ] = True


class Dmarc(Section):
    check: Annotated[
        bool,
        Option(
            Text("Check DMARC", "DMARC を検査する"),
            Text(
                "Does the address in From, which people see, agree with what SPF or DKIM proved?",
                "利用者に見える From のドメインが、SPF や DKIM で確かめられたドメインと一致するかを調べます。",
            ),
        ),
    ] = True
    enforce: Annotated[
        bool,
        Option(
            Text("Do what the domain asks for", "ドメインのポリシーに従う"),
            Text(
                "Off: only written down. On: mail that fails is refused (reject) or gets an X-Fumibako-Quarantine header to sort "
                "by (quarantine), unless a trusted server sealed it (ARC).",
                "オフなら結果を書くだけです。オンなら、失敗したメールを拒否し (reject)、または振り分け用の X-Fumibako-Quarantine "
                "ヘッダーを付けます (quarantine)。信頼するサーバーの ARC があれば受け取ります。",
            ),
        ),
    ] = False


class Arc(Section):
    verify: Annotated[
        bool,
        Option(
            Text("Verify ARC", "ARC を検証する"),
            Text(
                "What forwarders and mailing lists sealed is checked and written down.",
                "転送サーバーやメーリングリストが付けた ARC を検証し、結果を書きます。",
            ),
        ),
    ] = True
    seal: Annotated[
        bool,
        Option(
            Text("Seal forwarded mail", "転送するメールに ARC を付ける"),
            Text(
                "Mail that an alias forwards to another server carries what was found here.",
                "エイリアスで他のサーバーに転送するメールに、ここでの検査結果を添えます。",
            ),
        ),
    ] = True
    trusted_sealers: Annotated[
        tuple[str, ...],
        Option(
            Text("Trusted sealers", "信頼する ARC の署名者"),
            Text(
                "Domains whose seal is believed when DMARC fails: your mailing lists, your forwarders.",
                "DMARC に失敗しても、このドメインの ARC があれば受け取ります。利用中のメーリングリストや転送元を書きます。",
            ),
        ),
    ] = ()


class DkimSigning(Section):
    enabled: Annotated[
        bool,
        Option(
            Text("Sign with DKIM", "DKIM で署名する"),
            Text(
                "Mail of permitted clients and of who has logged in, once a key is in use.",
                "許可されたクライアントと認証した利用者のメールに、鍵が有効になってから署名します。",
            ),
        ),
    ] = True
    rsa: Annotated[
        str | None,
        Field(max_length=63),
        Option(
            Text("Selector of the RSA key", "RSA 鍵のセレクター"),
            Text(
                "A key of that name is made. Empty: s1, s2, …",
                "この名前の鍵を作ります。空欄なら s1、s2、… となります。",
            ),
        ),
    ] = None
    ed25519: Annotated[
        str | None,
        Field(max_length=63),
        Option(
            Text("Selector of the Ed25519 key", "Ed25519 鍵のセレクター"),
            Text(
                "A key of that name is made. Empty: e1, e2, …",
                "この名前の鍵を作ります。空欄なら e1、e2、… となります。",
            ),
        ),
    ] = None


class DomainKeysSigning(Section):
    enabled: Annotated[
        bool,
        Option(
            Text("Sign with DomainKeys", "DomainKeys で署名する"),
            Text(
                "Historic; few receivers look at it. It has a key and a selector of its own.",
                "DKIM より前の規格で、検証する相手は多くありません。専用の鍵とセレクターを使います。",
            ),
        ),
    ] = False
    selector: Annotated[
        str, Field(max_length=63), Option(Text("Selector of the DomainKeys key", "DomainKeys 鍵のセレクター"))
    ] = "default"


class DomainSigning(Section):
    """One hosted domain."""

    dkim: DkimSigning = DkimSigning()
    domainkeys: DomainKeysSigning = DomainKeysSigning()


class Authentication(Section):
    spf: Spf = Spf()
    dkim: Dkim = Dkim()
    dmarc: Dmarc = Dmarc()
    arc: Arc = Arc()
    own_addresses_only: Annotated[
        bool,
        Option(
            Text("Senders use their own addresses only", "自分のアドレスだけで送信できる"),
            Text(
                "Who logs in may send as the own address and as aliases that lead to it, not as somebody else.",
                "認証した利用者は、自分のアドレスと、自分に届くエイリアスだけを差出人にできます。",
            ),
            drives=("smtpd_sender_login_maps", "reject_authenticated_sender_login_mismatch"),
        ),
    ] = True
    signing: Annotated[
        dict[str, DomainSigning],
        Option(
            Text("Signing", "署名"),
            Text("By the domain in From.", "From のドメインごとの設定です。"),
        ),
    ] = Field(default_factory=dict)


Algorithm = Literal["hmac-sha256", "hmac-sha384", "hmac-sha512"]


class ZoneAccess(Section):
    """How a zone's records are changed: its primary name server (RFC 2136), and the TSIG key that allows it (RFC 8945).
    The secret is kept apart: `secret set dns/ZONE`."""

    server: Annotated[
        str,
        Field(max_length=255),
        Option(
            Text("Primary name server", "プライマリーサーバー"),
            Text("Its address or host name.", "IP アドレスまたはホスト名。"),
        ),
    ] = ""
    port: Annotated[Port, Option(Text("Port", "ポート"))] = 53
    key_name: Annotated[
        str,
        Field(max_length=255),
        Option(
            Text("Name of the TSIG key", "TSIG 鍵の名前"),
            Text("As the name server's configuration calls it.", "ネームサーバーの設定にある名前。"),
        ),
    ] = ""
    algorithm: Annotated[
        Algorithm,
        Option(
            Text("Algorithm of the key", "鍵のアルゴリズム"),
            choices=tuple((each, Text(each, each)) for each in ("hmac-sha256", "hmac-sha384", "hmac-sha512")),
        ),
    ] = "hmac-sha256"


class Dns(Section):
    resolvers: Annotated[
        tuple[str, ...],
        Option(
            Text("Name servers for the mail filter", "メールフィルターが使うネームサーバー"),
            Text(
                "As `192.0.2.53:53` or `[2001:db8::53]:53`. Empty: the system's. Postfix always asks the system's.",
                "`192.0.2.53:53`、`[2001:db8::53]:53` の形。空欄ならシステムの設定に従います。Postfix は常にシステムの設定を使います。",
            ),
            advanced=True,
        ),
    ] = ()
    update: Annotated[
        dict[str, ZoneAccess],
        Option(
            Text("Write access to zones", "書き込みできるゾーン"),
            Text(
                "The records that mail needs are published there by this server.",
                "メールに必要なレコードを、このサーバーが公開します。",
            ),
        ),
    ] = Field(default_factory=dict)


def spelling(domain: str) -> str:
    """The one spelling of a domain; what cannot be one comes back as it is, for the check to say why."""
    try:
        return DomainName.parse(domain).ascii
    except Malformed:
        return domain
