"""Which daemons have to be told, and whose sessions that ends.

As little as is true: a look-up row needs nobody told, an option needs a reload, and only what a daemon reads once in its
life needs a restart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fumibako.formats import dovecot23, main_cf
from fumibako.formats.dovecot23 import FromFile
from fumibako.formats.malformed import Malformed
from fumibako.plan.behaviour import Listener
from fumibako.plan.questions import protocol
from fumibako.plan.report import FileChange, Reload
from fumibako.schema.edit import Edit
from fumibako.schema.text import Text, plain

# `postfix reload` answers a change of these with "to change inet_interfaces, stop and start Postfix"; the directories
# hold the sockets of the processes that run.
_POSTFIX_RESTART: Final = ("inet_interfaces", "inet_protocols", "queue_directory", "data_directory")
# Dovecot's master reads these once: where its sockets are and as whom its processes run.
_DOVECOT_RESTART: Final = ("base_dir", "state_dir", "instance_name", "default_internal_user", "default_login_user")


def needed(
    changes: Sequence[FileChange], before: Mapping[str, str], after: Mapping[str, str], edits: Iterable[Edit]
) -> dict[str, Reload]:
    """What each daemon needs."""
    postfix: Reload = "none"
    dovecot: Reload = "none"
    if remembered(edits):
        postfix = "reload"
    paths = {change.path for change in changes}
    if any(path.startswith("postfix/") for path in paths):
        old, new = _postfix(before), _postfix(after)
        postfix = "restart" if _differ(old, new, _POSTFIX_RESTART) else "reload"
    if any(path.startswith("dovecot/") for path in paths):
        old, new = _dovecot(before), _dovecot(after)
        dovecot = "restart" if _differ(old, new, _DOVECOT_RESTART) else "reload"
    return {"postfix": postfix, "dovecot": dovecot}


def remembered(edits: Iterable[Edit]) -> list[Edit]:
    """The edits of what Postfix's processes remember though it stands in look-ups: smtpd(8) the class of an address's
    domain for as long as it lives, qmgr(8) for half a minute where it sent the last message from and to the same two."""
    return [each for each in edits if each.chapter == "relay" or (each.chapter == "domains" and len(each.place) == 2)]


def _differ(old: Mapping[str, object], new: Mapping[str, object], names: Iterable[str]) -> bool:
    return any(old.get(name) != new.get(name) for name in names)


def _postfix(files: Mapping[str, str]) -> Mapping[str, object]:
    return main_cf.parse(files["postfix/main.cf"]).parameters() if "postfix/main.cf" in files else {}


def _dovecot(files: Mapping[str, str]) -> Mapping[str, object]:
    text = files.get("dovecot/dovecot.conf")
    if text is None:
        return {}
    try:
        conf = dovecot23.parse(text)
    except Malformed:  # the other dialect: judged by its lines
        lines = (line.partition(" = ") for line in text.splitlines() if not line.startswith(("#", " ")))
        return {name: value for name, _, value in lines}
    return {name: _plain(conf.setting(name)) for name in _DOVECOT_RESTART}


def _plain(value: str | FromFile | None) -> object:
    return value


_CUT: Final = Text("sessions of {services}", "{services} のセッション")


def sessions_cut(before: Sequence[Listener], after: Sequence[Listener], reload: Mapping[str, Reload]) -> Text | None:
    """Whose open sessions the change ends. Postfix ends those of a service whose address or port goes; Dovecot's
    sessions outlive a reload."""
    stays = {(each.service, each.at) for each in after if each.enabled}
    cut = []
    for listener in before:
        daemon = "postfix" if protocol(listener.service) == "smtp" else "dovecot"
        gone = daemon == "postfix" and (listener.service, listener.at) not in stays
        if listener.enabled and (gone or reload.get(daemon) == "restart") and listener.label not in cut:
            cut.append(listener.label)
    return _CUT.with_(services=plain(", ".join(cut))) if cut else None
