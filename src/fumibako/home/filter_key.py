"""The key pair that private keys are sealed with on their way to this node's mail filter."""

from __future__ import annotations

import base64
from pathlib import Path

from fumibako.home.tree import write_file
from fumibako.layout import FILTER_USER


def ensure_filter_key(root: Path) -> None:
    """Make the pair where there is none: below `root`, as `layout.Home` has it. The private half is written first; without
    the public one nothing was sealed yet, so both are made anew."""
    private, public = root / "filter/opening.key", root / "sealing.pub"
    if private.exists() and public.exists():
        return
    # Loaded here: commands that make no key start without it.
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = X25519PrivateKey.generate()
    private.unlink(missing_ok=True)
    public.unlink(missing_ok=True)
    octets = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    write_file(private, octets, FILTER_USER, FILTER_USER, 0o600)
    shown = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)) + b"\n"
    write_file(public, shown, "root", "root", 0o644)
