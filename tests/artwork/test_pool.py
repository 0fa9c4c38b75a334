"""A file that breaks its renderer fails alone: the pool survives whatever its processes do."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from spectrum_orders.artwork.pool import NICE, Pool
from spectrum_orders.errors import Invalid, Unavailable
from tests.artwork import hostile

T = TypeVar("T")
GIB = 1 << 30


def using(work: Callable[[Pool], Awaitable[T]], *, seconds: float = 30.0, memory: int = GIB) -> T:
    """Run `work` with a pool of one process, and end it."""

    async def run() -> T:
        pool = Pool(processes=1, seconds=seconds, memory=memory)
        try:
            return await work(pool)
        finally:
            pool.close()

    return asyncio.run(run())


def test_what_a_function_returns_and_raises_comes_back_as_it_is() -> None:
    async def work(pool: Pool) -> Invalid:
        assert await pool.run(hostile.answer, 41) == 42
        with pytest.raises(Invalid) as caught:
            await pool.run(hostile.refuse)
        return caught.value

    refused = using(work)
    assert refused.message == "No."
    assert [problem.pointer for problem in refused.problems] == ["/layers/0"]


def test_one_that_hangs_is_ended_and_says_how_to_mend_it() -> None:
    async def work(pool: Pool) -> str:
        with pytest.raises(Invalid) as caught:
            await pool.run(hostile.hang)
        assert await pool.run(hostile.answer, 1) == 2
        return caught.value.message

    assert "more than 2 s" in using(work, seconds=2.0)


def test_one_that_wants_all_memory_gets_none_of_it() -> None:
    async def work(pool: Pool) -> str:
        with pytest.raises(Invalid) as caught:
            await pool.run(hostile.hoard)
        assert await pool.run(hostile.answer, 1) == 2
        return caught.value.message

    assert "1.0 GiB" in using(work)


@pytest.mark.parametrize("end", [hostile.crash, hostile.leave])
def test_a_process_that_dies_is_replaced_and_what_waited_behind_it_is_made(end: Callable[[], None]) -> None:
    async def work(pool: Pool) -> list[int]:
        dying = asyncio.ensure_future(pool.run(end))
        waiting = [asyncio.ensure_future(pool.run(hostile.answer, number)) for number in range(5)]
        with pytest.raises(Unavailable):
            await dying
        return list(await asyncio.gather(*waiting))

    assert using(work) == [1, 2, 3, 4, 5]


def test_processes_that_die_while_idle_are_started_anew() -> None:
    async def work(pool: Pool) -> int:
        process, *_ = await pool.run(hostile.confinement)
        os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while True:
            try:
                return await pool.run(hostile.answer, 1)
            except Unavailable:  # as long as nobody had noticed
                assert time.monotonic() < deadline

    assert using(work) == 2


def test_a_process_gives_way_leaves_no_core_file_and_sees_no_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPECTRUM_KEYRING", "secret")
    process, nice, core, seen = using(lambda pool: pool.run(hostile.confinement))
    assert process != os.getpid()
    assert (nice - os.nice(0), core, seen) == (NICE, 0, [])


PARENT = """
import asyncio, sys
from spectrum_orders.artwork.pool import Pool
from tests.artwork import hostile

async def main():
    pool = Pool(processes=2, seconds=600, memory=1 << 30)
    print((await pool.run(hostile.confinement))[0], flush=True)
    await pool.run(hostile.hang)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_no_process_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        everybody = psutil.Process(parent.pid).children(recursive=True)
        assert child in everybody
        parent.kill()
    _, alive = psutil.wait_procs(everybody, timeout=20)
    assert alive == []
