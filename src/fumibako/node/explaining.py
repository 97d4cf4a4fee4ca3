"""Explaining: the clone's own answer, the rule that decided, and the route.

The clone says what happens; the walk through the same checks says why. Where the two do not agree the reply alone is told:
a wrong reason would be worse than none.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Final

from fumibako.document.render import listener_checks, smtp_listener
from fumibako.document.settings import Settings, parse
from fumibako.features.basics.listeners import Listener
from fumibako.features.relay.routes import route_for
from fumibako.mail.dns_list import parse_dns_list
from fumibako.node.asking import Where, asked_enough, clone
from fumibako.node.candidate import candidate
from fumibako.node.node import Node
from fumibako.node.reverse_name import verified
from fumibako.node.session import inquire
from fumibako.node.sources import Sources, SourcesAway
from fumibako.node.trial import boot, clear_up, not_tried
from fumibako.node.trouble import Trouble
from fumibako.node.unknowns import unknowns
from fumibako.plan.explanation import Deciding, Explanation, Step, verdict_of
from fumibako.plan.inquiry import Inquiry, Name, last_word, script
from fumibako.plan.route import Hop, route
from fumibako.plan.transcript import Transcript
from fumibako.plan.walk import Asked, Unreadable, Walk, is_loopback, listed, walk
from fumibako.schema.codec import shown
from fumibako.schema.text import Text
from fumibako.wire.console import Run

log = logging.getLogger("fumibako.node")

_OFF: Final = Text("{service} is off: it answers nobody.", "{service} はオフなので応答しません。")
_NOTHING: Final = Text("Nothing serves yet.", "まだ何も動いていません。")
_CANNOT_LOG_IN: Final = Text(
    "{entry} cannot log in: there is no such account, it is switched off, or it has no password.",
    "{entry} はログインできません。アカウントがないか、オフになっているか、パスワードがありません。",
)
_NO_LOG_IN: Final = Text("Nobody can log in on this service.", "このサービスでは SMTP 認証ができません。")
_SERVED: Final = Text(
    "{entry} is served here, and nothing stands against the message.",
    "{entry} はこのサーバーの宛先で、拒否する規則もありません。",
)
_ITSELF: Final = Text("This machine itself may always send.", "このサーバー自身からは、いつでも送信できます。")
_ALSO: Final = Text("{said} So says {others}.", "{said} ({others} にも該当します)")
_REPLY_ALONE: Final = Text("The server's reply says why: {reply}", "理由はサーバーの応答のとおりです: {reply}")
_NO_ANSWER: Final = Text("The server did not answer ({why}).", "サーバーが応答しませんでした ({why})。")

_LISTED: Final = re.compile(r"is listed by ([^,; ]+)")


async def explain_live(node: Node, inquiry: Inquiry) -> Explanation:
    """What serves now. Raises as `explain`, and `Trouble` where nothing serves."""
    serving = await asyncio.to_thread(node.state.serving)
    if serving is None or serving.generation is None:
        raise Trouble("nothing-serves", _NOTHING)
    return await explain(node, "live", serving.generation, parse(serving.settings), inquiry)


async def explain_candidate(node: Node, run: Run, inquiry: Inquiry) -> Explanation:
    """The candidate of a run, in its namespace. Raises as `explain`, and what a trial raises."""
    found = await candidate(node, run)
    try:
        if found.new_files:
            await node.link.ask(lambda applier: applier.write(found.generation, found.files))
        if (why_not := not_tried(run, found)) is not None:
            raise Trouble("not-tried", why_not)
        await boot(node, found)
        return await explain(node, "trial", found.generation, parse(run.settings), inquiry)
    finally:
        await clear_up(node, found)


async def explain(
    node: Node,
    where: Where,
    generation: int,
    settings: Settings,
    inquiry: Inquiry,
    name: Name | None = None,
) -> Explanation:
    """The client has this `name`, or the one that it is found to have. Raises `Trouble` for a service that is off, and what the link raises."""
    listener = smtp_listener(settings, inquiry.service)
    if listener is None:
        raise Trouble("service-off", _OFF.with_(service=inquiry.service))
    sources = Sources(node.home, where, generation)
    if name is None:
        matters = await asyncio.to_thread(_name_matters, sources, listener, inquiry)
        name = await verified(inquiry.client) if matters else Name()
    refused = await asyncio.to_thread(refused_at_log_in, sources, listener, inquiry)
    if refused is not None:
        return refused
    said = await inquire(inquiry.service, await clone(node.link, where, inquiry.service), script(inquiry, name))
    if where == "live":
        await asked_enough(node.link)
    return await asyncio.to_thread(_explained, node, where, sources, settings, listener, inquiry, name, said)


def _name_matters(sources: Sources, listener: Listener, inquiry: Inquiry) -> bool:
    """Whether a client's name decides anything, or stands in the reply (who has to log in is called by it)."""
    with sources:
        return (listener.auth == "required" and not inquiry.login) or sources.has_names()


