"""The certificate that a settings tree asks for: the home's own, or files that the applier imports."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fumibako.assembly.facts import Certificate
from fumibako.document.settings import Settings
from fumibako.layout import Home
from fumibako.node.link import Link
from fumibako.node.trouble import Trouble
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text

OWN: Final = "own"  # a link to the directory of the certificate that the home was made with

_PROBLEMS: Final = {
    "not_absolute": Text("Give the file's whole path, beginning with /.", "/ から始まる完全なパスで指定してください。"),
    "no_such_file": Text("There is no such file: {file}", "ファイルがありません: {file}"),
    "not_a_file": Text("{file} is not an ordinary file.", "{file} は通常のファイルではありません。"),
    "too_large": Text("{file} is larger than 1 MB; that is no certificate.", "{file} は 1 MB を超えています。"),
    "not_pem": Text("{file} is not in PEM format.", "{file} は PEM 形式ではありません。"),
    "no_certificate": Text("{file} holds no certificate.", "{file} に証明書がありません。"),
    "no_key": Text("{file} holds no private key.", "{file} に秘密鍵がありません。"),
    "encrypted_key": Text(
        "The private key has a passphrase. Take it off; the file is readable by root alone.",
        "秘密鍵にパスフレーズが付いています。外してください。ファイルは root だけが読めます。",
    ),
    "weak_key": Text("The key is too weak: RSA needs 2048 bits.", "鍵が弱すぎます。RSA は 2048 ビット以上が必要です。"),
    "unsupported_key": Text("RSA and elliptic-curve keys can be used.", "使える鍵は RSA と楕円曲線です。"),
    "key_mismatch": Text("The private key does not belong to the certificate.", "秘密鍵が証明書と対応していません。"),
    "chain_order": Text(
        "The certificates are out of order: the server's first, then each one's issuer.",
        "証明書の順序が違います。サーバー証明書、その発行者、の順に並べてください。",
    ),
    "expired": Text("The certificate has expired.", "証明書の有効期限が切れています。"),
    "not_yet_valid": Text("The certificate is not valid yet.", "証明書はまだ有効期間に入っていません。"),
}
_NAMES: Final = Text(
    "The certificate is for {names}, not for {hostname}; mail programs will warn.",
    "証明書の名前は {names} で、{hostname} ではありません。メールソフトが警告を出します。",
)
_NO_OWN: Final = Text(
    "The certificate that this server was made with is missing ({path}).",
    "このサーバーの作成時の証明書がありません ({path})。",
)
_KEY_CODES: Final = ("no_key", "encrypted_key", "weak_key", "unsupported_key", "key_mismatch")


async def certificate_fingerprint(link: Link, home: Home, settings: Settings) -> tuple[str, list[Finding]]:
    """The directory in HOME/tls to serve from, and what is to be said about it. Raises `Trouble` where it cannot serve.

    Named files are read anew each time, so that a renewed certificate comes in with the next apply.
    """
    basics = settings.basics
    tls = basics.tls
    if tls.certificate is None or tls.key is None:
        own = Path(home.tls / OWN)
        try:
            return own.readlink().name, []
        except OSError:
            raise Trouble("certificate-missing", _NO_OWN.with_(path=own)) from None
    certificate, key = tls.certificate, tls.key
    seen = await link.ask(lambda applier: applier.certificate(certificate, key, basics.hostname))
    findings = [_finding(code, certificate, key) for code in seen.problems if code in _PROBLEMS]
    if seen.fingerprint is None:
        first = findings[0].message if findings else Text(", ".join(seen.problems), ", ".join(seen.problems))
        raise Trouble("certificate", first, ", ".join(seen.problems), findings)
    if not seen.names_fit:
        message = _NAMES.with_(names=", ".join(seen.names) or "—", hostname=basics.hostname)
        findings.append(Finding("certificate-names", "basics.tls.certificate", message, "warning"))
    return seen.fingerprint, findings


def certificate_files(home: Home, fingerprint: str) -> Certificate:
    directory = home.tls / fingerprint
    return Certificate(str(directory / "certificate.pem"), str(directory / "key.pem"))


def _finding(code: str, certificate: str, key: str) -> Finding:
    about_key = code in _KEY_CODES
    path = "basics.tls.key" if about_key else "basics.tls.certificate"
    message = _PROBLEMS[code].with_(file=key if about_key else certificate)
    return Finding(f"certificate-{code.replace('_', '-')}", path, message)
