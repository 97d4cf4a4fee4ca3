"""Changing a zone at its primary: RFC 2136 updates, signed with a TSIG key (RFC 8945).

Each change carries what was read just before as its prerequisite: if somebody changed the records meanwhile, the server
does nothing, and they are read again. So nothing of theirs is lost, and the same change twice is one.
"""

from __future__ import annotations

import binascii
from typing import Final

import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.tsig
import dns.tsigkeyring
import dns.update

from fumibako.node.name_servers import AWAY, Answer, Server, value_of
from fumibako.schema.text import Text, plain
from fumibako.wire.zones import Access
from fumibako.zone.publishing import Change
from fumibako.zone.record import Record

TTL: Final = 3600  # of records that are the first of their name
_PATIENCE: Final = 5.0

_RACE: Final = frozenset({dns.rcode.NXRRSET, dns.rcode.YXRRSET, dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN})

_SECRET: Final = Text(
    "The secret of {zone} is missing or no base64. Set it with `fumibako secret set dns/{zone}`.",
    "{zone} の秘密が未設定か、Base64 ではありません。`fumibako secret set dns/{zone}` で設定してください。",
)
_SIGNATURE: Final = Text(
    "{server} knows the key {key} but its secret or algorithm is another one.",
    "{server} に鍵 {key} はありますが、秘密かアルゴリズムが異なります。",
)
_KEY: Final = Text(
    "{server} does not know the key {key}, or does not let it change {name} {type}. Look at the zone's access rules there.",
    "{server} に鍵 {key} がないか、{name} {type} の変更が許可されていません。ネームサーバーの設定をご確認ください。",
)
_CLOCK: Final = Text(
    "The clocks of this server and of {server} differ by more than five minutes.",
    "このサーバーと {server} の時計が 5 分以上ずれています。",
)
_REFUSED: Final = Text(
    "{server} refused to change {name} {type}: {said}.", "{server} が {name} {type} の変更を拒否しました: {said}"
)
_NOT_ITS_ZONE: Final = Text(
    "{server} is not the primary of {zone}: {said}.", "{server} は {zone} のプライマリーではありません: {said}"
)
_AWAY: Final = Text(
    "{server} does not answer: updates go there over TCP.", "{server} が応答しません (更新は TCP です)。"
)
_UNSIGNED: Final = Text(
    "The answer of {server} was not signed as it must be; nothing is known of the change.",
    "{server} の応答の署名が正しくないため、変更できたか確認できません。",
)


class Raced(Exception):
    """The records are not what they were when they were read."""


class UpdateRefused(Exception):
    """The primary did not make the change. `final`: it would make no other either."""

    def __init__(self, code: str, text: Text, *, final: bool) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.final = final


async def update(access: Access, server: Server, change: Change, before: Answer, *, wildcard: bool = False) -> None:
    """Make the change where the records are still those that were read `before`. With `wildcard` they are taken to come
    from a wildcard: under this very name there shall be none. Raises `Raced` and `UpdateRefused`."""
    message = _message(access, change, Answer() if wildcard else before)
    values = {
        "server": server.name,
        "zone": access.zone,
        "key": access.key_name,
        "name": change.name,
        "type": change.type,
    }

    def refused(code: str, text: Text, *, final: bool = False, **more: str) -> UpdateRefused:
        return UpdateRefused(code, text.with_(**values, **more), final=final)

    try:
        answer = await _sent(message, server)
    except dns.tsig.PeerBadSignature:
        raise refused("dns-key-wrong", _SIGNATURE, final=True) from None
    except dns.tsig.PeerBadKey:
        raise refused("dns-key-refused", _KEY) from None
    except (dns.tsig.PeerBadTime, dns.tsig.BadTime):
        raise refused("dns-clock", _CLOCK, final=True) from None
    except (dns.tsig.BadSignature, dns.message.UnknownTSIGKey, dns.tsig.PeerError, dns.tsig.BadKey):
        raise refused("dns-answer-unsigned", _UNSIGNED, final=True) from None
    except AWAY:
        raise refused("dns-primary-away", _AWAY, final=True) from None
    rcode = answer.rcode()
    if rcode in _RACE:
        raise Raced
    if rcode in (dns.rcode.NOTAUTH, dns.rcode.NOTZONE):
        raise refused("dns-not-primary", _NOT_ITS_ZONE, final=True, said=dns.rcode.to_text(rcode))
    if rcode != dns.rcode.NOERROR:
        raise refused("dns-refused", _REFUSED, said=dns.rcode.to_text(rcode))
    if not answer.had_tsig:
        raise refused("dns-answer-unsigned", _UNSIGNED, final=True)


async def _sent(message: dns.update.UpdateMessage, server: Server) -> dns.message.Message:
    for address in server.addresses[:-1]:
        try:
            return await dns.asyncquery.tcp(message, address, timeout=_PATIENCE, port=server.port)
        except (OSError, dns.exception.Timeout):
            continue
    if not server.addresses:
        raise OSError("no address")
    return await dns.asyncquery.tcp(message, server.addresses[-1], timeout=_PATIENCE, port=server.port)


def _message(access: Access, change: Change, before: Answer) -> dns.update.UpdateMessage:
    try:
        keyring = dns.tsigkeyring.from_text({access.key_name: (access.algorithm, access.secret)})
        if not access.secret:
            raise ValueError
    except (binascii.Error, ValueError):
        raise UpdateRefused("dns-secret", _SECRET.with_(zone=access.zone), final=True) from None
    key = dns.name.from_text(access.key_name)
    message = dns.update.UpdateMessage(access.zone, keyring=keyring, keyname=key, keyalgorithm=access.algorithm)
    name = dns.name.from_text(change.name)
    if before.rdatas:
        for rdata in before.rdatas:
            message.present(name, rdata)
    else:
        message.absent(name, change.type)
    for rdata in before.rdatas:
        if value_of(rdata) in change.gone:
            message.delete(name, rdata)
    if change.come is not None:
        data = Record(change.name, change.type, change.come, plain("")).data()
        come = dns.rdata.from_text(dns.rdataclass.IN, change.type, data)
        message.add(name, TTL if before.ttl is None else before.ttl, come)
    return message
