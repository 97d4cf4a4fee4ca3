"""A route in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fumibako.features.relay.routes import nexthop
from fumibako.features.relay.section import Route
from fumibako.schema.codec import shown
from fumibako.schema.place import Json
from fumibako.schema.text import Text

TLS: Final = {
    "none": Text("without TLS", "TLS なし"),
    "opportunistic": Text("TLS where offered", "TLS 可能なら使用"),
    "required": Text("verified TLS", "TLS 強制・証明書を検証"),
}
_LOG_IN: Final = Text("log-in as {user}", "{user} でログイン")


def route_words(value: Mapping[str, Json]) -> Text:
    """`192.168.12.34:1025`, and what is not usual about it."""
    route = Route.model_validate(value)
    words = [Text(place(route), place(route))]
    if route.username or route.tls is not None:
        words.append(TLS[route.tls_level])
    if route.username:
        words.append(_LOG_IN.with_(user=shown(route.username)))
    return Text(", ".join(word.en for word in words), "、".join(word.ja for word in words))


def place(route: Route) -> str:
    """Host and port as people write them: brackets around an IPv6 address alone."""
    if ":" in route.host:
        return shown(nexthop(route.host, route.port))
    return shown(f"{route.host}:{route.port}")
