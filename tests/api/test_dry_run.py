"""`?dryRun=true`: what would happen, and nothing of it does."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.api import designs
from tests.api.orders import (
    ACKNOWLEDGEMENT,
    ADDRESS,
    FULL,
    NDJSON,
    PLURAL,
    check_problem,
    codes,
    full,
    line,
    lines,
    order,
    read,
)
from tests.harness.shop import Shop

DRY = {"dryRun": "true"}


@pytest.mark.parametrize("flag", ["true", "TRUE", "1", "yes", ""])
@pytest.mark.parametrize("path", [ACKNOWLEDGEMENT, PLURAL, FULL, FULL + "/"])
def test_a_dry_run_answers_as_if_and_stores_nothing(shop: Shop, path: str, flag: str) -> None:
    sent = full(colour="red")
    for _ in range(2):
        body = shop.post(path, sent, params={"dryRun": flag}).json()
        assert (body["allSuccessful"], body["dryRun"], "receiptId" in body) == (True, True, False)
        assert codes(body["warnings"]) == [("/colour", "unknown-member")]
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 404


@pytest.mark.parametrize("flag", ["false", "0", "no"])
def test_a_dry_run_that_is_off_is_a_real_one(shop: Shop, flag: str) -> None:
    sent = order()
    assert "dryRun" not in shop.acknowledge(sent, params={"dryRun": flag}).json()
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 200


def test_a_dry_run_refuses_what_would_be_refused(shop: Shop) -> None:
    known = order()
    receipt = shop.acknowledge(known).json()["receiptId"]
    body = check_problem(shop.acknowledge({**known, "priority": 1}, params=DRY), 409, "already-submitted")
    assert (body["differences"], body["receiptId"]) == (["/priority"], receipt)
    check_problem(shop.acknowledge({}, params=DRY), 422, "invalid")
    check_problem(shop.post(ACKNOWLEDGEMENT, content=b"{", params=DRY), 400, "not-json")


def test_a_dry_run_foresees_a_completion_and_does_not_use_it_up(shop: Shop) -> None:
    known = order(priority=1)
    shop.acknowledge(known)
    completing = full(**{**known, "priority": 2})
    for params in (DRY, DRY, {}):
        body = shop.post(FULL, completing, params=params).json()
        assert (body["completed"], body.get("dryRun", False)) == (True, params == DRY)
        assert codes(body["warnings"]) == [("/priority", "kept-as-acknowledged")]
    check_problem(shop.post(FULL, completing, params=DRY), 409, "already-submitted")


def forget(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what only the real one can have."""
    gone = {"receiptId", "lastModification", "dryRun", "foreseen", "instance"}
    return {name: value for name, value in result.items() if name not in gone}


@pytest.mark.parametrize("as_stream", [False, True])
def test_a_dry_run_of_many_orders_foresees_exactly_what_then_happens(shop: Shop, as_stream: bool) -> None:
    stored, twin, acknowledged = order(), full(emailAddress="canary@shop.test"), order()
    shop.acknowledge([stored, acknowledged])
    sent: list[Any] = [
        order(customerAddress=ADDRESS, shippingAddress=ADDRESS),
        {**stored, "customerAddress": ADDRESS, "shippingAddress": ADDRESS, "lineItems": []},
        twin,
        twin,
        {**twin, "emailAddress": "other@shop.test", "serialNumber": "7"},
        {},
        full(**acknowledged),
        full(**{**acknowledged, "priority": 1}),
        {**stored, "customerAddress": ADDRESS, "shippingAddress": ADDRESS},
    ]
    results = []
    for params in (DRY, {}):
        if as_stream:
            answer = shop.post(FULL, content=lines(*sent), Content_Type=NDJSON, params=params)
            *found, last = (json.loads(one) for one in answer.text.splitlines())
            results.append([*map(forget, found), last])
        else:
            body = shop.post(FULL, sent, params=params).json()
            results.append([*map(forget, body.pop("results")), body])
        assert "canary" not in json.dumps(results)
    foreseen, happened = results
    assert foreseen == happened
    assert [result.get("httpStatus") for result in happened] == [
        200,
        422,
        200,
        409,
        409,
        422,
        200,
        409,
        200,
        None,
    ]
    assert happened[4]["differences"] == ["/serialNumber", "/emailAddress"]


def test_a_dry_run_foresees_as_many_orders_of_a_stream_as_one_request_may_hold(shop: Shop) -> None:
    sent = [order(purchaseOrderNumber=f"dry {index}") for index in range(10_100)]
    answer = shop.post(ACKNOWLEDGEMENT, content=lines(*sent), Content_Type=NDJSON, params=DRY)
    *results, last = (json.loads(one) for one in answer.text.splitlines())
    assert [result["httpStatus"] for result in results] == [200] * 10_000 + [413] * 100
    assert last["counts"] == {"acknowledged": 10_000, "duplicates": 0, "rejected": 100}
    assert read(shop, "dry 0").status_code == 404


def test_a_dry_run_neither_uses_nor_keeps_an_idempotency_key(shop: Shop) -> None:
    sent = order()
    assert shop.acknowledge(sent, params=DRY, Idempotency_Key="key").json()["dryRun"] is True
    first = shop.acknowledge(sent, Idempotency_Key="key")
    assert (first.status_code, "dryRun" in first.json()) == (200, False)
    assert shop.acknowledge(order(), params=DRY, Idempotency_Key="key").status_code == 200


@pytest.mark.parametrize("flag", ["maybe", "2", "truee", "%00"])
def test_a_dry_run_that_is_neither_yes_nor_no_is_refused(shop: Shop, flag: str) -> None:
    sent = order()
    body = check_problem(shop.acknowledge(sent, params={"dryRun": flag}), 400, "bad-request")
    assert "dryRun" in body["error"]
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 404


@pytest.mark.parametrize("by", ["its area", "its hash"])
def test_a_finished_file_is_judged_when_it_is_put_and_a_dry_run_warns_of_it(shop: Shop, by: str) -> None:
    name = designs.new_id()
    designs.put_product(shop, designs.product(designs.area(output="png")))
    if by == "its area":
        designs.put_recipe_set(shop, name)
        shop.put(f"/api/recipesets/{name}/files/front", content=designs.picture(), Content_Type="image/png")
    else:
        digest = designs.taken(designs.upload(shop, designs.picture()))["sha256"]
        designs.put_recipe_set(shop, name, designs.recipe_set({"area": "front", "file": digest}))
    sent = order(lineItems=[line(recipeSetId=name)])
    deadline = time.monotonic() + 60
    while (body := shop.acknowledge(sent, params=DRY).json())["foreseen"][0]["artwork"]["state"] == "pending":
        assert "warnings" not in body
        assert time.monotonic() < deadline, "nobody judges it"
        time.sleep(0.1)
    assert body["foreseen"][0]["artwork"]["state"] == "rejected"
    assert codes(body["warnings"]) == [("/lineItems/0/recipeSetId", "artwork-rejected")]
    # Mended, it is made of layers again, and nothing is said of it.
    designs.put_recipe_set(shop, name, designs.recipe_set(designs.filling()))
    assert "warnings" not in shop.acknowledge(sent, params=DRY).json()
