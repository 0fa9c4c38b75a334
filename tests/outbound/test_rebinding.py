"""Promise: a name is resolved once, all its addresses are judged, and the connection goes to those."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Sequence

import pytest

from spectrum_orders.outbound import (
    Outbound,
    OutboundError,
    Refused,
    Unreachable,
    Unresolved,
    connect_guarded,
    parse_networks,
)
from tests.harness import receiver
from tests.harness.receiver import Receiver
from tests.outbound.canary import Canary

# One loopback address stands for a public one, another for what must not be reached.
FIT, FORBIDDEN = "127.0.0.1", "127.0.0.2"
ALLOWED = (f"{FIT}/32",)


class NameServer:
    """Gives one answer after the other, the last one for ever. `None`: no such name."""

    def __init__(self, *answers: list[str] | None) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if found is None:
            raise OSError(errno.ENOENT, "no such name")
        return found


def run(names: NameServer, work: Callable[[Outbound], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with Outbound(ALLOWED, resolve=names) as outbound:
            await work(outbound)

    asyncio.run(inside())


def test_a_name_that_changes_after_it_was_judged_changes_nothing() -> None:
    names = NameServer([FIT], [FORBIDDEN])
    with Receiver() as factory, Canary() as canary:

        async def work(outbound: Outbound) -> None:
            url = f"http://factory.example:{factory.port}/"
            assert (await outbound.send("POST", url, body=b"1")).status == 200
            assert names.asked == 1
            # The connection is kept, and with it the address.
            assert (await outbound.send("POST", url, body=b"2")).status == 200
            assert names.asked == 1
            with pytest.raises(Refused):
                await outbound.send("POST", f"http://factory.example:{canary.port}/", body=b"3")

        run(names, work)
        assert [one.body for one in factory.posted] == [b"1", b"2"]
        assert factory.posted[0].headers["host"] == f"factory.example:{factory.port}"
        assert canary.settle() == []


def test_a_new_connection_is_judged_anew() -> None:
    names = NameServer([FIT], [FORBIDDEN])
    with Receiver() as factory:
        url = f"http://factory.example:{factory.port}/"
        factory.answers = [receiver.answer(200, headers={"connection": "close"})]

        async def work(outbound: Outbound) -> None:
            await outbound.send("POST", url, body=b"1")
            with pytest.raises(Refused):
                await outbound.send("POST", url, body=b"2")

        run(names, work)
        assert (names.asked, len(factory.posted)) == (2, 1)


@pytest.mark.parametrize("addresses", [[FIT, FORBIDDEN], [FORBIDDEN, FIT], [FIT, "::1"], [FIT, "0.0.0.0"]])
def test_one_forbidden_address_refuses_the_name(addresses: list[str]) -> None:
    names = NameServer(addresses)
    with Canary() as canary:

        async def work(outbound: Outbound) -> None:
            with pytest.raises(Refused):
                await outbound.send("POST", f"http://factory.example:{canary.port}/", body=b"1")

        run(names, work)
        assert (names.asked, canary.settle()) == (1, [])


@pytest.mark.parametrize("addresses", [[FORBIDDEN], [FIT, FORBIDDEN]])
def test_what_is_not_http_is_guarded_in_the_same_way(addresses: list[str]) -> None:
    names = NameServer(addresses)
    with Canary() as canary:
        with pytest.raises(Refused):
            asyncio.run(connect_guarded("sftp.example", canary.port, parse_networks(ALLOWED), resolve=names))
        assert (names.asked, canary.settle()) == (1, [])


def test_what_is_not_http_is_connected_to_what_was_judged() -> None:
    names = NameServer([FIT], [FORBIDDEN])
    with Canary() as canary:

        async def connect() -> str:
            with await connect_guarded(
                "sftp.example", canary.port, parse_networks(ALLOWED), resolve=names
            ) as found:
                return str(found.getpeername()[0])

        assert asyncio.run(connect()) == FIT
        assert (names.asked, canary.settle()) == (1, [FIT])


def test_of_several_fit_addresses_the_first_that_answers_is_taken() -> None:
    both = (f"{FIT}/32", "127.0.0.9/32")
    names = NameServer(["127.0.0.9", FIT])  # nobody listens at the first
    with Receiver() as factory:

        async def inside() -> None:
            async with Outbound(both, resolve=names) as outbound:
                answer = await outbound.send("POST", f"http://factory.example:{factory.port}/", body=b"1")
                assert answer.status == 200
            found = await connect_guarded(
                "factory.example", factory.port, parse_networks(both), resolve=names
            )
            found.close()

        asyncio.run(inside())


@pytest.mark.parametrize(
    ("answer", "error"), [(None, Unresolved), ([], Unresolved), (["127.0.0.9"], Unreachable)]
)
def test_no_address_and_nobody_there_are_tried_again(
    answer: list[str] | None, error: type[OutboundError]
) -> None:
    with Canary() as canary:

        async def inside() -> None:
            async with Outbound(["127.0.0.0/8"], resolve=NameServer(answer)) as outbound:
                with pytest.raises(error) as caught:
                    await outbound.send("GET", f"http://factory.example:{canary.port}/")
                assert caught.value.retryable
            with pytest.raises(error):
                await connect_guarded(
                    "factory.example",
                    canary.port,
                    parse_networks(["127.0.0.0/8"]),
                    resolve=NameServer(answer),
                )

        asyncio.run(inside())
        assert canary.settle() == []
