"""Orders as a stream, one a line: read and answered as they come, whoever waits for whom."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import pytest

from spectrum_orders.web import ndjson
from spectrum_orders.web.answers import Answer
from spectrum_orders.web.exchange import ClientGone, Exchange, Limits
from spectrum_orders.web.unread import Unread
from tests.api.orders import (
    ACKNOWLEDGEMENT,
    FULL,
    NDJSON,
    PLURAL,
    check_members,
    check_problem,
    codes,
    full,
    line,
    lines,
    order,
    read,
)
from tests.api.rawhttp import CHUNKED, LAST_CHUNK, Wire, chunk, head
from tests.conftest import FreshServer
from tests.harness.shop import Shop


def stream(shop: Shop, content: bytes, path: str = ACKNOWLEDGEMENT, **options: Any) -> list[Any]:
    """The lines that answer a stream."""
    answer = shop.post(path, content=content, Content_Type=NDJSON, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON)
    assert answer.text.endswith("\n")
    return [json.loads(one) for one in answer.text.splitlines()]


@pytest.mark.parametrize(
    "media_type", [NDJSON, "application/ndjson", "application/jsonl", NDJSON + "; charset=utf-8"]
)
def test_each_line_gets_a_result_and_the_last_line_counts_them(shop: Shop, media_type: str) -> None:
    first, second = order(), order(colour="red")
    sent = lines(first, first, {**first, "priority": 1}, {}, second) + b"nope\n"
    answer = shop.post(PLURAL, content=sent, Content_Type=media_type)
    results = [json.loads(one) for one in answer.text.splitlines()]
    assert [result.get("index") for result in results] == [0, 1, 2, 3, 4, 5, None]
    assert [result.get("httpStatus") for result in results] == [200, 409, 409, 422, 200, 400, None]
    assert results[0] == {
        "index": 0,
        "httpStatus": 200,
        "purchaseOrderNumber": first["purchaseOrderNumber"],
        "statuses": [{"recipeSetId": "ABCD1234", "success": True, "message": "Processed Successfully"}],
        "allSuccessful": True,
        "receiptId": results[0]["receiptId"],
    }
    assert (results[1]["identical"], results[2]["differences"]) == (True, ["/priority"])
    check_members(results[1], 409, "already-submitted")
    check_members(results[3], 422, "invalid")
    assert codes(results[4]["warnings"]) == [("/colour", "unknown-member")]
    check_members(results[5], 400, "not-json")
    assert results[6] == {
        "counts": {"acknowledged": 2, "duplicates": 2, "rejected": 2},
        "allSuccessful": False,
    }


def test_lines_may_end_as_they_like(shop: Shop) -> None:
    sent = [json.dumps(order()).encode() for _ in range(4)]
    content = b"\xef\xbb\xbf" + sent[0] + b"\r\n\n  \r\n" + sent[1] + b"\n\t\n" + sent[2] + b" \n" + sent[3]
    results = stream(shop, content)
    assert [result.get("httpStatus") for result in results] == [200] * 4 + [None]
    assert results[-1]["allSuccessful"] is True


def test_full_orders_stream_as_well(shop: Shop) -> None:
    acknowledged = order()
    shop.acknowledge(acknowledged)
    results = stream(shop, lines(full(**acknowledged), full(), order()), FULL)
    assert [result.get("httpStatus") for result in results] == [200, 200, 422, None]
    assert results[0]["completed"] is True


def test_a_stream_without_an_order_says_so(shop: Shop) -> None:
    for nothing in (b"", b"\n\n", b"  "):
        (last,) = stream(shop, nothing)
        check_members(last, 400, "bad-request")
        assert (last["counts"]["acknowledged"], last["allSuccessful"]) == (0, False)


def test_a_stream_takes_no_idempotency_key(shop: Shop) -> None:
    sent = order()
    answer = shop.post(ACKNOWLEDGEMENT, content=lines(sent), Content_Type=NDJSON, Idempotency_Key="key")
    assert "one by one" in check_problem(answer, 400, "bad-request")["error"]
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 404


def test_a_line_that_is_far_too_long_never_blocks_those_around_it(shop: Shop) -> None:
    before, after = order(), order()
    content = lines(before) + b'{"x": "' + b"x" * 3_300_000 + b'"}\n' + lines(after)
    results = stream(shop, content)
    assert [result.get("httpStatus") for result in results] == [200, 413, 200, None]
    assert [result.get("index") for result in results] == [0, 1, 2, None]
    check_members(results[1], 413, "too-large")
    assert results[-1]["counts"] == {"acknowledged": 2, "duplicates": 0, "rejected": 1}
    assert results[-1]["allSuccessful"] is False
    for sent in (before, after):
        assert read(shop, sent["purchaseOrderNumber"]).status_code == 200


def test_a_client_may_send_fifty_thousand_lines_before_it_reads_the_first_result(shop: Shop) -> None:
    """Far more of both than fits into the sockets between them."""
    real = {index: order() for index in range(0, 50_000, 500)}
    filler = b"{}" + b" " * 150 + b"\n"
    body = b"".join(lines(real[index]) if index in real else filler for index in range(50_000))
    with Wire(shop.server) as wire:
        wire.send(head(shop, len(body), media_type=NDJSON), body)
        status, headers = wire.head()
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        results = list(wire.lines())
    assert len(results) == 50_001
    for index, result in enumerate(results[:-1]):
        assert (result["index"], result["httpStatus"]) == (index, 200 if index in real else 422)
    assert results[-1]["counts"] == {"acknowledged": 100, "duplicates": 0, "rejected": 49_900}


def test_a_client_may_wait_for_each_result_before_it_sends_the_next_line(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        wire.send(head(shop, None, CHUNKED, media_type=NDJSON))
        assert wire.head()[0] == 200
        results = wire.lines()
        for index in range(20):
            sent = order()
            wire.send(chunk(lines(sent)))
            result = next(results)
            assert (result["index"], result["httpStatus"]) == (index, 200)
            # On disk when its result is here, not when the stream ends.
            assert read(shop, sent["purchaseOrderNumber"]).status_code == 200
        wire.send(LAST_CHUNK)
        assert [last["counts"]["acknowledged"] for last in results] == [20]


def test_a_line_may_arrive_in_pieces(shop: Shop) -> None:
    body = lines(order(), order())
    with Wire(shop.server) as wire:
        wire.send(head(shop, None, CHUNKED, media_type=NDJSON))
        for start in range(0, len(body), 7):
            wire.send(chunk(body[start : start + 7]))
        wire.send(LAST_CHUNK)
        wire.head()
        assert [result.get("httpStatus") for result in wire.lines()] == [200, 200, None]


def test_a_client_that_closes_its_side_after_the_last_line_still_reads_every_result(shop: Shop) -> None:
    body = lines(*(order() for _ in range(200)))
    with Wire(shop.server) as wire:
        wire.send(head(shop, len(body), media_type=NDJSON), body)
        wire.socket.shutdown(1)
        wire.head()
        assert [result.get("httpStatus") for result in wire.lines()] == [200] * 200 + [None]
        assert wire.rest() == b""


def test_what_was_answered_before_a_connection_broke_is_stored_and_a_half_line_is_not(shop: Shop) -> None:
    whole = [order() for _ in range(3)]
    half = order()
    with Wire(shop.server) as wire:
        wire.send(head(shop, None, CHUNKED, media_type=NDJSON), chunk(lines(*whole)))
        wire.head()
        results = wire.lines()
        assert [next(results)["httpStatus"] for _ in whole] == [200, 200, 200]
        wire.send(chunk(json.dumps(half).encode()))
    for one in whole:
        assert read(shop, one["purchaseOrderNumber"]).status_code == 200
    # Whether it was stored is known only once the server has seen the end of the connection.
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        assert read(shop, half["purchaseOrderNumber"]).status_code == 404
        time.sleep(0.1)


def test_large_lines_are_orders_like_others(shop: Shop) -> None:
    large = order(
        lineItems=[line(recipeSetId=f"R{index:07d}", giftMessage="x" * 500) for index in range(900)]
    )
    results = stream(shop, lines(order(), large, order()))
    assert [result.get("httpStatus") for result in results] == [200, 200, 200, None]


def test_a_stream_that_a_stop_cuts_off_does_not_look_whole(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_SHUTDOWN_TIMEOUT="1 s")
    sent = order()
    with Shop(server) as shop, Wire(server) as wire:
        wire.send(head(shop, None, CHUNKED, media_type=NDJSON), chunk(lines(sent)))
        wire.head()
        assert next(wire.lines())["httpStatus"] == 200
        server.stop()
        assert wire.rest().strip() == b"", "neither a last line nor a last chunk"
        server.start()
        assert read(shop, sent["purchaseOrderNumber"]).status_code == 200


def test_a_stream_ends_with_the_token_that_began_it(shop: Shop) -> None:
    before, after = order(), order()
    token = shop.new_token()
    with Wire(shop.server) as wire:
        wire.send(
            head(shop, None, CHUNKED, media_type=NDJSON).replace(shop.token.encode(), token.encode()),
            chunk(lines(before)),
        )
        wire.head()
        results = wire.lines()
        assert next(results)["httpStatus"] == 200
        shop.server.spectrum("token", "revoke", token)
        time.sleep(1)  # what is promised
        wire.send(chunk(lines(after)))
        (last,) = results
        check_members(last, 401, "unauthenticated")
        assert last["counts"] == {"acknowledged": 1, "duplicates": 0, "rejected": 0}
        assert last["allSuccessful"] is False
    assert read(shop, before["purchaseOrderNumber"]).status_code == 200
    assert read(shop, after["purchaseOrderNumber"]).status_code == 404


class Far:
    """The far side of a stream: what it has sent, and what it has read since it began to."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.reads = asyncio.Event()
        self.got = b""
        self.ended = False

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        if self.ended:
            return {"type": "http.disconnect"}
        data = next(self._chunks, None)
        return {"type": "http.request", "body": data or b"", "more_body": data is not None}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await self.reads.wait()
            self.got += message["body"]
            self.ended = not message.get("more_body", False)

    def exchange(self) -> Exchange:
        scope = {"method": "POST", "headers": [], "query_string": b""}
        return Exchange(scope, self.receive, self.send, "/", Limits(environment="test", max_body_bytes=1))


