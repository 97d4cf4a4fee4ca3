"""Signing keys, and the DNS records that a domain needs."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from fumibako.actions import domain_notes, signing_keys, zone_checks, zones
from fumibako.actions.trouble import Denied
from fumibako.actions.zone_checks import DomainZone
from fumibako.api.caller import caller_of

router = Router(tags=["sender authentication"])

Use = Literal["dkim", "domainkeys"]


class KeyIn(Schema):
    """What shall be made. Without a selector the next free one is taken."""

    domain: str
    use: Use = "dkim"
    kind: Literal["rsa", "ed25519"] = "rsa"
    selector: str | None = None


class UploadIn(Schema):
    """A private key in PEM, PKCS#1 or PKCS#8, without a passphrase."""

    domain: str
    pem: str
    use: Use = "dkim"
    selector: str | None = None


class RotateIn(Schema):
    domain: str
    use: Use = "dkim"


@router.get("/keys")
def keys(request: HttpRequest, domain: str | None = None) -> dict[str, Any]:
    """The signing keys of a domain, or of all; private halves are not in it. `domains`: when mail of each was last signed,
    when it last waited for a key (`deferred`), and when mail in its name last failed DMARC here (`failed`)."""
    caller = caller_of(request)
    found = signing_keys.listed(caller, domain)
    domains = [signing_keys.hosted(caller, domain)] if domain else list(dict.fromkeys(key.domain for key in found))
    noted = domain_notes.noted(caller, domains)
    return {
        "keys": [key.as_json() for key in found],
        "domains": {name: each.as_json(caller.language) for name, each in noted.items()},
    }


@router.post("/keys")
def generate(request: HttpRequest, payload: KeyIn) -> dict[str, Any]:
    """Make a key: published now, signing as soon as DNS answers with it."""
    made = signing_keys.generate(caller_of(request), payload.domain, payload.use, payload.kind, payload.selector)
    return {"outcome": "applied", "keys": [made.as_json()], "findings": []}


@router.post("/keys/upload")
def upload(request: HttpRequest, payload: UploadIn) -> dict[str, Any]:
    key = signing_keys.upload(caller_of(request), payload.domain, payload.pem, payload.use, payload.selector)
    return {"outcome": "applied", "keys": [key.as_json()], "findings": []}


@router.post("/keys/rotate")
def rotate(request: HttpRequest, payload: RotateIn) -> dict[str, Any]:
    """A new key for every one that signs now; the old ones sign until DNS answers with the new ones."""
    made = signing_keys.rotate(caller_of(request), payload.domain, payload.use)
    return {"outcome": "applied", "keys": [key.as_json() for key in made], "findings": []}


@router.post("/keys/{domain}/{selector}/withdraw")
def withdraw(request: HttpRequest, domain: str, selector: str) -> dict[str, Any]:
    """Take a key out of use: one that signs stops, and its record stays for a week; any other one's record goes now."""
    key = signing_keys.withdraw(caller_of(request), domain, selector)
    return {"outcome": "applied", "keys": [key.as_json()], "findings": []}


@router.get("/keys/{domain}/{selector}/private", response={200: None})
def private(request: HttpRequest, domain: str, selector: str) -> HttpResponse:
    """The private key in PEM, for root of the machine alone: a page asks an operator for his password again. Every look
    is in the audit trail."""
    caller = caller_of(request)
    if caller.via != "socket":
        raise Denied
    text = signing_keys.private_pem(caller, domain, selector)
    return HttpResponse(text, content_type="application/x-pem-file", headers={"Cache-Control": "no-store"})


@router.get("/dns/needed")
def needed(request: HttpRequest, domain: str | None = None) -> dict[str, Any]:
    """The records that a domain needs, or all domains; texts unsplit."""
    caller = caller_of(request)
    return {"records": [record.as_json(caller.language) for record in zones.needed_records(caller, domain)]}


class DomainIn(Schema):
    """A hosted domain; none: all of them."""

    domain: str | None = None


@router.post("/dns/check")
def check(request: HttpRequest, payload: DomainIn) -> dict[str, Any]:
    """How the records stand at every authoritative name server, asked now."""
    caller = caller_of(request)
    return _found(zone_checks.check(caller, payload.domain), caller.language)


@router.post("/dns/publish")
def publish(request: HttpRequest, payload: DomainIn) -> dict[str, Any]:
    """Publish what is needed where this server has write access, and say how it stands then."""
    caller = caller_of(request)
    return _found(zone_checks.publish(caller, payload.domain), caller.language)


@router.get("/dns/primaries")
def primaries(request: HttpRequest) -> dict[str, Any]:
    """Primary name servers on this machine whose keys could be used; no secrets."""
    return {"primaries": zone_checks.primaries(caller_of(request))}


def _found(domains: list[DomainZone], language: str) -> dict[str, Any]:
    return {
        "domains": [each.as_json() for each in domains],
        "records": [
            {
                **found.record.as_json(language),
                "state": found.state,
                "published": list(found.published),
                "remark": found.remark.in_(language) if found.remark else None,
                # Each name server's own answer where they differ; what an SPF record costs, where that was counted.
                "servers": [
                    {"server": told.server, "state": told.state, "published": list(told.published)}
                    for told in found.told
                ],
                "look_ups": found.cost.as_json() if found.cost else None,
            }
            for each in domains
            for found in each.records
        ],
        "findings": [finding.as_json(language) for each in domains for finding in each.findings],
    }
