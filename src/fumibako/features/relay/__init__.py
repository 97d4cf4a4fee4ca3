"""The smart relay: which mail goes out through which other server, instead of to the host that DNS names (MX)."""
