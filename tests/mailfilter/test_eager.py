"""A coroutine begins where it is made, and needs a task only if it has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from fumibako.mailfilter.eager import begun


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


def test_what_need_not_wait_is_done_at_once() -> None:
    async def sum_of(a: int, b: int) -> int:
        return a + b

    async def test() -> None:
        ended = begun(sum_of(1, 2))
        assert ended.done()
        assert ended.result() == 3
        assert len(asyncio.all_tasks()) == 1

    run(test())


def test_what_fails_at_once_says_so_when_asked() -> None:
    async def fail() -> int:
        raise ValueError("no")

    async def test() -> None:
        ended = begun(fail())
        assert ended.done()
        with pytest.raises(ValueError, match="no"):
            ended.result()

    run(test())


def test_what_has_to_wait_goes_on_in_a_task() -> None:
    said: list[str] = []

    async def twice(first: asyncio.Future[str]) -> str:
        said.append("begun")
        before = await first
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await asyncio.sleep(0.001)
        return before + " and after"

    async def test() -> None:
        first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        ended = begun(twice(first))
        assert said == ["begun"]
        assert not ended.done()
        first.set_result("before")
        assert await ended == "before and after"

    run(test())


def test_what_it_waits_for_may_fail_and_be_caught() -> None:
    async def caught(first: asyncio.Future[str]) -> str:
        try:
            return await first
        except OSError as error:
            return f"caught {error}"

    async def test() -> None:
        first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        ended = begun(caught(first))
        first.set_exception(OSError("it"))
        assert await ended == "caught it"

    run(test())


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_it_can_be_cancelled_whenever(turns: int) -> None:
    async def wait_for(first: asyncio.Future[str]) -> str:
        return await first

    async def test() -> None:
        first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        ended = begun(wait_for(first))
        for _ in range(turns):
            await asyncio.sleep(0)
        ended.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ended
        assert len(asyncio.all_tasks()) == 1

    run(test())
