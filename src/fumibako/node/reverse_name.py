"""A client's name as Postfix finds it: the reverse name, if its forward look-up gives the address back."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from fumibako.plan.inquiry import Name

_PATIENCE: Final = 3.0


async def verified(client: str) -> Name:
    """The name of an address; not sure where the name server does not answer in time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_PATIENCE):
            name, _ = await loop.getnameinfo((client, 0), socket.NI_NAMEREQD)
            known = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except TimeoutError:
        return Name(sure=False)
    except socket.gaierror as error:
        return Name(sure=error.errno != socket.EAI_AGAIN)
    except (OSError, UnicodeError):
        return Name()
    return Name(name) if client in {address[0] for *_, address in known} else Name()
