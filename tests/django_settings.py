"""The console's own settings over a home in a temporary directory, for tests."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="fumibako-console-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
for _part in ("console", "run", "log"):
    (_home / _part).mkdir()
(_home / "console" / "sealing.key").write_bytes(b"0123456789abcdef0123456789abcdef")
# Any 32 octets are somebody's public key.
(_home / "sealing.pub").write_text("ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n")
(_home / "home.json").write_text(
    json.dumps(
        {
            "format": 1,
            "port_base": 20000,
            "listen": ["127.0.0.1"],
            "hostname": "mail.example.jp",
            "created": "2026-11-24T00:00:00+00:00",
            "console_listen": ["127.0.0.1"],
        }
    )
)
_before = os.environ.get("FUMIBAKO_HOME")
os.environ["FUMIBAKO_HOME"] = str(_home)

from fumibako.console.settings import *  # noqa: E402, F403
from fumibako.console.settings import DATABASES  # noqa: E402

# Other tests start programs; they must not take this home for theirs.
del os.environ["FUMIBAKO_HOME"]
if _before is not None:
    os.environ["FUMIBAKO_HOME"] = _before

# A file, not memory: threads then wait for each other as they do in the real thing.
# It need not survive a power cut.
DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
DATABASES["default"]["TEST"] = {"NAME": str(_home / "test.db")}

if _dsn := os.environ.get("FUMIBAKO_TEST_POSTGRES"):
    from psycopg.conninfo import conninfo_to_dict

    _parts = conninfo_to_dict(_dsn)
    DATABASES["default"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _parts.get("dbname", "postgres"),
        "USER": _parts.get("user", ""),
        "PASSWORD": _parts.get("password", ""),
        "HOST": _parts.get("host", ""),
        "PORT": str(_parts.get("port", "")),
    }
