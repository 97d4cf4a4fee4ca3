"""The options of the basic settings, each said once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fumibako.features.basics.services import Port, Services
from fumibako.features.directory.system_users import SystemLimit
from fumibako.schema.option import Option, Section
from fumibako.schema.text import Text


class Tls(Section):
    certificate: Annotated[
        str | None,
        Option(
            Text("Certificate file", "証明書ファイル"),
            Text(
                "PEM, the server's certificate first, then the chain. Empty: the certificate made with this server.",
                "PEM 形式。サーバー証明書、中間証明書の順に並べます。空欄ならこのサーバーが作った証明書を使います。",
            ),
            drives=("smtpd_tls_chain_files", "ssl_cert"),
        ),
    ] = None
    key: Annotated[
        str | None,
        Option(
            Text("Private key file", "秘密鍵ファイル"),
            Text("PEM, without a passphrase.", "PEM 形式、パスフレーズなし。"),
            drives=("smtpd_tls_chain_files", "ssl_key"),
        ),
    ] = None


_SECONDS = Text("seconds", "秒")


FORWARD_PORT = 24  # "any private mail system" (IANA)
REPLY_PORT = 26  # nobody's (IANA)


class Advanced(Section):
    minimal_backoff_time: Annotated[
        int,
        Field(ge=1, le=31_536_000),
        Option(
            Text("Shortest wait before trying again", "再送までの最短間隔"),
            Text("For mail that could not be delivered yet.", "配送できなかったメールを再送するまでの時間です。"),
            unit=_SECONDS,
            drives=("minimal_backoff_time", "queue_run_delay"),
        ),
    ] = 1000
    maximal_backoff_time: Annotated[
        int,
        Field(ge=1, le=31_536_000),
        Option(
            Text("Longest wait before trying again", "再送までの最長間隔"),
            unit=_SECONDS,
            drives=("maximal_backoff_time",),
        ),
    ] = 4000
    maximal_queue_lifetime: Annotated[
        int,
        Field(ge=0, le=31_536_000),
        Option(
            Text("Give up after", "配送をあきらめるまでの時間"),
            Text("The sender is told then. 432000 is five days.", "過ぎると差出人に通知します。432000 は 5 日です。"),
            unit=_SECONDS,
            drives=("maximal_queue_lifetime", "bounce_queue_lifetime"),
        ),
    ] = 432_000
    forward_port: Annotated[
        int,
        Field(ge=1, le=65535),
        Option(
            Text("Port for forwarded mail", "転送用のポート"),
            Text(
                "On this machine alone: mail that an alias sends elsewhere passes it to get a sender of ours.",
                "このサーバーの内部でだけ使います。エイリアスでほかのサーバーに転送するメールの差出人を書き換えます。",
            ),
        ),
    ] = FORWARD_PORT
    reply_port: Annotated[
        int,
        Field(ge=1, le=65535),
        Option(
            Text("Port for automatic replies", "自動返信用のポート"),
            Text(
                "On this machine alone: replies of accounts whose owners are away are sent through it.",
                "このサーバーの内部でだけ使います。アカウントの自動返信を送ります。",
            ),
        ),
    ] = REPLY_PORT
    smtpd_client_connection_count_limit: Annotated[
        int,
        Field(ge=0, le=100_000),
        Option(
            Text("Connections a client may hold at once", "1 クライアントの同時接続数"),
            Text("0: no limit.", "0 なら制限しません。"),
            drives=("smtpd_client_connection_count_limit",),
        ),
    ] = 50
    smtpd_client_connection_rate_limit: Annotated[
        int,
        Field(ge=0, le=1_000_000),
        Option(
            Text("Connections a client may make in a minute", "1 クライアントの 1 分あたりの接続数"),
            Text("0: no limit.", "0 なら制限しません。"),
            drives=("smtpd_client_connection_rate_limit", "anvil_rate_time_unit"),
        ),
    ] = 0
    smtpd_banner: Annotated[
        str,
        Option(
            Text("SMTP greeting", "SMTP の応答メッセージ"),
            Text(
                "The host name always stands in front of it (RFC 5321). Only $myhostname and $mail_name are replaced.",
                "先頭には必ずホスト名が付きます (RFC 5321)。置き換わるのは $myhostname と $mail_name だけです。",
            ),
            drives=("smtpd_banner",),
        ),
    ] = "ESMTP $mail_name"
    pop3_greeting: Annotated[
        str,
        Option(Text("POP3 greeting", "POP3 の応答メッセージ"), drives=("login_greeting",)),
    ] = "Postfix-pop3d"


class ContentFilter(Section):
    host: Annotated[
        str,
        Option(
            Text("Scanner's host", "スキャナーのホスト"), Text("An address or a host name.", "アドレスまたはホスト名。")
        ),
    ] = "127.0.0.1"
    port: Annotated[Port, Option(Text("Scanner's port", "スキャナーのポート"))] = 10025
    reinject_port: Annotated[
        Port,
        Option(
            Text("Port where it gives mail back", "検査後のメールを受け取るポート"),
            Text("This server listens there on loopback only.", "このサーバーがループバックだけで待ち受けます。"),
        ),
    ] = 10026


CLAMAV_MILTER = "/run/clamav/clamav-milter.ctl"


class MilterScanner(Section):
    host: Annotated[
        str,
        Option(
            Text("Scanner's host", "スキャナーのホスト"), Text("An address or a host name.", "アドレスまたはホスト名。")
        ),
    ] = "127.0.0.1"
    port: Annotated[Port, Option(Text("Scanner's port", "スキャナーのポート"))] = 7357
    socket: Annotated[
        Literal["/run/clamav/clamav-milter.ctl"] | None,
        Option(
            Text("Socket", "ソケット"),
            Text(
                "clamav-milter's own instead of host and port. Postfix must be able to open it: MilterSocketGroup postfix.",
                "ホストとポートの代わりに clamav-milter の標準ソケットを使います。Postfix から開けるよう MilterSocketGroup を "
                "postfix にしてください。",
            ),
            choices=((CLAMAV_MILTER, Text("clamav-milter", "clamav-milter")),),
        ),
    ] = None


class Basics(Section):
    hostname: Annotated[
        str,
        Option(
            Text("Host name", "ホスト名"),
            Text(
                "The name that this server gives itself, as in DNS: mail.example.jp",
                "DNS に登録したこのサーバーの名前です。例 mail.example.jp",
            ),
            drives=("myhostname",),
        ),
    ]
    primary_domain: Annotated[
        str | None,
        Option(
            Text("Primary domain", "主ドメイン"),
            Text(
                "Names without a domain belong to it. Empty: the first domain by name.",
                "ドメインを書かない名前が属するドメインです。空欄なら名前順で最初のドメインです。",
            ),
            drives=("myorigin", "auth_default_realm"),
        ),
    ] = None
    administrator: Annotated[
        str | None,
        Option(
            Text("Administrator", "管理者"),
            Text(
                "An address. Mail to postmaster, abuse, root and mailer-daemon of every domain goes there, unless there is an "
                "account or an alias of that name. Empty: such mail is refused.",
                "メールアドレス。各ドメインの postmaster、abuse、root、mailer-daemon 宛てのメールが届きます "
                "(同名のアカウントかエイリアスがあれば、そちらが優先)。空欄なら受け取りません。",
            ),
            drives=("virtual_alias_maps", "virtual_alias_domains"),
        ),
    ] = None
    holder_forwarding: Annotated[
        Literal["anywhere", "local", "none"],
        Option(
            Text("Forwarding by account holders", "利用者による転送"),
            Text(
                "What holders may add on their own page. Only here: addresses of the domains served here. What administrators "
                "set stays, as does what was set before; holders may still take it away. An account's page shows its own.",
                "アカウントを使う人が自分のページで追加できる転送先です。「このサーバー内だけ」は、ここで受け付けるドメインのアドレスに"
                "限ります。管理者が設定した転送と、以前に設定された転送はそのまま続き、利用者は解除だけできます。"
                "転送先はアカウントのページで確認できます。",
            ),
            choices=(
                ("anywhere", Text("anywhere", "制限しない")),
                ("local", Text("only here", "このサーバー内だけ")),
                ("none", Text("not allowed", "許可しない")),
            ),
        ),
    ] = "anywhere"
    system_accounts: Annotated[
        bool,
        Option(
            Text("System accounts", "システムアカウント"),
            Text(
                "Users of this machine's operating system (user ids from 1000 on) have a mailbox at NAME@primary domain and log "
                "in with their system password. An account of the same name here wins.",
                "この OS のユーザー (ユーザー ID 1000 以上) が「名前@主ドメイン」でメールを受け取り、OS のパスワードで"
                "ログインできます。同名のアカウントがあれば、そちらが優先です。",
            ),
            drives=("passdb", "virtual_mailbox_maps"),
        ),
    ] = False
    system_limits: Annotated[
        dict[str, SystemLimit],
        Option(
            Text("Limits of system accounts", "システムアカウントの制限容量"),
            Text("By the user's name; who is not named has none.", "ユーザー名ごとの値。ない場合は無制限です。"),
            drives=("quota_rule",),
            advanced=True,
        ),
    ] = Field(default_factory=dict)
    listen: Annotated[
        tuple[str, ...],
        Option(
            Text("Listen addresses", "待ち受けるアドレス"),
            Text(
                "One a line; 0.0.0.0 is every IPv4 address of this machine, :: every IPv6 one.",
                "1 行に 1 つ。0.0.0.0 は IPv4 の、:: は IPv6 のすべてのアドレスです。",
            ),
            drives=("master.cf", "listen"),
        ),
    ] = ("0.0.0.0", "::")
    tls: Tls = Tls()
    message_size_limit: Annotated[
        int,
        Field(ge=0, le=9_000_000_000_000),
        Option(
            Text("Largest message", "最大メッセージサイズ"),
            Text(
                "Announced to senders; a larger message gets 552. 0 or empty: no limit.",
                "送信側に通知し、超えるメールは 552 で断ります。0 または空欄なら制限しません。",
            ),
            unit=Text("bytes", "バイト"),
            drives=("message_size_limit",),
            blank=0,
        ),
    ] = 10_485_760
    services: Services = Services()
    advanced: Advanced = Advanced()
    content_filter: Annotated[
        ContentFilter | None,
        Option(
            Text("Virus scanner", "ウイルススキャナー"),
            Text(
                "Accepted mail passes through it and comes back. A scanner that is down delays mail; nothing is lost.",
                "受け付けたメールをスキャナーに通します。止まっている間は配送を待ち、失われることはありません。",
            ),
            drives=("content_filter",),
            advanced=True,
        ),
    ] = None
    milter_scanner: Annotated[
        MilterScanner | None,
        Option(
            Text("Virus scanner as a milter", "ウイルススキャナー (milter)"),
            Text(
                "Asked while mail is being received, as clamav-milter is: what it refuses is never taken. While it is down "
                "mail is deferred with 451 and the sender tries again.",
                "clamav-milter のように、受信中に検査します。拒否されたメールは受け取りません。止まっている間は 451 で待たせ、"
                "送信側が再送します。",
            ),
            drives=("smtpd_milters", "non_smtpd_milters"),
            advanced=True,
        ),
    ] = None
    local_overrides: Annotated[
        dict[str, str],
        Option(
            Text("Own Postfix parameters", "独自の Postfix パラメーター"),
            Text(
                "One `parameter = value` a line, for what has no option here. They win over everything on this page.",
                "1 行に 1 つ「パラメーター = 値」。この画面にない項目のためのもので、この画面の設定より優先されます。",
            ),
            drives=("main.cf",),
            advanced=True,
        ),
    ] = Field(default_factory=dict)
