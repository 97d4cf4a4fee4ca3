"""Samples of the basic settings."""

from __future__ import annotations

from types import SimpleNamespace as V
from typing import Any

from sample_directory import DOMAIN_BAD, DOMAIN_LIST, DOMAINS
from sample_frame import T, choice, option

from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

TLS = [("none", T("off", "無効")), ("opportunistic", T("if possible", "有効")), ("required", T("forced", "強制"))]


def service(
    name: str,
    label: str,
    hint: Text,
    port: int,
    *,
    tls: str | None,
    auth: str | None,
    staged: bool = False,
    clash: bool = False,
) -> V:
    always = option(f"services.{name}.tls", T("TLS", "TLS"), "fixed", T("always", "常に"))
    return V(
        name=name,
        label=label,
        hint=hint,
        staged=staged,
        enabled=option(f"services.{name}.enabled", T("on", "動作"), "switch", checked=name != "pop3")
        if name != "smtp"
        else option("services.smtp.enabled", T("on", "動作"), "fixed", T("always", "常に")),
        port=option(
            f"services.{name}.port",
            T("port", "ポート"),
            "number",
            port,
            staged=staged,
            live=465,
            findings=[
                Finding(
                    "port.taken",
                    "basics.services.smtps.port",
                    T("Port 587 is Submission's already.", "ポート 587 は Submission が使っています。"),
                    suggestion="465",
                )
            ]
            if clash
            else [],
        ),
        tls=always
        if tls is None
        else option(
            f"services.{name}.tls",
            T("TLS", "TLS"),
            "select",
            choices=[choice(value, words, value == tls) for value, words in TLS[: 2 if name == "smtp" else 3]],
        ),
        auth=option(
            f"services.{name}.auth",
            T("AUTH", "認証"),
            "select",
            choices=[
                choice("yes", T("forced", "必須"), auth == "yes"),
                choice("no", T("offered", "任意"), auth == "no"),
                choice("off", T("not offered", "使わない"), auth == "off"),
            ],
        )
        if auth
        else option(f"services.{name}.auth", T("AUTH", "認証"), "fixed", T("always", "常に")),
        others=[option("services.smtp.behind_scanner", T("behind a scanner", "スキャナーの後ろ"), "tick")]
        if name == "smtp"
        else [option(f"services.{name}.plaintext_auth", T("allow clear text", "平文を許可"), "tick")]
        if tls
        else [],
    )