async def answer_each(lines: Sequence[bytes]) -> list[Answer]:
    return [Answer(200, b'{"allSuccessful":true}') for _ in lines]


def test_a_client_that_sends_first_is_told_when_its_unread_results_are_too_many() -> None:
    async def run() -> list[Any]:
        far = Far(iter([b"{}\n" * 100] * 50))
        streaming = asyncio.create_task(
            ndjson.stream(far.exchange(), answer_each, longest_line=100, most_unread=20_000)
        )
        await asyncio.sleep(0.2)
        assert not streaming.done()
        far.reads.set()
        await asyncio.wait_for(streaming, 30)
        assert far.ended
        return [json.loads(one) for one in far.got.splitlines()]

    *results, last = asyncio.run(run())
    assert 20_000 < sum(len(json.dumps(result, separators=(",", ":"))) + 1 for result in results) < 30_000
    check_members(last, 413, "too-large")
    assert last["counts"] == {"acknowledged": len(results), "duplicates": 0, "rejected": 0}
    assert last["allSuccessful"] is False


def test_a_client_that_sends_for_ever_and_never_reads_is_hung_up_on() -> None:
    async def run() -> int:
        sent = 0

        def for_ever() -> Iterator[bytes]:
            nonlocal sent
            while True:
                sent += 1
                yield b"{}\n" * 100

        far = Far(for_ever())
        with pytest.raises(ClientGone):
            await asyncio.wait_for(
                ndjson.stream(far.exchange(), answer_each, longest_line=100, most_unread=20_000, finish=0.2),
                30,
            )
        assert far.got == b""
        return sent

    assert asyncio.run(run()) > 10


@pytest.mark.parametrize("seed", range(10))
def test_whoever_reads_but_never_catches_up_reads_it_all_and_leaves_no_file_behind(seed: int) -> None:
    async def run() -> None:
        chance = random.Random(seed)
        written = read = b""
        with Unread(segment_bytes=100) as unread:
            for _ in range(1_000):
                piece = chance.randbytes(chance.randint(1, 60))
                written += piece
                unread.write(piece)
                while unread.size > chance.randint(1, 400):
                    read += await unread.take()
                assert unread.segments <= unread.size // 100 + 2
            unread.end()
            while piece := await unread.take():
                read += piece
        assert read == written

    asyncio.run(run())
