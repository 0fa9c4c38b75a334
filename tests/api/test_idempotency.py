"""`Idempotency-Key`: a repeat reads the first answer, byte for byte, and nothing happens twice."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.meddling import held
from tests.api.orders import ACKNOWLEDGEMENT, FULL, PLURAL, READING, check_problem, full, order, read
from tests.api.rawhttp import hear_all, processes, request, send_all
from tests.conftest import FreshServer
from tests.harness.server import Server
from tests.harness.shop import Shop


def check_replayed(first: httpx.Response, again: httpx.Response) -> None:
    assert again.content == first.content
    assert again.status_code == first.status_code
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("path", [ACKNOWLEDGEMENT, PLURAL, FULL])
def test_a_repeat_replays_the_first_answer_byte_for_byte(shop: Shop, path: str) -> None:
    sent = full(colour="a warning")
    first = shop.post(path, sent, Idempotency_Key="key")
    assert first.status_code == 200
    for _ in range(3):
        check_replayed(first, shop.post(path, sent, Idempotency_Key="key"))
    check_replayed(first, shop.post(path + "/", sent, Idempotency_Key="key"))
    check_problem(shop.post(path, sent, Idempotency_Key="other"), 409, "already-submitted")
    check_problem(shop.post(path, sent), 409, "already-submitted")


def test_a_refused_duplicate_is_replayed_as_it_was_even_when_the_order_has_changed_since(shop: Shop) -> None:
    first = order()
    shop.acknowledge(first)
    refused = shop.acknowledge(first, Idempotency_Key="key")
    assert refused.status_code == 409
    shop.post(FULL, full(**first))
    check_replayed(refused, shop.acknowledge(first, Idempotency_Key="key"))
    assert shop.acknowledge(first).json()["lastModification"] != refused.json()["lastModification"]


def test_the_answer_to_many_is_replayed_as_one(shop: Shop) -> None:
    sent: list[Any] = [order() for _ in range(300)]
    sent[3], sent[250] = {}, sent[0]
    first = shop.acknowledge(sent, Idempotency_Key="many")
    assert first.status_code == 207
    assert first.json()["counts"] == {"acknowledged": 298, "duplicates": 1, "rejected": 1}
    check_replayed(first, shop.acknowledge(sent, Idempotency_Key="many"))
    empty = shop.acknowledge([], Idempotency_Key="none")
    check_replayed(empty, shop.acknowledge([], Idempotency_Key="none"))


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {}, 422),
        (b"{nope", {}, 400),
        (b'{"orders": 1}', {}, 422),
        (b"[" + b"1," * 10_000 + b"1]", {}, 413),
        (b"<order/>", {"Content_Type": "text/xml"}, 415),
        (b"{}", {"token": ""}, 401),
    ],
)
def test_an_error_is_not_kept_so_that_an_honest_retry_is_never_blocked(
    shop: Shop, content: bytes, headers: dict[str, str], status: int
) -> None:
    for _ in range(2):
        failed = shop.post(ACKNOWLEDGEMENT, content=content, Idempotency_Key="key", **headers)
        assert (failed.status_code, "idempotency-replayed" in failed.headers) == (status, False)
    answer = shop.acknowledge(order(), Idempotency_Key="key")
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, False)


def test_a_key_belongs_to_one_request(shop: Shop) -> None:
    sent = order()
    shop.acknowledge(sent, Idempotency_Key="key")
    others: list[tuple[str, Any]] = [
        (ACKNOWLEDGEMENT, order()),
        (ACKNOWLEDGEMENT, {**sent, "priority": 1}),
        (ACKNOWLEDGEMENT, [sent]),
        (ACKNOWLEDGEMENT, {}),
        (PLURAL, sent),
        (FULL, sent),
    ]
    for path, other in others:
        check_problem(shop.post(path, other, Idempotency_Key="key"), 422, "idempotency-mismatch")
    assert read(shop, others[0][1]["purchaseOrderNumber"]).status_code == 404
    assert "priority" not in read(shop, sent["purchaseOrderNumber"]).json()


@pytest.mark.parametrize(
    "key", ["k", "k" * 255, "!", "~", "8e03978e-40d5-43dd-bc93-6894a57f9324", '"quoted"']
)
def test_a_key_is_any_visible_text_of_up_to_255_characters(shop: Shop, key: str) -> None:
    sent = order()
    first = shop.acknowledge(sent, Idempotency_Key=key)
    assert first.status_code == 200
    check_replayed(first, shop.acknowledge(sent, Idempotency_Key=key))


@pytest.mark.parametrize("key", [b"", b"two words", b"k" * 256, b"tab\tbed", b"gr\xc3\xb6\xc3\x9fe", b"\xff"])
def test_a_key_that_is_none_is_refused_and_nothing_is_stored(shop: Shop, key: bytes) -> None:
    sent = order()
    headers = [(b"SPECTRUM_API_TOKEN", shop.token.encode()), (b"Idempotency-Key", key)]
    answer = shop.http.post(shop.server.url + ACKNOWLEDGEMENT, json=sent, headers=headers)
    check_problem(answer, 400, "bad-request")
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 404


def test_a_key_is_the_shops_own_whichever_token_it_uses(server: Server, shop: Shop) -> None:
    sent = order()
    first = shop.acknowledge(sent, Idempotency_Key="key")
    check_replayed(first, shop.acknowledge(sent, Idempotency_Key="key", token=shop.new_token()))
    with Shop(server) as other:
        answer = other.acknowledge(sent, Idempotency_Key="key")
        assert (answer.status_code, "idempotency-replayed" in answer.headers) == (200, False)
        assert answer.json()["receiptId"] != first.json()["receiptId"]


def test_a_hundred_clients_with_one_key_read_the_same_bytes_about_one_order(shop: Shop) -> None:
    sent = request(shop, order(purchaseOrderNumber="hundred"), "Idempotency-Key: hundred")
    answers = hear_all(send_all(shop.server, [sent] * 100))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert read(shop, "hundred").json()["receiptId"] == answers[0].json["receiptId"]


@pytest.mark.parametrize("places", ["postgresql"], indirect=True)
def test_a_hundred_clients_of_two_processes_read_the_same_bytes_about_one_order(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server("--workers", "2")
    with Shop(server) as shop:
        for number in ("one", "two", "three"):
            sent = request(shop, order(purchaseOrderNumber=number), f"Idempotency-Key: {number}")
            answers = hear_all(send_all(server, [sent] * 100))
            assert {answer.status for answer in answers} == {200}
            assert len({answer.body for answer in answers}) == 1
            assert len(processes(answers)) == 2
            assert read(shop, number).json()["receiptId"] == answers[0].json["receiptId"]


def wait_until_one_waits(server: Server) -> None:
    deadline = time.monotonic() + 30
    while "spectrum_writer_waiting 0.0" in httpx.get(server.url + "/metrics", trust_env=False).text:
        assert time.monotonic() < deadline, "the order never reached the writer"
        time.sleep(0.02)


def test_a_repeat_waits_for_the_first_which_is_still_running(shop: Shop) -> None:
    sent = order()
    with ThreadPoolExecutor(3) as pool:
        with held(shop.server.place):
            first = pool.submit(shop.acknowledge, sent, Idempotency_Key="key")
            wait_until_one_waits(shop.server)
            repeat = pool.submit(shop.acknowledge, sent, Idempotency_Key="key")
            mismatch = shop.acknowledge(order(), Idempotency_Key="key")
            check_problem(mismatch, 422, "idempotency-mismatch")
            assert not first.done()
            assert not repeat.done()
        assert first.result().status_code == 200
        check_replayed(first.result(), repeat.result())


def test_a_repeat_that_waited_long_enough_is_told_to_come_back_and_then_replays(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server(SPECTRUM_IDEMPOTENCY_WAIT="0.5 s")
    sent = order()
    with Shop(server) as shop, ThreadPoolExecutor(1) as pool:
        with held(server.place):
            first = pool.submit(shop.acknowledge, sent, Idempotency_Key="key")
            wait_until_one_waits(server)
            repeat = shop.acknowledge(sent, Idempotency_Key="key")
            assert check_problem(repeat, 503, "unavailable")["retryable"] is True
            assert int(repeat.headers["retry-after"]) > 0
        assert first.result().status_code == 200
        check_replayed(first.result(), shop.acknowledge(sent, Idempotency_Key="key"))


def test_a_key_outlives_a_power_cut(fresh_server: FreshServer) -> None:
    server = fresh_server()
    with Shop(server) as shop:
        single, many = order(), [order(), order()]
        answers = [shop.acknowledge(single, Idempotency_Key="1"), shop.acknowledge(many, Idempotency_Key="2")]
        answers.append(shop.acknowledge(single, Idempotency_Key="3"))
        server.kill()
        server.start()
        for sent, answer, key in zip((single, many, single), answers, "123", strict=True):
            check_replayed(answer, shop.acknowledge(sent, Idempotency_Key=key))
        assert [answer.status_code for answer in answers] == [200, 200, 409]
        check_problem(shop.acknowledge(single), 409, "already-submitted")
        check_problem(shop.acknowledge(order(), Idempotency_Key="1"), 422, "idempotency-mismatch")


def test_reading_takes_no_notice_of_a_key(shop: Shop) -> None:
    assert shop.get(READING + "nothing", Idempotency_Key="key").status_code == 404
    sent = order(purchaseOrderNumber="nothing")
    shop.acknowledge(sent, Idempotency_Key="key")
    assert shop.get(READING + "nothing", Idempotency_Key="key").status_code == 200


def test_the_whole_body_counts_to_its_last_byte(shop: Shop) -> None:
    content = json.dumps(order()).encode()
    first = shop.post(ACKNOWLEDGEMENT, content=content, Idempotency_Key="key")
    again = shop.post(ACKNOWLEDGEMENT, content=content + b" ", Idempotency_Key="key")
    check_problem(again, 422, "idempotency-mismatch")
    check_replayed(first, shop.post(ACKNOWLEDGEMENT, content=content, Idempotency_Key="key"))
