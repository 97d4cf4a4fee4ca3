"""The home: one directory that holds all of one mail server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

# Unix socket paths end at 107 bytes; Dovecot's longest below a home is `server/dovecot/login/…` with some 35.
LONGEST_ROOT: Final = 70

CONSOLE_USER: Final = "fumibako"
NODE_USER: Final = "fumibako-node"
FILTER_USER: Final = "fumibako-filter"
MAIL_USER: Final = "fumibako-mail"


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below `root`, an absolute path without symbolic links."""

    root: PurePosixPath

    @property
    def facts(self) -> PurePosixPath:
        """home.json: what was fixed when the home was made (port base, listen addresses, host name)."""
        return self.root / "home.json"

    # What Postfix and Dovecot touch. A trial mounts `trial` over `server`, so the candidate's files are the very ones
    # that will be installed.
    @property
    def server(self) -> PurePosixPath:
        return self.root / "server"

    @property
    def trial(self) -> PurePosixPath:
        return self.root / "trial"

    @property
    def current(self) -> PurePosixPath:
        """The link to the generation that serves."""
        return self.server / "current"

    @property
    def postfix(self) -> PurePosixPath:
        """Postfix's configuration directory."""
        return self.current / "postfix"

    @property
    def dovecot_conf(self) -> PurePosixPath:
        return self.current / "dovecot" / "dovecot.conf"

    @property
    def queue(self) -> PurePosixPath:
        return self.server / "queue"

    @property
    def data(self) -> PurePosixPath:
        return self.server / "data"

    @property
    def dovecot(self) -> PurePosixPath:
        """Dovecot's base_dir, where its sockets are."""
        return self.server / "dovecot"

    @property
    def dovecot_state(self) -> PurePosixPath:
        return self.server / "dovecot-state"

    @property
    def server_log(self) -> PurePosixPath:
        return self.server / "log"

    @property
    def postfix_log(self) -> PurePosixPath:
        return self.server_log / "postfix.log"

    @property
    def dovecot_log(self) -> PurePosixPath:
        return self.server_log / "dovecot.log"

    @property
    def lookup_db(self) -> PurePosixPath:
        """Published look-ups, read by Postfix."""
        return self.server / "db" / "lookup.db"

    @property
    def passwords_db(self) -> PurePosixPath:
        """Accounts with their password hashes, read by Dovecot alone."""
        return self.server / "auth" / "passwords.db"

    @property
    def usage_db(self) -> PurePosixPath:
        return self.server / "usage" / "usage.db"

    @property
    def mail(self) -> PurePosixPath:
        return self.server / "mail"

    @property
    def compiled_sieve(self) -> PurePosixPath:
        """Where deliveries keep the script for all as they have compiled it."""
        return self.server / "sieve"

    @property
    def filter(self) -> PurePosixPath:
        """Where the mail filter's sockets are: Postfix's group may reach them."""
        return self.server / "filter"

    @property
    def milter_socket(self) -> PurePosixPath:
        return self.filter / "milter.sock"

    @property
    def policy_socket(self) -> PurePosixPath:
        return self.filter / "policy.sock"

    @property
    def srs_socket(self) -> PurePosixPath:
        """Where Postfix asks how a forwarded sender is rewritten."""
        return self.filter / "srs.sock"

    @property
    def filter_conf(self) -> PurePosixPath:
        """What the mail filter reads of the serving generation."""
        return self.current / "filter" / "filter.json"

    @property
    def generations(self) -> PurePosixPath:
        return self.root / "generations"

    def generation(self, number: int) -> PurePosixPath:
        return self.generations / str(number)

    @property
    def tls(self) -> PurePosixPath:
        """Imported certificates, each in a directory named by its fingerprint."""
        return self.root / "tls"

    # Sockets and logs of our own processes.
    @property
    def run(self) -> PurePosixPath:
        return self.root / "run"

    @property
    def applier_socket(self) -> PurePosixPath:
        return self.run / "applier.sock"

    @property
    def node_socket(self) -> PurePosixPath:
        return self.run / "node.sock"

    @property
    def console_socket(self) -> PurePosixPath:
        return self.run / "console.sock"

    @property
    def supervisor_socket(self) -> PurePosixPath:
        return self.run / "supervisor.sock"

    @property
    def log(self) -> PurePosixPath:
        return self.root / "log"

    # Each process's own.
    @property
    def console(self) -> PurePosixPath:
        return self.root / "console"

    @property
    def node(self) -> PurePosixPath:
        return self.root / "node"

    @property
    def applier(self) -> PurePosixPath:
        return self.root / "applier"

    @property
    def filter_private(self) -> PurePosixPath:
        """The mail filter's own directory."""
        return self.root / "filter"

    @property
    def opening_key(self) -> PurePosixPath:
        """Opens private keys that were sealed for this node: 32 octets that only the filter can read."""
        return self.filter_private / "opening.key"

    @property
    def sealing_key(self) -> PurePosixPath:
        """Its public half in base64, to seal with; anybody may know it."""
        return self.root / "sealing.pub"

    @property
    def srs_key(self) -> PurePosixPath:
        """What rewritten senders are signed with, for the mail filter alone."""
        return self.filter_private / "srs.key"
