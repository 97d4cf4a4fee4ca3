"""Beginning a coroutine at once, in the callback that made it: most messages ask for nothing that is not known already, and
need no task. (Python 3.12 has eager tasks for this.)"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar, cast

_T = TypeVar("_T")


def begun(coroutine: Coroutine[Any, Any, _T]) -> asyncio.Future[_T]:
    """What comes of the coroutine: done already where it had nothing to wait for, else a task that goes on with it. It must not
    ask for its task before it first waits."""
    future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
    try:
        waits_for = coroutine.send(None)
    except StopIteration as ended:
        future.set_result(ended.value)
    except Exception as error:  # noqa: BLE001  # whoever asks for the result gets it
        future.set_exception(error)
    else:
        return asyncio.get_running_loop().create_task(_rest(coroutine, waits_for))
    return future


def when_ended(future: asyncio.Future[_T], seconds: float, then: Callable[[asyncio.Future[_T]], None]) -> None:
    """Calls `then` once with the future when it has ended; it is cancelled when it takes longer."""
    too_late = asyncio.get_running_loop().call_later(seconds, future.cancel)

    def end(ended: asyncio.Future[_T]) -> None:
        too_late.cancel()
        then(ended)

    future.add_done_callback(end)


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, _T], waits_for: object) -> Generator[object, Any, _T]:
    while True:
        came: Any = None
        thrown: BaseException | None = None
        try:
            came = yield waits_for
        except BaseException as error:  # noqa: BLE001  # the coroutine's to handle
            thrown = error
        try:
            waits_for = coroutine.send(came) if thrown is None else coroutine.throw(thrown)
        except StopIteration as ended:
            return cast("_T", ended.value)