def basics(errors: bool) -> dict[str, Any]:
    size = option(
        "message_size_limit",
        T("Largest message", "最大メッセージサイズ"),
        "number",
        "10MB" if errors else 20971520,
        unit=T("bytes", "バイト"),
        help=T(
            "A larger message is refused with 552 while it is being sent. 0: no limit.",
            "これより大きいメールは送信中に 552 で断ります。0 は無制限。",
        ),
        default=10485760,
        parameter="message_size_limit",
        staged=not errors,
        live=10485760,
        findings=[
            Finding(
                "size.not_number",
                "basics.message_size_limit",
                T("“10MB” is not a number of bytes.", "「10MB」はバイト数ではありません。"),
                suggestion="10485760",
            )
        ]
        if errors
        else [],
    )
    return {
        "errors": [
            V(
                anchor="f-message_size_limit",
                where=T("Largest message", "最大メッセージサイズ"),
                message=T("“10MB” is not a number of bytes.", "「10MB」はバイト数ではありません。"),
            ),
            V(
                anchor="f-services.smtps.port",
                where=T("SMTPS, port", "SMTPS のポート"),
                message=T("Port 587 is Submission's already.", "ポート 587 は Submission が使っています。"),
            ),
        ]
        if errors
        else [],
        "domains": DOMAINS,
        **DOMAIN_LIST,
        "domain_add": V(url="#", value="", findings=[]) if not errors else DOMAIN_BAD,
        "domains_url": "#",
        "domains_page_url": "#",
        "general": [
            option(
                "hostname",
                T("Host name", "ホスト名"),
                "text",
                "mail.example.jp",
                help=T(
                    "How the server calls itself to others. DNS should know it.",
                    "ほかのサーバーに名乗る名前です。DNS に登録しておきます。",
                ),
                parameter="myhostname",
            ),
            option(
                "primary_domain",
                T("Primary domain", "主ドメイン"),
                "select",
                choices=[
                    choice("example.jp", T("example.jp", "example.jp"), True),
                    choice("example.org", T("example.org", "example.org")),
                ],
                help=T("Names without a domain belong to it.", "ドメインのない名前はここに属します。"),
            ),
            size,
        ],
        "services": [
            service("smtp", "SMTP", T("from other servers", "ほかのサーバーから"), 25, tls="opportunistic", auth="off"),
            service(
                "smtps",
                "SMTPS",
                T("sending, TLS from the start", "送信・最初から TLS"),
                587 if errors else 1465,
                tls=None,
                auth="yes",
                staged=not errors,
                clash=errors,
            ),
            service("submission", "Submission", T("sending", "送信"), 587, tls="required", auth="yes"),
            service("pop3", "POP3", T("reading", "受信"), 110, tls="required", auth=None),
            service("pop3s", "POP3S", T("reading, TLS from the start", "受信・最初から TLS"), 995, tls=None, auth=None),
            service("imap", "IMAP", T("reading", "受信"), 143, tls="required", auth=None),
            service("imaps", "IMAPS", T("reading, TLS from the start", "受信・最初から TLS"), 993, tls=None, auth=None),
        ],
        "service_notes": [
            (T("Port", "ポート"), T("1 to 65535.", "1〜65535。")),
            (T("SMTP: TLS", "SMTP: TLS"), T("Never forced on this port.", "このポートでは強制できません。")),
        ],
        "seen": "{}",
        "listening": [
            option(
                "listen",
                T("Listen addresses", "待ち受けアドレス"),
                "lines",
                "0.0.0.0\n::",
                help=T("One a line.", "1 行に 1 つ。"),
                parameter="inet_interfaces",
            ),
            option(
                "tls.certificate",
                T("Certificate file", "証明書ファイル"),
                "text",
                "",
                placeholder=T("this server's own", "このサーバーの自己署名証明書"),
                parameter="smtpd_tls_chain_files",
            ),
        ],
        "advanced": [
            option(
                "advanced.minimal_backoff_time",
                T("First retry after", "再送までの最短時間"),
                "number",
                1000,
                unit=T("seconds", "秒"),
                default=1000,
                parameter="minimal_backoff_time",
            ),
            option(
                "advanced.maximal_backoff_time",
                T("Retries at the latest every", "再送までの最長時間"),
                "number",
                4000,
                unit=T("seconds", "秒"),
                default=4000,
                parameter="maximal_backoff_time",
            ),
            option(
                "advanced.maximal_queue_lifetime",
                T("Returned after", "送り返すまでの時間"),
                "number",
                432000,
                unit=T("seconds", "秒"),
                default=432000,
                parameter="maximal_queue_lifetime",
            ),
            option(
                "advanced.smtpd_banner",
                T("SMTP greeting", "SMTP のあいさつ"),
                "text",
                "ESMTP $mail_name",
                help=T("The host name always stands in front.", "先頭には必ずホスト名が付きます。"),
                default="ESMTP $mail_name",
                parameter="smtpd_banner",
            ),
        ],
        "content_filter": [
            option("content_filter.enabled", T("Pass mail through a scanner", "スキャナーを通す"), "switch"),
            option(
                "content_filter.host",
                T("Scanner's host", "スキャナーのホスト"),
                "text",
                "",
                placeholder=T("127.0.0.1", "127.0.0.1"),
            ),
        ],
        "overrides": [
            option(
                "local_overrides",
                T("Parameters", "パラメーター"),
                "lines",
                "smtpd_timeout = 120s",
                help=T(
                    "parameter = value, one a line. Only parameters that run nothing and name no file.",
                    "parameter = value を 1 行に 1 つ。プログラムやファイルを指すものは使えません。",
                ),
            )
        ],
        "advanced_open": True,
    }
