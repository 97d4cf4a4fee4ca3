"""The basic settings as a browser fills them in."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

from fumibako.actions import drafts
from fumibako.actions.caller import Caller
from fumibako.actions.checking import Wanted
from fumibako.schema.place import looked_up, read

LIMIT, PORT = "basics.message_size_limit", "basics.services.pop3.port"


def shown(client: Client) -> tuple[str, dict[str, str]]:
    """The page, and what its form would send if nothing were touched."""
    answer = client.get("/basics/", secure=True)
    assert answer.status_code == 200
    page = answer.content.decode()
    form = page[page.index('name="seen"') :]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}
    ticks = re.findall(r'<input type="checkbox"[^>]*name="([^"]+)" value="on"( checked)?', form)
    for name, checked in ticks:
        if not checked:
            del fields[name]
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        fields[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = html.unescape(text).replace("\n", "\r\n")
    for button in ("then", "undo", "use"):
        fields.pop(button, None)
    fields["seen"] = html.unescape(re.search(r'name="seen" value="([^"]*)"', page)[1])  # type: ignore[index]
    return page, fields


def post(client: Client, fields: dict[str, str], path: str = "/basics/") -> Any:
    answer: HttpResponse = client.post(path, fields, secure=True)  # type: ignore[assignment]
    return answer


def value(caller: Caller, path: str) -> Any:
    return looked_up(drafts.view(caller).settings, read(path))


def test_every_option_is_on_the_page(hanakos: Client) -> None:
    page, fields = shown(hanakos)
    for name in json.loads(fields["seen"]):
        assert f'id="f-{name}"' in page, name


def test_a_form_that_nobody_touched_changes_nothing(hanakos: Client, hanako: Caller) -> None:
    _, fields = shown(hanakos)
    assert post(hanakos, fields).status_code == 302
    assert drafts.listed(hanako) == []


def test_only_what_was_changed_is_staged(hanakos: Client, hanako: Caller) -> None:
    _, fields = shown(hanakos)
    assert post(hanakos, fields | {LIMIT: "2000", PORT: "1110"}).headers["Location"] == "/basics/"
    assert {each.path for each in drafts.listed(hanako)} == {LIMIT, PORT}
    page, _ = shown(hanakos)
    assert f'name="undo" value="{LIMIT}"' in page


def test_a_box_without_its_tick_is_off_and_one_with_it_is_on(hanakos: Client, hanako: Caller) -> None:
    _, fields = shown(hanakos)
    enabled, plain = "basics.services.pop3.enabled", "basics.services.pop3.plaintext_auth"
    assert fields.pop(enabled) == "on"
    post(hanakos, fields | {plain: "on"})
    assert value(hanako, enabled) is False
    assert value(hanako, plain) is True


def test_a_box_that_the_form_did_not_show_is_left_alone(hanakos: Client, hanako: Caller) -> None:
    post(hanakos, {LIMIT: "2000"})
    assert {each.path for each in drafts.listed(hanako)} == {LIMIT}


def test_a_bad_value_stands_beside_its_field_as_it_was_typed(hanakos: Client, hanako: Caller) -> None:
    _, fields = shown(hanakos)
    answer = post(hanakos, fields | {LIMIT: "10 メガ", PORT: "1110"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<a href="#f-{LIMIT}">' in page
    assert 'value="10 メガ"' in page
    assert 'value="1110"' in page
    assert f'name="use" value="{LIMIT}=10"' in page
    assert drafts.listed(hanako) == []
    assert post(hanakos, fields | {LIMIT: "10 メガ", PORT: "1110", "use": f"{LIMIT}=10"}).status_code == 302
    assert value(hanako, LIMIT) == 10
    assert value(hanako, PORT) == 1110


def test_what_changed_meanwhile_is_not_overwritten(hanakos: Client, hanako: Caller) -> None:
    _, fields = shown(hanakos)
    drafts.stage(hanako, [Wanted(LIMIT, 3000)])
    assert post(hanakos, fields | {PORT: "1110"}).status_code == 302
    assert value(hanako, LIMIT) == 3000
    answer = post(hanakos, fields | {LIMIT: "4000"})
    assert answer.status_code == 422
    assert value(hanako, LIMIT) == 3000


def test_taking_one_back_keeps_what_else_was_typed(hanakos: Client, hanako: Caller) -> None:
    drafts.stage(hanako, [Wanted(LIMIT, 3000)])
    _, fields = shown(hanakos)
    assert post(hanakos, fields | {"undo": LIMIT}).headers["Location"] == f"/basics/#f-{LIMIT}"
    drafts.stage(hanako, [Wanted(LIMIT, 3000)])
    answer = post(hanakos, fields | {"undo": LIMIT, PORT: "1110"})
    assert 'value="1110"' in answer.content.decode()
    assert drafts.listed(hanako) == []


def test_applying_makes_this_chapter_live_and_no_other(hanakos: Client, hanako: Caller) -> None:
    drafts.stage(hanako, [Wanted("domains/example.jp", {})])
    _, fields = shown(hanakos)
    assert post(hanakos, fields | {LIMIT: "2000", "then": "apply"}).headers["Location"].startswith("/runs/")
    assert drafts.counts(hanako) == {"domains": 1}


def test_a_scanner_is_one_edit_and_is_switched_off_as_one(hanakos: Client, hanako: Caller) -> None:
    scanner = "basics.content_filter"
    _, fields = shown(hanakos)
    post(hanakos, fields | {scanner: "on", f"{scanner}.port": "10225"})
    assert value(hanako, scanner) == {"host": "127.0.0.1", "port": 10225, "reinject_port": 10026}
    _, fields = shown(hanakos)
    answer = post(hanakos, fields | {f"{scanner}.port": "x"})
    assert answer.status_code == 422
    assert f'<a href="#f-{scanner}.port">' in answer.content.decode()
    _, fields = shown(hanakos)
    del fields[scanner]
    post(hanakos, fields)
    assert value(hanako, scanner) is None


def test_own_parameters_are_lines(hanakos: Client, hanako: Caller) -> None:
    _, fields = shown(hanakos)
    own = "basics.local_overrides"
    post(hanakos, fields | {own: "smtpd_timeout = 120s\r\n"})
    assert value(hanako, own) == {"smtpd_timeout": "120s"}
    answer = post(hanakos, shown(hanakos)[1] | {own: "smtpd_timeout = 120s\r\nsmtpd_timout = 1s"})
    assert answer.status_code == 422
    assert 'name="use"' not in answer.content.decode()
    post(hanakos, shown(hanakos)[1] | {own: ""})
    assert value(hanako, own) == {}


def test_domains_are_added_from_here_too(hanakos: Client, hanako: Caller) -> None:
    answer = post(hanakos, {"domain": "Example.ORG"}, "/basics/?domains")
    assert answer.headers["Location"] == "/basics/?fresh=example.org#domains"
    wrong = post(hanakos, {"domain": "exa..mple"}, "/basics/?domains")
    assert wrong.status_code == 422
    assert 'value="exa..mple"' in wrong.content.decode()


def test_nonsense_is_no_accident(hanakos: Client, hanako: Caller) -> None:
    for seen in ("[]", "{", '{"x": 1, "": 2, "basics": {}}', '{"basics.listen": 3, "basics.local_overrides": []}'):
        assert post(hanakos, {"seen": seen, "basics.listen": "x", "use": "="}).status_code in (302, 422)
    assert drafts.listed(hanako) == []
