"""The verdict against RFC 9989 §4.7 and §4.10 written down a second time, plainly, over random zones."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from fumibako.mailauth.author import Author
from fumibako.mailauth.dmarc.evaluate import Identifier, evaluate
from tests.mailauth.zone import Record, Zone, run

POLICIES = ["none", "quarantine", "reject"]
ODD = [
    "v=dmarc1; p=reject", "v=DMARC1 p=reject", " v=DMARC1; p=reject", "v = DMARC1 ; p = reject", "v=DMARC1", "v=DMARC1;",
    "v=DMARC1; p=foo", "v=DMARC1; p=foo; rua=mailto:a@b", "v=DMARC1; sp=foo; p=reject", "v=DMARC1; rua=mailto:a@b",
    "v=DMARC1; p=reject; np=zz; rua=mailto:x@y", "v=DMARC1; p=reject; rua=zzz", "v=DMARC1; P=REJECT", "hello",
    "V=DMARC1; p=reject", "v=DMARC1; p=reject;;", "v=DMARC1; p=none; p=reject", "v=DMARC1; p=quarantine; pct=0",
]  # fmt: skip


class ByTheLetter:
    def __init__(self, names: dict[str, list[Record]]) -> None:
        self.names = names

    def records(self, domain: str) -> list[dict[str, str]]:
        texts = [str(value) for kind, value in self.names.get(f"_dmarc.{domain}", []) if kind == "TXT"]
        found = []
        for text in texts:
            if re.match(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(;|$)", text):
                tags: dict[str, str] = {}
                for part in text.split(";"):
                    name, equals, value = part.partition("=")
                    if equals:
                        tags.setdefault(name.strip().lower(), value.strip().lower())
                found.append(tags)
        return found

    def walk(self, domain: str) -> list[tuple[str, dict[str, str]]]:
        labels = domain.split(".")
        rest = labels[1:] if len(labels) < 8 else labels[-7:]
        found = []
        for name in [domain, *(".".join(rest[place:]) for place in range(len(rest)))]:
            records = self.records(name)
            if len(records) == 1:
                found.append((name, records[0]))
                if records[0].get("psd") in {"y", "n"}:
                    break
        return found

    def organization(self, domain: str) -> str:
        found = self.walk(domain)
        for name, tags in found:
            if tags.get("psd") == "n":
                return name
            if tags.get("psd") == "y" and name != domain:
                return ".".join(domain.split(".")[-name.count(".") - 2 :])
        return found[-1][0] if found else domain

    def verdict(self, author: str, identifiers: list[Identifier]) -> tuple[str, str | None]:
        found, organization = dict(self.walk(author)), self.organization(author)
        suffix = next((name for name, tags in found.items() if tags.get("psd") == "y"), None)
        place = author if author in found else organization if organization in found else suffix
        if place is None:
            return "none", None
        tags = found[place]
        policy = tags.get("p", "")
        if policy not in POLICIES or any(name in tags and tags[name] not in POLICIES for name in ("sp", "np")):
            if not tags.get("rua", "").startswith("mailto:"):
                return "none", None
            policy = "none"
        elif place != author:
            exists = any(name == author or name.endswith(f".{author}") for name in self.names)
            policy = tags.get("sp", policy) if exists else tags.get("np", tags.get("sp", policy))
        if tags.get("t") == "y":
            policy = POLICIES[max(0, POLICIES.index(policy) - 1)]
        for each in identifiers:
            strict = tags.get("aspf" if each.method == "spf" else "adkim") == "s"
            same = each.domain == author or (not strict and self.organization(each.domain) == organization)
            if each.status == "pass" and same:
                return "pass", policy
        return "fail", policy


def text(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return chance.choice(ODD)
    tags = f"v=DMARC1; p={chance.choice(POLICIES)}"
    more: dict[str, Any] = {"sp": POLICIES, "np": POLICIES, "adkim": "rs", "aspf": "rs", "psd": "ynu", "t": "yn"}
    return tags + "".join(f"; {name}={chance.choice(of)}" for name, of in more.items() if chance.random() < 0.3)


def name(chance: random.Random, labels: int) -> str:
    return ".".join([*(chance.choice("ab") for _ in range(labels - 2)), chance.choice(["ex", "ey"]), "com"])


@pytest.mark.parametrize("seed", range(8))
def test_the_verdict_is_the_letters(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(400):
        author = name(chance, chance.choice([2, 2, 3, 3, 4, 5, 7, 8, 9, 10]))
        above = [author.split(".", place)[-1] for place in range(author.count(".") + 1)]
        domains = [chance.choice([*above, f"q.{author}", name(chance, chance.choice([2, 3, 4, 8]))]) for _ in range(2)]
        identifiers = [
            Identifier(chance.choice(["spf", "dkim"]), domain, chance.choice(["pass", "pass", "fail"]))
            for domain in domains
        ]
        names: dict[str, list[Record]] = {}
        for each in {*above, *(d.split(".", place)[-1] for d in domains for place in range(d.count(".") + 1))}:
            if chance.random() < 0.4:
                names[f"_dmarc.{each}"] = [("TXT", text(chance)) for _ in range(1 + (chance.random() < 0.05))]
            if chance.random() < 0.3:
                names[each] = [("A", "192.0.2.1")]
        found = run(evaluate(Author((author,)), identifiers, Zone(names)))
        assert (found.status, found.policy) == ByTheLetter(names).verdict(author, identifiers), (author, names)