def refused_at_log_in(sources: Sources, listener: Listener, inquiry: Inquiry) -> Explanation | None:
    """What ends before MAIL; XCLIENT would believe any name."""
    if not inquiry.login:
        return None
    if listener.auth == "none":
        section = f"basics.services.{listener.name}.auth"
        reply = "503 5.5.1 Error: authentication not enabled"
        return Explanation(inquiry, "reject", reply, Deciding(section, "", _NO_LOG_IN))
    with sources:
        if sources.may_log_in(inquiry.login):
            return None
    text = _CANNOT_LOG_IN.with_(entry=inquiry.login)
    reply = "535 5.7.8 Error: authentication failed"
    return Explanation(inquiry, "reject", reply, Deciding("accounts", inquiry.login, text))


def _explained(
    node: Node,
    where: Where,
    sources: Sources,
    settings: Settings,
    listener: Listener,
    inquiry: Inquiry,
    name: Name,
    said: Transcript,
) -> Explanation:
    reply, code = last_word(said)
    verdict = verdict_of(code)
    with sources:
        walked = _walked(node, sources, settings, listener, inquiry, name)
        if walked is not None and reply and walked.agrees_with(reply):
            rule = _deciding(walked, inquiry, listener, settings, sources)
            # The recipient's stage asks again who may send anywhere.
            once: dict[str, Asked] = {}
            for each in walked.asked:
                once.setdefault(each.check.words, each)
            steps = tuple(Step(each.check.origin.title, _section(each, listener), each.fate) for each in once.values())
        else:
            if walked is not None:
                log.warning("explain: the walk says %s, the server %r", walked.decisive, reply)
            why = _REPLY_ALONE.with_(reply=shown(reply)) if reply else _NO_ANSWER.with_(why=said.trouble or "—")
            rule, steps = Deciding("", "", why), ()
        hops: tuple[Hop, ...] = ()
        if verdict == "accept":
            hops = tuple(_placed(hop, inquiry, settings) for hop in route(inquiry.sender, inquiry.recipient, sources))
        unknown = unknowns(
            settings,
            listener,
            name,
            accepted=verdict == "accept",
            ours=walked is not None and walked.permitted,
            logged_in=bool(inquiry.login),
            trial=where == "trial",
        )
    return Explanation(inquiry, verdict, reply, rule, steps, hops, unknown, name.verified)


def _walked(
    node: Node, sources: Sources, settings: Settings, listener: Listener, inquiry: Inquiry, name: Name
) -> Walk | None:
    try:
        return walk(listener_checks(settings, node.home, listener), inquiry, name, sources)
    except (Unreadable, SourcesAway) as error:
        log.warning("explain: %s", error)
        return None


def _section(asked: Asked, listener: Listener) -> str:
    return asked.check.origin.section.format(service=listener.name)


def _deciding(walked: Walk, inquiry: Inquiry, listener: Listener, settings: Settings, sources: Sources) -> Deciding:
    asked = walked.decisive
    if asked is None:
        return _served(inquiry, sources)
    section, said = _section(asked, listener), asked.check.origin.decided
    match section:
        case "access.permitted_clients":
            if asked.check.words == "permit_mynetworks":
                return _by_address(section, said, inquiry.client, sources)
            entry = asked.key.removeprefix(".")
        case "spam.blocked_senders":
            entry = asked.key if "@" in asked.key else f"@{asked.key}"
        case "spam.dns_blocklists":
            entry = _list_entry(asked.action, settings)
        case "accounts" | "quotas":
            entry = asked.key or inquiry.recipient
        case "domains" | "authentication.own_addresses_only":
            entry = asked.key
        case _:
            entry = ""
    return Deciding(section, entry, said.with_(entry=shown(entry)))


def _served(inquiry: Inquiry, sources: Sources) -> Deciding:
    """Nothing stood against it: what makes the recipient one of ours."""
    alias = next((hop for hop in route(inquiry.sender, inquiry.recipient, sources) if hop.kind == "alias"), None)
    if alias is None and not listed(inquiry.recipient, sources):
        return Deciding("", "", _SERVED.with_(entry=inquiry.recipient))
    section, entry = (alias.section, alias.entry) if alias else ("accounts", inquiry.recipient)
    return Deciding(section, entry, _SERVED.with_(entry=shown(inquiry.recipient)))


def _by_address(section: str, said: Text, client: str, sources: Sources) -> Deciding:
    if is_loopback(client):
        return Deciding(section, "", _ITSELF)
    entry, *others = sources.clients_covering(client)
    text = said.with_(entry=entry)
    if others:
        text = _ALSO.with_(said=text, others=", ".join(others[:5]))
    return Deciding(section, entry, text)


def _list_entry(action: str, settings: Settings) -> str:
    """The entry of the first list that is named in a refusal."""
    named = _LISTED.search(action)
    entries = [each for each in settings.spam.dns_blocklists if named and parse_dns_list(each).name == named[1]]
    return entries[0] if entries else named[1] if named else ""


def _placed(hop: Hop, inquiry: Inquiry, settings: Settings) -> Hop:
    """A relay's hop with the route that says so."""
    if hop.kind != "relay":
        return hop
    routed = route_for(settings.relay, inquiry.sender, hop.address)
    if routed is None or routed.nexthop != hop.nexthop:
        return hop
    section = {"default": "relay.default", "domain": "relay.domains", "sender": "relay.senders"}[routed.kind]
    return Hop("relay", hop.address, hop.nexthop, section, routed.key)
