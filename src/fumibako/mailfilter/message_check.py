"""`python -m fumibako.mailfilter.message_check --home DIR`: check one message that somebody brings, deliver nothing.

A question comes on standard input and an answer goes to standard output, each one frame (`wire.frames`). It is a process of
its own: whatever is in the message can cost it its own memory and seconds and nothing else. No key is opened; where the
server would sign, the answer names the keys.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import ipaddress
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from fumibako.layout import Home
from fumibako.mail.header import parse_message, with_crlf
from fumibako.mailauth.author import find_author
from fumibako.mailauth.reason import Reason
from fumibako.mailfilter.checking import BUDGET, OutsideMail
from fumibako.mailfilter.envelope import Message
from fumibako.mailfilter.instance import Instance
from fumibako.mailfilter.judging import Found, judged
from fumibako.mailfilter.outcome import QUARANTINE
from fumibako.mailfilter.signing import selectors_of
from fumibako.mailfilter.standing import Client, standing
from fumibako.milter.answers import Reply
from fumibako.wire import frames

_SECONDS: Final = 10  # of CPU
_MEMORY: Final = 512 * 1024 * 1024
_SHOWN: Final = 50  # signatures


async def checked(home: Home, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Every check of the message, whether the settings want it or not, and what the server would do as it is set.

    `asked`: `message` (base64), `client` (an address, or empty: nobody can say), perhaps `name` (the client's verified host
    name), `helo`, `from`, `login`.
    """
    instance = Instance(home)
    instance.reload()
    conf = instance.conf
    everything = replace(
        conf,
        spf_check=True,
        dkim_verify=True,
        dmarc_check=True,
        arc_verify=True,
        domainkeys_verify=True,
        arc_seal=False,
    )
    octets = base64.b64decode(asked["message"])
    header, body = parse_message(with_crlf(octets))
    client = Client(ipaddress.ip_address(asked["client"]) if asked["client"] else None, asked.get("name", "").lower())
    whose = standing(client, asked["login"], instance.lookups)
    message = Message(everything, client, asked["helo"], asked["from"], asked["login"], whose)
    for field in header:
        message.add_field(field.name, field.value)
    if message.too_large:
        return {"checks": [], "standing": whose, "verdict": "reject", "reply": "552 5.3.4", "signs": [], "marks": []}
    async with asyncio.timeout(BUDGET + 2):
        work = OutsideMail(message, instance)
        message.body.feed(body)
        found = await work.check()
    said = {"checks": _checks(found), "standing": whose, "signs": [], "reply": "", "verdict": "accept"}
    if whose != "outside":
        domain = find_author(header).domain
        return said | {"signs": selectors_of(domain, asked["login"], conf, instance) if domain else []}
    answer, marks, _ = judged(found, replace(message, conf=conf))
    if isinstance(answer, Reply):
        return said | {"verdict": "reject", "reply": f"{answer.code} {answer.enhanced} {' '.join(answer.lines)}"}
    return said | {"verdict": "quarantine" if any(mark.name == QUARANTINE for mark in marks) else "accept"}


def _checks(found: Found) -> list[dict[str, Any]]:
    checks = []
    if found.spf is not None:
        checks.append(_check("spf", f"{found.spf.identity} {found.spf.domain}", found.spf.status, found.spf.reason))
    for each in found.dkim[:_SHOWN]:
        selector = each.signature.selector if each.signature else ""
        checks.append(_check("dkim", f"{selector} {each.domain}".strip(), each.status, each.reason))
    if not found.dkim:
        checks.append(_check("dkim", "", "none", Reason("no-signature")))
    if (old := found.domainkeys) is not None:
        checks.append(_check("domainkeys", f"{old.selector} {old.domain}".strip(), old.status, old.reason))
    if found.dmarc is not None:
        policy = f" p={found.dmarc.policy}" if found.dmarc.policy else ""
        checks.append(_check("dmarc", f"{found.dmarc.domain}{policy}", found.dmarc.status, found.dmarc.reason))
    if found.arc is not None:
        checks.append(_check("arc", " ".join(found.arc.sealers), found.arc.status, found.arc.reason))
    return checks


def _check(method: str, of: str, result: str, reason: Reason) -> dict[str, Any]:
    return {
        "method": method,
        "of": of,
        "result": result,
        "code": reason.code,
        "details": dict(reason.details),
        "comment": reason.comment,
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fumibako.mailfilter.message_check")
    parser.add_argument("--home", required=True, type=PurePosixPath)
    home = Home(parser.parse_args(argv).home)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    octets = sys.stdin.buffer.read()
    asked = frames.decode(octets[frames.HEADER :])
    sys.stdout.buffer.write(frames.encode(asyncio.run(checked(home, asked))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
