"""The usage database: what Dovecot says of each mailbox, in the order in which it was said: how full it is, and when
somebody last logged in to it (`at`, in seconds since 1970).

Dovecot's dict process inserts and updates rows and knows nothing of the rest. Triggers give each change the next number,
so that whoever follows asks for `seq > n` and reads only what is new.
"""

from __future__ import annotations

from typing import Final

# `warned` is the agent's: which warning each mailbox has had. `epoch` tells a database that was made anew from the one before it: its numbers begin again.
USAGE_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS usage (
  username TEXT NOT NULL PRIMARY KEY,
  bytes INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS usage_seq ON usage (seq);
CREATE TABLE IF NOT EXISTS counter (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO counter (one, epoch, seq) VALUES (1, lower(hex(randomblob(8))), 0);
CREATE TABLE IF NOT EXISTS warned (username TEXT NOT NULL PRIMARY KEY, level INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS usage_came AFTER INSERT ON usage BEGIN
  UPDATE counter SET seq = seq + 1;
  UPDATE usage SET seq = (SELECT seq FROM counter) WHERE username = NEW.username;
END;
CREATE TRIGGER IF NOT EXISTS usage_changed AFTER UPDATE OF bytes, messages ON usage
WHEN NEW.bytes <> OLD.bytes OR NEW.messages <> OLD.messages BEGIN
  UPDATE counter SET seq = seq + 1;
  UPDATE usage SET seq = (SELECT seq FROM counter) WHERE username = NEW.username;
END;
CREATE TABLE IF NOT EXISTS log_ins (
  username TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS log_ins_seq ON log_ins (seq);
CREATE TRIGGER IF NOT EXISTS log_in_came AFTER INSERT ON log_ins BEGIN
  UPDATE counter SET seq = seq + 1;
  UPDATE log_ins SET seq = (SELECT seq FROM counter) WHERE username = NEW.username;
END;
CREATE TRIGGER IF NOT EXISTS log_in_changed AFTER UPDATE OF at ON log_ins WHEN NEW.at <> OLD.at BEGIN
  UPDATE counter SET seq = seq + 1;
  UPDATE log_ins SET seq = (SELECT seq FROM counter) WHERE username = NEW.username;
END;
"""
