"""A message that somebody brings is checked as the client that the server would take it for."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from pathlib import Path, PurePosixPath

from fumibako.document.lookups import SCHEMA
from fumibako.layout import Home
from fumibako.node.message_check import message_checked
from tests.document.network import name_server, private_network

RECORDS = [
    "mail.partner.example. A 192.0.2.10",
    "10.2.0.192.in-addr.arpa. PTR mail.partner.example.",
    "12.2.0.192.in-addr.arpa. PTR mail.partner.example.",
]


def home_with(tmp_path: Path, *names: str) -> Home:
    home = Home(PurePosixPath(tmp_path))
    Path(home.lookup_db).parent.mkdir(parents=True)
    database = sqlite3.connect(home.lookup_db)
    database.executescript(SCHEMA["lookup"])
    database.executemany("INSERT INTO permitted_names VALUES (?)", [(name,) for name in names])
    database.commit()
    database.close()
    return home


def standing(home: Home, client: str) -> str:
    message = base64.b64encode(b"From: a@example.jp\r\n\r\nHello.\r\n").decode()
    asked = {"message": message, "client": client, "helo": "", "from": "", "login": ""}
    return str(asyncio.run(message_checked(home, asked))["standing"])


def test_a_client_that_is_permitted_by_its_verified_name_is_taken_for_permitted(tmp_path: Path) -> None:
    with private_network("192.0.2.10"), name_server(RECORDS):
        home = home_with(tmp_path, ".partner.example")
        assert standing(home, "192.0.2.10") == "permitted"
        assert standing(home, "192.0.2.12") == "outside"  # its name does not lead back
        assert standing(home, "192.0.2.13") == "outside"
