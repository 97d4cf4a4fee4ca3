"""The seven services: which of them listen, on which port, and how they are kept safe."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text

Port = Annotated[int, Field(ge=1, le=65535)]
_PORT = Option(Text("Port", "ポート"), Text("1 to 65535.", "1〜65535。"))
_ENABLED = Option(
    Text("In service", "使用する"), Text("A service that is off does not listen.", "オフのサービスは待ち受けません。")
)
_PLAINTEXT = Option(
    Text("Allow passwords without encryption", "暗号化なしの認証を許可する"),
    Text(
        "Passwords then cross the network readable by anyone on the way. Leave it off.",
        "パスワードが途中で読み取られるおそれがあります。オフのままをお勧めします。",
    ),
    drives=("disable_plaintext_auth",),
    advanced=True,
)
_SMTP_PLAINTEXT = Option(_PLAINTEXT.label, _PLAINTEXT.help, drives=("smtpd_tls_auth_only",), advanced=True)
_AUTH_REQUIRED = Option(
    Text("Require authentication", "認証を必須にする"),
    Text(
        "Without it the port behaves as port 25 does. With it nobody sends without logging in, permitted clients included.",
        "オフにすると 25 番ポートと同じ動作になります。オンでは、許可されたクライアントも含め認証なしでは送信できません。",
    ),
)
_TLS_OFF = ("none", Text("Off", "無効"))
_TLS_OPPORTUNISTIC = ("opportunistic", Text("Offered", "有効"))
_TLS_REQUIRED = ("required", Text("Required", "強制"))


class Smtp(Section):
    port: Annotated[Port, _PORT] = 25
    tls: Annotated[
        Literal["none", "opportunistic"],
        Option(
            Text("TLS", "TLS"),
            Text(
                "Never forced on this port: other mail servers have to be able to deliver.",
                "このポートでは強制できません。ほかのメールサーバーからの配送に使うためです。",
            ),
            drives=("smtpd_tls_security_level",),
            choices=(_TLS_OFF, _TLS_OPPORTUNISTIC),
        ),
    ] = "opportunistic"
    auth: Annotated[
        bool,
        Option(
            Text("Offer authentication", "認証を受け付ける"),
            Text("Senders should use Submission or SMTPS.", "送信には Submission または SMTPS をお勧めします。"),
            drives=("smtpd_sasl_auth_enable",),
        ),
    ] = False
    plaintext_auth: Annotated[bool, _SMTP_PLAINTEXT] = False
    behind_scanner: Annotated[
        bool,
        Option(
            Text("Behind a scanner", "スキャナーの後ろで待ち受ける"),
            Text(
                "A scanner takes port 25 and passes mail on to this one. No address is trusted here, not even this "
                "machine's own; the client is the one that the scanner names by XCLIENT.",
                "スキャナーが 25 番で受けたメールをこのポートに渡します。ここではこのサーバー自身を含めどのアドレスも"
                "信用せず、スキャナーが XCLIENT で知らせる接続元だけを使います。",
            ),
            drives=("smtpd_authorized_xclient_hosts", "mynetworks"),
        ),
    ] = False


class Submission(Section):
    enabled: Annotated[bool, _ENABLED] = True
    port: Annotated[Port, _PORT] = 587
    auth_required: Annotated[bool, _AUTH_REQUIRED] = True
    tls: Annotated[
        Literal["none", "opportunistic", "required"],
        Option(
            Text("TLS", "TLS"),
            Text(
                "Required: a session without TLS gets 530.", "強制にすると、TLS なしのセッションには 530 を返します。"
            ),
            drives=("smtpd_tls_security_level",),
            choices=(_TLS_OFF, _TLS_OPPORTUNISTIC, _TLS_REQUIRED),
        ),
    ] = "required"
    plaintext_auth: Annotated[bool, _SMTP_PLAINTEXT] = False


class Smtps(Section):
    enabled: Annotated[bool, _ENABLED] = True
    port: Annotated[Port, _PORT] = 465
    auth_required: Annotated[bool, _AUTH_REQUIRED] = True


class Pop3(Section):
    enabled: Annotated[bool, _ENABLED] = True
    port: Annotated[Port, _PORT] = 110
    plaintext_auth: Annotated[bool, _PLAINTEXT] = False


class Pop3s(Section):
    enabled: Annotated[bool, _ENABLED] = True
    port: Annotated[Port, _PORT] = 995


class Imap(Section):
    enabled: Annotated[bool, _ENABLED] = True
    port: Annotated[Port, _PORT] = 143
    plaintext_auth: Annotated[bool, _PLAINTEXT] = False


class Imaps(Section):
    enabled: Annotated[bool, _ENABLED] = True
    port: Annotated[Port, _PORT] = 993


class Services(Section):
    """The seven services, in the order of the service table."""

    smtp: Smtp = Smtp()
    submission: Submission = Submission()
    smtps: Smtps = Smtps()
    pop3: Pop3 = Pop3()
    pop3s: Pop3s = Pop3s()
    imap: Imap = Imap()
    imaps: Imaps = Imaps()


# The names that people know the services by; the SMTP ones are Postfix's, the others Dovecot's.
SERVICE_NAMES = {
    "smtp": "SMTP",
    "submission": "Submission",
    "smtps": "SMTPS",
    "pop3": "POP3",
    "pop3s": "POP3S",
    "imap": "IMAP",
    "imaps": "IMAPS",
}
STANDARD_PORTS = {"smtp": 25, "submission": 587, "smtps": 465, "pop3": 110, "pop3s": 995, "imap": 143, "imaps": 993}


def service_enabled(services: Services, name: str) -> bool:
    """Whether the service listens; SMTP always does."""
    return bool(getattr(getattr(services, name), "enabled", True))
