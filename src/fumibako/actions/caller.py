"""Who asks for something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fumibako.schema.text import Language
from fumibako.store.models import ApiToken, Operator

Power = Literal["server_admin", "domain_admin", "account_holder", "agent", "nobody"]
Scope = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Caller:
    """`who` is the name in history and audit, `owner` the key of the caller's draft, `language` what messages are
    answered in, `via` how he showed who he is. `domains` are those whose rows he sees and changes, None all of them;
    `account` is the address of an account holder."""

    who: str
    power: Power
    owner: str
    language: Language = "en"
    scope: Scope = "write"
    via: Literal["socket", "token", "session", "none"] = "none"
    network: str = ""
    operator_id: int | None = None
    domains: frozenset[str] | None = None
    account: str | None = None


NOBODY = Caller("", "nobody", "", domains=frozenset())


def root(language: Language = "en") -> Caller:
    """Root of this machine, through the Unix socket."""
    return Caller("root", "server_admin", "root", language, via="socket")


def agent(language: Language = "en") -> Caller:
    """The node agent, through the Unix socket."""
    return Caller("node", "agent", "", language, via="socket")


def by_operator(operator: Operator, language: Language, network: str = "") -> Caller:
    """An operator with a session."""
    power: Power = power_of(operator.role)
    return Caller(
        operator.username,
        power,
        f"operator/{operator.pk}",
        language,
        via="session",
        network=network,
        operator_id=operator.pk,
        domains=_domains(power, operator),
    )


def by_account(address: str, language: Language, network: str = "") -> Caller:
    """An account holder with a session: nobody's rows but the own one are his."""
    return Caller(
        address,
        "account_holder",
        f"account/{address}",
        language,
        via="session",
        network=network,
        domains=frozenset(),
        account=address,
    )


def by_token(token: ApiToken, language: Language, network: str = "") -> Caller:
    """The bearer of a token: never more than its operator may do now."""
    maker = token.operator
    power = power_of(token.role)
    if maker is not None and maker.role != token.role:
        power = "nobody" if "account_holder" in {maker.role, token.role} else "domain_admin"
    who = f"{maker.username if maker else 'root'} ({token.name})"
    owner = f"operator/{maker.pk}" if maker else "root"
    scope: Scope = "write" if token.scope == "write" else "read"
    number = maker.pk if maker else None
    return Caller(who, power, owner, language, scope, "token", network, number, _domains(power, maker))


def _domains(power: Power, operator: Operator | None) -> frozenset[str] | None:
    if power == "server_admin":
        return None
    return frozenset(operator.domains.values_list("name", flat=True)) if operator is not None else frozenset()


def power_of(role: str) -> Power:
    match role:
        case "server_admin":
            return "server_admin"
        case "domain_admin":
            return "domain_admin"
        case "account_holder":
            return "account_holder"
    return "nobody"
