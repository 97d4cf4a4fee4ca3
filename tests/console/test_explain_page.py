"""The page that says what would happen, as a browser uses it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from fumibako.actions import agent_link
from fumibako.actions.caller import Caller
from fumibako.plan.explanation import Deciding, Explanation, Step
from fumibako.plan.inquiry import Inquiry
from fumibako.plan.route import Hop
from fumibako.schema.finding import Finding
from fumibako.schema.text import Text, plain
from fumibako.store.models import Operator

REFUSED = Step(plain("Refused senders"), "spam.blocked_senders", "refused")
ASKED = {"from": "<b>@far.example", "to": "hanako@example.jp"}


class Agent:
    """Says what it is told to say, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.says: Explanation | list[Finding] | None = None

    def explain(self, request: dict[str, Any]) -> dict[str, Any] | None:
        self.asked.append(request)
        if self.says is None:
            return None
        if isinstance(self.says, list):
            return {"ok": False, "findings": [each.as_wire() for each in self.says]}
        return {"ok": True, **self.says.as_wire()}


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Agent:
    made = Agent()
    monkeypatch.setattr(agent_link, "explain", made.explain)
    return made


@pytest.fixture
def client(hanako: Caller) -> Client:
    made = Client(headers={"Accept-Language": "en"}, **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]
    made.force_login(Operator.objects.get(username="hanako"), "allauth.account.auth_backends.AuthenticationBackend")
    return made


def page(browser: Client, asked: dict[str, str], status: int = 200) -> str:
    answer = browser.get(f"/explain/?{urlencode(asked)}", secure=True)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_form_stands_there_before_anything_is_asked(client: Client, agent: Agent) -> None:
    shown = page(client, {})
    assert "What would happen?" in shown
    assert agent.asked == []


def test_a_refusal_names_its_rule_and_leads_to_it(client: Client, agent: Agent) -> None:
    reply = "554 5.7.1 <script>alert(1)</script>"
    rule = Deciding("spam.blocked_senders", "@far.example", Text("Mail from @far.example is refused.", "拒否"))
    agent.says = Explanation(Inquiry("a@far.example", "hanako@example.jp"), "reject", reply, rule, (REFUSED,))
    shown = page(client, {"from": "a@far.example", "to": "hanako@example.jp", "client": "192.0.2.7"})
    assert "It is refused" in shown
    assert 'href="/spam/?q=%40far.example"' in shown
    assert "&lt;script&gt;" in shown
    assert agent.asked[0]["inquiry"]["client"] == "192.0.2.7"


def test_the_route_is_drawn(client: Client, agent: Agent) -> None:
    hops = (
        Hop("alias", "office@example.jp", "x@far.example", "aliases", "office@example.jp"),
        Hop("relay", "x@far.example", "[192.168.12.34]:1025", "relay.domains", "far.example"),
    )
    agent.says = Explanation(
        Inquiry("", "office@example.jp"), "accept", "250 2.1.5 Ok", Deciding("", "", plain("well")), (), hops
    )
    shown = page(client, {"to": "office@example.jp"})
    assert "[192.168.12.34]:1025" in shown
    assert 'href="/relay/' in shown
    assert agent.asked[0]["inquiry"]["sender"] == ""


def test_what_is_wrong_stands_beside_its_field(client: Client, agent: Agent) -> None:
    shown = page(client, ASKED | {"client": "1.2.3"}, 422)
    assert "&lt;b&gt;" in shown
    assert "“1.2.3” is no IP address" in shown
    assert agent.asked == []


def test_a_silent_agent_is_said(client: Client, agent: Agent) -> None:
    assert "does not answer" in page(client, {"to": "hanako@example.jp"}, 422)
    agent.says = [Finding("service-off", "", Text("smtps is off.", "オフ"))]
    assert "smtps is off." in page(client, {"to": "hanako@example.jp", "service": "smtps"}, 422)
