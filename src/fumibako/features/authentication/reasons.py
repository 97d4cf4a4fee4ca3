"""The reasons of checks (`mailauth.reason`) in the languages of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fumibako.mailauth.reason import ENGLISH
from fumibako.schema.text import Text

JAPANESE: Final[Mapping[str, str]] = {
    "good-signature": "{bits} ビットの {algorithm} 鍵で検証できました",
    "good-signature-testing": "{bits} ビットの {algorithm} 鍵で検証できました (ドメインは試験中)",
    "good-signature-partly": "{bits} ビットの {algorithm} 鍵で検証できましたが、署名は本文 {total} バイトのうち先頭 {signed} バイトだけです",
    "no-signature": "署名がありません",
    "signature-syntax": "署名の形式が正しくありません: {problem}",
    "signature-tag-missing": "署名に {tag}= がありません",
    "signature-version": "署名のバージョン {version} は不明です",
    "signature-algorithm": "アルゴリズム {algorithm} は不明です",
    "signature-algorithm-historic": "アルゴリズム {algorithm} は安全ではありません",
    "signature-canonicalization": "正規化方式 {canonicalization} は不明です",
    "signature-query": "鍵の取得方法 {query} は不明です",
    "signature-domain": "署名のドメイン {domain} が正しくありません",
    "signature-identity": "署名者 {identity} はドメイン {domain} に属していません",
    "signature-from-unsigned": "From が署名されていません",
    "signature-expired": "署名の有効期限が切れています",
    "signature-future": "署名の日時が未来です",
    "signature-mismatch": "署名が一致しません (ヘッダーが変更されたか、鍵が違います)",
    "signature-too-many": "署名が {limit} 個を超えるため、検証しませんでした",
    "body-mismatch": "本文が署名のあとに変更されています",
    "body-too-short": "本文が署名された長さより短くなっています",
    "key-none": "DNS に鍵がありません",
    "key-unavailable": "鍵を問い合わせられませんでした",
    "key-revoked": "鍵は取り消されています",
    "key-syntax": "鍵の形式が正しくありません: {problem}",
    "key-version": "鍵のバージョン {version} は不明です",
    "key-type": "アルゴリズム {algorithm} 用の鍵ではありません",
    "key-hash": "鍵がハッシュ {hash} を許可していません",
    "key-service": "メール用の鍵ではありません",
    "key-granularity": "この差出人用の鍵ではありません",
    "key-subdomain": "鍵がサブドメインの署名者を許可していません",
    "key-small": "{bits} ビットの鍵は短すぎます",
    "sender-none": "差出人のアドレスがありません",
    "sender-several": "From または Sender が複数あります",
    "sender-unsigned": "差出人のヘッダーが署名されていません",
    "sender-domain": "署名のドメイン {domain} が差出人の {sender} と異なります",
    "sender-not-below": "差出人のヘッダーが署名より上にあります",
    "policy-all-signed": "ドメイン {domain} はすべてのメールに署名します",
    "spf-matched": "{domain}: {client} は {mechanism} に一致します",
    "spf-default": "{domain}: {client} に一致する項目がありません",
    "spf-no-record": "{domain} に SPF レコードがありません",
    "spf-no-domain": "検査するドメインがありません",
    "spf-domain-malformed": "{domain} はドメイン名ではありません",
    "spf-records-several": "{domain} に SPF レコードが複数あります",
    "spf-record-syntax": "{domain} の SPF レコードが正しくありません: {problem}",
    "spf-lookup-failed": "{name} を問い合わせられませんでした",
    "spf-lookups-exceeded": "問い合わせが {limit} 回を超えます",
    "spf-void-exceeded": "答えのない問い合わせが {limit} 回を超えます",
    "spf-names-exceeded": "{name} のメールサーバーが {limit} 台を超えます",
    "spf-include-none": "include 先の {name} に SPF レコードがありません",
    "spf-redirect-none": "redirect 先の {name} に SPF レコードがありません",
    "dmarc-aligned": "{domain} は {methods} で確かめられました",
    "dmarc-not-aligned": "SPF も DKIM も {domain} と一致しません",
    "dmarc-no-record": "{domain} に DMARC レコードがありません",
    "dmarc-lookup-failed": "{name} を問い合わせられませんでした",
    "dmarc-record-unusable": "{domain} の DMARC レコードに有効なポリシーがありません",
    "dmarc-records-several": "{domain} に DMARC レコードが複数あります",
    "dmarc-undecided": "{domain} と一致しうる検査が一時的に失敗しました",
    "author-none": "From にアドレスがありません",
    "author-several-fields": "From が {count} 個あります",
    "author-several-domains": "From に複数のドメインがあります",
    "author-malformed": "From の形式が正しくありません",
    "arc-none": "ARC がありません",
    "arc-good": "ARC {sets} 組、最後は {domain}",
    "arc-instance": "ARC の番号が正しくありません",
    "arc-structure": "ARC の {instance} 組目が欠けているか、重複しています",
    "arc-too-many": "ARC が {limit} 組を超えます",
    "arc-failed-before": "ARC は途中ですでに壊れていました",
    "arc-validation-status": "ARC の {instance} 組目の cv が正しくありません",
    "arc-seal": "ARC の封 {instance}: {problem}",
    "arc-message-signature": "ARC の署名 {instance}: {problem}",
}


def sentence(code: str, details: Mapping[str, str], comment: str) -> Text:
    """The reason as a sentence. `comment` is the English one, which another version may know and this one not."""
    try:
        return Text(ENGLISH[code].format_map(details), JAPANESE[code].format_map(details))
    except KeyError:
        return Text(comment, comment)
