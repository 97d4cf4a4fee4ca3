"""Whatever settings an administrator can have, the root process accepts what comes out."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fumibako.applier.grammar import offences_of
from fumibako.document.check import check
from fumibako.document.render import render
from fumibako.document.settings import parse
from fumibako.schema.codec import encode
from fumibako.schema.finding import errors
from fumibako.schema.option import DeclaredOption, declared
from fumibako.schema.place import planted
from tests.document import golden

BASE = {"basics": encode(golden.settings("basics: {}").basics)}
TEXT = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "hostname": st.sampled_from(["mail.example.jp", "a.b.c.example", "xn--r8jz45g.xn--zckzah"]),
    "primary_domain": st.sampled_from([None, "example.jp"]),
    "listen": st.lists(st.sampled_from(["0.0.0.0", "::", "127.0.0.1", "::1", "192.0.2.1"]), max_size=3),
    "tls.certificate": st.none(),
    "tls.key": st.none(),
    "content_filter": st.none() | st.just({"host": "127.0.0.1", "port": 9, "reinject_port": 10026}),
    "system_limits": st.dictionaries(
        st.sampled_from(["jiro", "o_saburo", "a-b"]), st.fixed_dictionaries({"quota_mb": st.integers(1, 5000)})
    ),
    "local_overrides": st.dictionaries(st.sampled_from(["mail_name", "smtpd_timeout", "smtpd_reject_footer"]), TEXT),
}


def value(option: DeclaredOption) -> st.SearchStrategy[Any]:
    if option.name in SPECIAL:
        return SPECIAL[option.name]
    match option.kind:
        case "switch":
            return st.booleans()
        case "choice":
            return st.sampled_from(option.choices)
        case "integer":
            return st.integers(*option.bounds)
        case _:
            return TEXT


OPTIONS = [
    each
    for each in declared(type(golden.settings("basics: {}").basics))
    if not each.name.startswith(("content_filter.", "milter_scanner"))
]
CHANGES = st.lists(
    st.sampled_from(OPTIONS).flatmap(lambda option: st.tuples(st.just(option), value(option))), max_size=8
)


@given(CHANGES)
@settings(deadline=None, max_examples=150)
def test_what_passes_the_checks_renders_and_is_accepted(changes: list[tuple[DeclaredOption, Any]]) -> None:
    tree: dict[str, Any] = dict(BASE)
    for option, chosen in changes:
        tree = planted(tree, ("basics", *option.path), chosen)
    wanted = parse(tree)
    if errors(check(wanted)):
        return
    facts = golden.facts(first_domain="example.jp")
    files = render(wanted, facts)
    assert offences_of(files, golden.HOME) == []
    assert render(wanted, facts) == files
