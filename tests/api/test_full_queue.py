"""More orders at once than the database takes: as many as may wait do, the others are told to come back."""

from __future__ import annotations

from tests.api.meddling import held
from tests.api.orders import NDJSON, check_members, lines, order, read
from tests.api.rawhttp import Answer, head, hear_all, request, send_all, wait_for_answers
from tests.conftest import FreshServer
from tests.harness.shop import Shop


def check_refused(answer: Answer) -> None:
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    check_members(answer.json, 503, "unavailable")
    assert answer.json["retryable"] is True


def test_a_full_queue_refuses_with_a_time_to_come_back_and_loses_nothing_it_took(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server(SPECTRUM_MAX_WAITING="20")
    with Shop(server) as shop:
        assert shop.acknowledge(order()).status_code == 200
        sent = [order() for _ in range(100)]
        with held(server.place):
            wires = send_all(server, [request(shop, one) for one in sent])
            wait_for_answers(wires, 80)
            late = [order(), order()]
            body = lines(*late)
            streaming = head(shop, len(body), media_type=NDJSON) + body
            # Health is not the order queue: a full one is no reason to be killed.
            assert shop.get("/healthz").status_code == 200
            (many,), (streamed,) = (
                hear_all(send_all(server, [request(shop, late)])),
                hear_all(send_all(server, [streaming])),
            )
        answers = hear_all(wires)
        assert sorted(answer.status for answer in answers) == [200] * 20 + [503] * 80
        check_refused(many)
        results = [line for line in streamed.body.splitlines() if b'"httpStatus":503' in line]
        assert len(results) == 2
        for one, answer in zip(sent, answers, strict=True):
            if answer.status == 503:
                check_refused(answer)
            kept = read(shop, one["purchaseOrderNumber"])
            assert kept.status_code == (200 if answer.status == 200 else 404)
        for one in late:
            assert read(shop, one["purchaseOrderNumber"]).status_code == 404
        # The crowd gone, what was refused is taken; and one request larger than the queue is, too.
        assert shop.acknowledge(late[0]).status_code == 200
        refused = [one for one, answer in zip(sent, answers, strict=True) if answer.status == 503]
        body = shop.acknowledge(refused, Idempotency_Key="refused").json()
        assert body["counts"] == {"acknowledged": 80, "duplicates": 0, "rejected": 0}
