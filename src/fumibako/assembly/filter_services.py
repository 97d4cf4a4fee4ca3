"""How Postfix asks the mail filter: the words for a restriction list."""

from __future__ import annotations

from typing import Final

from fumibako.layout import Home

# The filter answers within 20 seconds, whatever the DNS does; Postfix waits a little longer, once.
_PATIENCE: Final = "timeout=30s, try_limit=1"


def policy_service(home: Home, context: str, *, without: str = "DEFER_IF_PERMIT") -> str:
    """The restriction that asks the answerer of that name (`mailfilter.answerers`); `without` is what Postfix does where the
    filter does not answer."""
    return f"check_policy_service {{ unix:{home.policy_socket}, policy_context={context}, {_PATIENCE}, default_action={without} }}"
