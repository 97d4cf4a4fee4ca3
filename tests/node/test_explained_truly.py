"""What is explained is what then happens: generated settings and questions, and a real session for each.

One server runs; the look-ups are changed between the questions, as an apply of look-ups changes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fumibako.plan.inquiry import Inquiry
from fumibako.schema.edit import Edit
from fumibako.schema.place import planted
from tests.node.world import CLIENTS, EDITS, FORGED, HONEST, INQUIRIES, LISTED, World, a_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world() as made:
        yield made


def agree(world: World, inquiry: Inquiry) -> None:
    found, reply = world.explained(inquiry), world.happens(inquiry)
    if reply.startswith(("503", "535")):  # to AUTH: Postfix adds what Dovecot says
        assert found.reply[:9] == reply[:9], (inquiry, found.reply, reply)
    else:
        assert found.reply == reply, (inquiry, found.reply, reply)
    assert found.verdict == {"2": "accept", "4": "defer", "5": "reject"}[reply[0]], inquiry
    assert found.rule.section, (inquiry, found.reply, "the walk and the server do not agree")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.sampled_from(EDITS), unique_by=lambda edit: edit.place, max_size=10),
    inquiries=st.lists(INQUIRIES, min_size=4, max_size=6),
    full=st.booleans(),
)
def test_a_real_session_gets_what_was_explained(
    world: World, edits: list[Edit], inquiries: list[Inquiry], full: bool
) -> None:
    world.fill(20 << 20 if full else 0)
    with world.edited(edits):
        for inquiry in inquiries:
            agree(world, inquiry)


@pytest.mark.parametrize("changes", [{"services__smtp__behind_scanner": True}, {"services__smtp__auth": True}])
def test_other_listeners_are_explained_as_truly(world: World, changes: dict[str, object]) -> None:
    tree = world.server.settings(**changes, services__submission__auth_required=False, services__submission__tls="none")
    tree = planted(tree, ("spam", "dns_blocklists"), ["bl.list.example"])
    other = replace(world, tree=tree)
    world.server.install(tree)
    try:
        permitted = [edit for edit in EDITS if edit.place[0] == "access"]
        with world.edited(permitted):
            for client in [*CLIENTS, "127.0.0.1"]:
                for service in ("smtp", "submission"):
                    for recipient in ("x@elsewhere.example", "hanako@example.test"):
                        agree(other, Inquiry("other@far.example", recipient, client, "client.example", "", service))
    finally:
        world.server.install(world.tree)


def test_who_cannot_log_in_hears_what_was_explained(world: World) -> None:
    # Once only: Dovecot makes an address wait longer after each failure.
    agree(
        world,
        Inquiry(
            "taro@example.test", "x@elsewhere.example", CLIENTS[0], login="taro@example.test", service="submission"
        ),
    )


def test_a_client_on_a_block_list_is_told_the_list(world: World) -> None:
    found = world.explained(Inquiry("a@far.example", "taro@example.test", LISTED))
    assert (found.rule.section, found.rule.entry) == ("spam.dns_blocklists", "bl.list.example")
    assert found.verdict == "reject"


def test_a_verified_name_is_found_and_a_forged_one_is_not(world: World) -> None:
    with world.edited([Edit(("access", "permitted_clients", "partner.example"), None, True)]):
        asked = Inquiry("a@far.example", "x@elsewhere.example", HONEST)
        found = world.explained(asked)
        assert (found.verdict, found.rule.entry, found.client_name) == (
            "accept",
            "partner.example",
            "mail.partner.example",
        )
        assert world.explained(replace(asked, client=FORGED)).verdict == "reject"
