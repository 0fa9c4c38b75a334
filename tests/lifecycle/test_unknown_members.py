"""A member that nobody knows, on routes that would do more without it than was wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.orders import check_problem, codes
from tests.harness.factory import Factory
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.somebody import SCOPES, order, read, sell, send


@pytest.fixture
def shop(working: Server) -> Iterator[Shop]:
    with Shop(working, scopes=SCOPES) as made:
        yield made


def refused(answer: Any, *pointers: str) -> list[str]:
    check_problem(answer, 422, "invalid")
    found = answer.json()["errors"]
    assert [(one["pointer"], one["code"]) for one in found] == [(at, "unknown-member") for at in pointers]
    return [one["message"] for one in found]


def test_a_dry_run_that_is_asked_for_in_the_body_erases_nobody(shop: Shop) -> None:
    send(shop, "E-3")
    before = read(shop, "E-3")
    answer = shop.post("/api/person/erase", {"purchaseOrderNumber": "E-3", "dryRun": True})
    assert "?dryRun=true" in refused(answer, "/dryRun")[0]
    for name in ("dry-run", "dry_run", "DryRuns"):
        by_query = shop.post("/api/person/erase", {"purchaseOrderNumber": "E-3"}, params={name: "true"})
        check_problem(by_query, 400, "bad-request")
        assert "did you mean dryRun?" in by_query.json()["detail"]
    assert read(shop, "E-3") == before
    (planned,) = shop.post(
        "/api/person/erase", {"purchaseOrderNumber": "E-3"}, params={"dryrun": "true"}
    ).json()["orders"]
    assert (planned["erased"], planned["fields"] != []) == (False, True)


@pytest.mark.parametrize("verb", ["export", "erase"])
def test_who_is_meant_is_never_said_by_a_member_that_is_not_known(shop: Shop, verb: str) -> None:
    send(shop, "E-1")
    body = {"purchaseOrderNumber": "E-1", "postcode": "80302", "zq": 1}
    near, far = refused(shop.post(f"/api/person/{verb}", body), "/postcode", "/zq")
    assert "did you mean postalCode?" in near
    assert "known are purchaseOrderNumber, emailAddress, name, postalCode, after" in far
    assert "80302" not in near
    assert "emailAddress" in read(shop, "E-1")


@pytest.mark.parametrize("verb", ["hold", "release", "cancel", "redeliver", "reprint", "reroute"])
def test_lines_under_a_misspelt_name_are_not_the_whole_order(shop: Shop, verb: str) -> None:
    shop.acknowledge(order("E-4", "ABCD1234", "EFGH5678"))
    before = read(shop, "E-4")
    body = (
        {"purchaseOrderNumber": "E-4", "partner": "north"}
        if verb == "reroute"
        else {"purchaseOrderNumber": "E-4"}
    )
    path = f"/api/order/{verb}"
    (said,) = refused(shop.post(path, body | {"lines": [{"id": 1}]}), "/lines")
    assert "did you mean lineItems?" in said
    one, at = before["lineItems"][0]["id"], "/lineItems/0"
    unnamed = shop.post(path, body | {"lineItems": [{"recipeSet": "ABCD1234"}]})
    check_problem(unnamed, 422, "invalid")
    assert codes(unnamed.json()["errors"]) == [
        (f"{at}/recipeSet", "unknown-member"), (f"{at}/recipeSetReadableId", "missing"),
    ]  # fmt: skip
    assert "did you mean recipeSetId?" in unnamed.text
    entries = [{"Id": one, "recipeSetId": "ABCD1234"}]
    (said,) = refused(shop.post(path, body | {"lineItems": entries}), f"{at}/Id")
    assert "did you mean id?" in said
    (said,) = refused(shop.post(path, body | {"dryRun": True}), "/dryRun")
    assert "?dryRun=true" in said
    check_problem(shop.post(path, body, params={"dry_run": "1"}), 400, "bad-request")
    assert read(shop, "E-4") == before


def test_a_line_may_be_sent_back_as_it_was_read(shop: Shop) -> None:
    shop.acknowledge(order("E-8", "ABCD1234", "EFGH5678"))
    first, second = read(shop, "E-8")["lineItems"]
    held = shop.post("/api/order/hold", {"purchaseOrderNumber": "E-8", "lineItems": [first]})
    assert held.status_code == 200, held.text
    assert [one["onHold"] for one in held.json()["lineItems"]] == [True]
    said = codes(held.json()["warnings"])
    assert {("/lineItems/0/skuQuantities", "unknown-member"), ("/lineItems/0/artwork", "unknown-member")} < {
        *said
    }
    by_set = {name: value for name, value in second.items() if name != "id"}
    gone = shop.post("/api/order/cancel", {"purchaseOrderNumber": "E-8", "lineItems": [by_set]})
    assert gone.status_code == 200, gone.text
    assert codes(gone.json()["warnings"]) != []
    now = read(shop, "E-8")["lineItems"]
    assert [one["workflowStatus"] for one in now] == ["not-started", "cancelled"]


def test_a_link_and_a_rejection_do_not_mean_more_than_was_said(
    shop: Shop, factory: Factory, own_shop: Shop, press: Press
) -> None:
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("E-5", "ABCD1234"))
    factory.await_packages(1)
    answer = own_shop.post("/api/order/links", {"purchaseOrderNumber": "E-5", "hour": 1})
    assert "did you mean hours?" in refused(answer, "/hour")[0]
    (package,) = press.get("/api/packages").json()["packages"]
    path = f"/api/packages/{package['packageId']}/rejected"
    refused(press.post(path, {"reason": "We are out of it.", "items": [{"id": 1}]}), "/items")
    assert press.get("/api/packages").json()["packages"][0]["state"] != "refused"
    assert read(own_shop, "E-5")["lineItems"][0]["routing"]["partner"] == factory.handle
    answer = press.post(
        path, {"reason": "We are out of it.", "lineItems": read(own_shop, "E-5")["lineItems"]}
    )
    assert answer.status_code == 200, answer.text
    assert ("/lineItems/0/routing", "unknown-member") in codes(answer.json()["warnings"])


def test_a_factorys_client_may_say_more_than_is_known(own_shop: Shop, factory: Factory, press: Press) -> None:
    own_shop.acknowledge(order("E-6", "ABCD1234"))
    sell(own_shop, "ABCD1234")
    factory.await_packages(1)
    line = {"recipeSetReadableId": "ABCD1234", "workflowStatus": "in-progress", "machine": 7}
    moved = press.put(
        "/api/order/status", {"purchaseOrderNumber": "E-6", "lineItems": [line], "shift": "late"}
    )
    assert moved.status_code == 200
    assert {one["pointer"] for one in moved.json()["warnings"]} == {"/shift", "/lineItems/0/machine"}


def test_a_body_of_names_is_answered_at_once_and_with_a_hundred_of_them(shop: Shop) -> None:
    body = {f"n{number:06}{'x' * 90}": 1 for number in range(20_000)}
    answer = shop.post("/api/order/cancel", {"purchaseOrderNumber": "E-7", **body})
    check_problem(answer, 422, "invalid")
    assert len(answer.json()["errors"]) == 101
    assert answer.elapsed.total_seconds() < 5
