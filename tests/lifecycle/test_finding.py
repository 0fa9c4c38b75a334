"""What factories poll and what people look for: each sees what is theirs, and misses nothing of it."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from spectrum_orders.domain.partner import PartnerSettings
from tests.harness.factory import Factory, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop

SEARCH = "/api/orders/search/"
ADDRESS = {
    "firstName": "Wilhelmina",
    "lastName": "Featherstonehaugh",
    "address1": "1408 Marmalade Crescent",
    "city": "Boulder",
    "state": "CO",
    "postalCode": "80302",
    "country": "US",
    "email": "mina@home.example",
    "phone": "+1 303 555 0100",
}
BUYER = {**ADDRESS, "firstName": "Odalys", "lastName": "Brankovic"}


def seen(press: Press, *numbers: str, statuses: tuple[str, ...] = ("not-started",)) -> list[dict[str, Any]]:
    """What the factory finds, once it finds these."""
    deadline = time.monotonic() + 60
    while True:
        found = press.search(*statuses)
        if {one["purchaseOrderNumber"] for one in found} >= set(numbers):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def numbers(found: list[dict[str, Any]]) -> list[str]:
    return [one["purchaseOrderNumber"] for one in found]


def full(number: str, *sets: str, sku: str = "MUG") -> dict[str, Any]:
    return order(number, *sets, sku=sku) | {"shippingAddress": ADDRESS, "customerAddress": BUYER}


def test_a_factory_that_polls_gets_whole_orders_in_a_bare_array(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    own_shop.acknowledge(full("PO-1", "ABCD1234"))
    (found,) = seen(press, "PO-1")
    assert found["clientHandle"] == own_shop.handle
    assert found["userId"] == "PO-1"
    assert found["shippingAddress"]["lastName"] == "Featherstonehaugh"
    # Where the order itself has none, the address's counts; and who paid is nobody's business at a press.
    assert found["emailAddress"] == "mina@home.example"
    assert found["phoneNumber"] == "+1 303 555 0100"
    assert "customerAddress" not in found
    (line,) = found["lineItems"]
    assert isinstance(line["id"], int)
    assert line["skuQuantities"] == [{"sku": "MUG", "quantity": 1}]
    assert line["routing"] == {"decided": True, "partner": factory.handle, "rule": None, "why": []}
    assert press.search("completed", "delivered") == []
    assert numbers(press.search("not-started", "in-progress")) == ["PO-1"]


def test_a_factory_sees_no_person_that_it_is_not_allowed_to(
    own_shop: Shop, build: Callable[..., Factory]
) -> None:
    blind = build(PartnerSettings(people=()))
    blind.receives(own_shop)
    own_shop.acknowledge(full("PO-1", "ABCD1234"))
    with Press(blind) as press:
        (found,) = seen(press, "PO-1")
        whole = json.dumps(found) + json.dumps(press.read("PO-1")) + press.get("/api/orders").text
    for secret in ("Featherstonehaugh", "Brankovic", "mina@home", "303 555", "Boulder"):
        assert secret not in whole


def test_two_factories_of_one_order_see_their_own_lines(
    own_shop: Shop, build: Callable[..., Factory]
) -> None:
    mugs, shirts = build(), build()
    mugs.receives(own_shop, sku="MUG*")
    shirts.receives(own_shop, sku="SHIRT*")
    both = full("PO-1", "ABCD1234", "EFGH5678")
    both["lineItems"][1]["skuQuantities"] = [{"sku": "SHIRT-M", "quantity": 3}]
    own_shop.acknowledge(both)
    with Press(mugs) as first, Press(shirts) as second:
        (mug,) = seen(first, "PO-1")
        (shirt,) = seen(second, "PO-1")
        assert [line["recipeSetId"] for line in mug["lineItems"]] == ["ABCD1234"]
        assert [line["recipeSetId"] for line in shirt["lineItems"]] == ["EFGH5678"]
        assert mug["progress"]["acknowledged"] == 1
        # The other's line can neither be moved nor found out about.
        body = {
            "purchaseOrderNumber": "PO-1",
            "lineItems": [{"recipeSetReadableId": "EFGH5678", "workflowStatus": "completed"}],
        }
        assert first.put("/api/order/status", body).status_code == 404
        assert second.put("/api/order/status", body).status_code == 200
        assert first.search("completed") == []
        for question in ({"sku": "SHIRT-M"}, {"status": "completed"}, {"recipeSet": "EFGH5678"}):
            assert first.get("/api/orders", **question).json()["orders"] == []
            assert len(second.get("/api/orders", **question).json()["orders"]) == 1
    with Press(build()) as stranger:
        assert stranger.search("not-started", "completed") == []
        assert stranger.get("/api/order/order-number/PO-1").status_code == 404


def test_two_clients_may_use_one_number_and_the_factory_says_which_it_means(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    with Shop(working) as other:
        factory.receives(other)
        for shop in (own_shop, other):
            shop.acknowledge(full("PO-SAME", "ABCD1234"))
        deadline = time.monotonic() + 60
        while len(press.search("not-started")) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        answer = press.get("/api/order/order-number/PO-SAME")
        assert answer.status_code == 409
        assert answer.json()["code"] == "ambiguous"
        assert sorted(answer.json()["clients"]) == sorted([own_shop.handle, other.handle])
        assert press.read("PO-SAME", client=other.handle)["clientHandle"] == other.handle
        moved = {
            "purchaseOrderNumber": "PO-SAME",
            "lineItems": [{"recipeSetReadableId": "ABCD1234", "workflowStatus": "completed"}],
        }
        assert press.put("/api/order/status", moved).status_code == 409
        assert press.put("/api/order/status", moved, client=other.handle).status_code == 200
        with Press(factory, own_shop) as limited:
            assert limited.read("PO-SAME")["lineItems"][0]["workflowStatus"] == "not-started"
            assert numbers(limited.search("completed", "not-started")) == ["PO-SAME"]


def test_whoever_polls_by_date_misses_nothing_that_became_visible_late(
    own_shop: Shop, build: Callable[..., Factory]
) -> None:
    """The order is old by the time that a rule leads it to the factory."""
    factory = build()
    own_shop.acknowledge(full("PO-1", "ABCD1234"))
    acknowledged = own_shop.get("/api/order/order-number/PO-1").json()["lastModification"]
    with Press(factory) as press:
        assert press.search("not-started") == []
        factory.receives(own_shop)
        (found,) = seen(press, "PO-1")
        assert found["lastModification"] > acknowledged
        again = press.search("not-started", lastModificationStartDate=found["lastModification"])
        assert numbers(again) == ["PO-1"]


def test_a_search_can_be_paged_and_every_order_comes_once(own_shop: Shop) -> None:
    sent = [order(f"PO-{place}", "ABCD1234", "EFGH5678") for place in range(7)]
    assert own_shop.acknowledge(sent).json()["allSuccessful"]
    body = {
        "lastModificationStartDate": "2026-01-01",
        "workflowStatuses": ["not-started"],
        "limit": 3,
        "ignoreDateRetriction": True,
    }
    found: list[str] = []
    path = SEARCH
    pages = 0
    while True:
        answer = own_shop.post(path, body)
        assert answer.status_code == 200, answer.text
        found += numbers(answer.json())
        pages += 1
        if "next" not in answer.links:
            break
        path = answer.links["next"]["url"]
    assert sorted(found) == sorted(one["purchaseOrderNumber"] for one in sent)
    assert pages == 3
    whole = own_shop.post(SEARCH, {name: value for name, value in body.items() if name != "limit"})
    assert numbers(whole.json()) == found


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/lastModificationStartDate", "/workflowStatuses"}),
        ({"lastModificationStartDate": "yesterday", "workflowStatuses": []},
         {"/lastModificationStartDate", "/workflowStatuses"}),
        ({"lastModificationStartDate": "2020-01-01", "workflowStatuses": ["not-started"]},
         {"/lastModificationStartDate"}),
        ({"lastModificationStartDate": "2020-01-01", "workflowStatuses": ["x", 7], "ignoreDateRestriction": 1,
          "limit": 0, "cursor": 3},
         {"/workflowStatuses/0", "/workflowStatuses/1", "/ignoreDateRestriction", "/limit", "/cursor",
          "/lastModificationStartDate"}),
        ({"lastModificationStartDate": "2026-11-01", "lastModificationEndDate": "2026-11-20",
          "workflowStatuses": ["not-started"], "cursor": "never-given"}, {"/cursor"}),
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_read_says_everything_that_is_wrong(
    own_shop: Shop, body: dict[str, Any], pointers: set[str]
) -> None:
    answer = own_shop.post(SEARCH, body)
    assert answer.status_code == 422, answer.text
    assert {one["pointer"] for one in answer.json()["errors"]} == pointers


def test_orders_are_listed_by_every_mark_the_newest_first_and_without_their_people(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    own_shop.acknowledge(full("PO-1", "ABCD1234"))
    own_shop.acknowledge(full("PO-2", "EFGH5678", sku="SHIRT"))
    own_shop.acknowledge(full("OTHER-3", "ABCD1234"))
    seen(press, "PO-1", "PO-2", "OTHER-3")

    def listed(**question: str) -> list[str]:
        answer = own_shop.get("/api/orders", params=question)
        assert answer.status_code == 200, answer.text
        assert "Featherstonehaugh" not in answer.text
        return numbers(answer.json()["orders"])

    everything = ["OTHER-3", "PO-2", "PO-1"]
    assert listed() == everything
    assert listed(prefix="PO-") == ["PO-2", "PO-1"]
    assert listed(prefix="PO_") == []
    assert listed(recipeSet="abcd1234") == ["OTHER-3", "PO-1"]
    assert listed(sku="SHIRT") == ["PO-2"]
    assert listed(partner=factory.handle, status="Not Started") == everything
    assert listed(partner="nobody") == []
    # They are planned, and each is then looked at for what it may be made of.
    deadline = time.monotonic() + 60
    while (waiting := listed(problem="awaiting-artwork")) != everything:
        assert time.monotonic() < deadline, waiting
    assert listed(problem="unrouted") == []
    assert listed(source="api", acknowledgedFrom="2026-01-01", modifiedTo="2999-01-01") == everything
    assert listed(acknowledgedTo="2026-01-01") == []
    assert listed(client="somebody-else") == []
    first = own_shop.get("/api/orders", params={"limit": "2"}).json()
    assert numbers(first["orders"]) == everything[:2]
    second = own_shop.get("/api/orders", params={"limit": "2", "cursor": first["next"]}).json()
    assert numbers(second["orders"]) == everything[2:]
    assert second["next"] is None
    for bad in (
        {"status": "done"},
        {"limit": "0"},
        {"cursor": "x"},
        {"modifiedFrom": "soon"},
        {"problem": "x"},
    ):
        assert own_shop.get("/api/orders", params=bad).status_code == 400


def test_an_export_is_the_whole_list_as_a_file_that_a_spreadsheet_may_open(own_shop: Shop) -> None:
    sent = [order(f"={place}+1", "ABCD1234", "EFGH5678") for place in range(150)]
    assert own_shop.acknowledge(sent).json()["allSuccessful"]
    answer = own_shop.get("/api/orders", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 300
    assert {row["purchaseOrderNumber"] for row in rows} == {f"'={place}+1" for place in range(150)}
    assert {row["workflowStatus"] for row in rows} == {"not-started"}
    lines = own_shop.get("/api/orders", params={"format": "ndjson"}).text.splitlines()
    assert {json.loads(line)["purchaseOrderNumber"] for line in lines} == {f"={n}+1" for n in range(150)}


def test_a_partners_token_is_for_a_partners_routes_and_a_shops_for_a_shops(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    for method, path in (
        ("POST", "/api/order/acknowledgement"), ("POST", "/api/order"), ("POST", "/api/order/cancel"),
        ("POST", "/api/order/reroute"), ("GET", "/api/products"), ("PUT", "/api/recipesets/ABCD1234"),
    ):  # fmt: skip
        answer = press.request(method, path, {})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    answer = own_shop.get("/api/packages", token=own_shop.new_token("partner"))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_factory_reads_the_files_that_it_is_to_print(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(full("PO-1", "ABCD1234"))
    seen(press, "PO-1")
    answer = press.get("/api/webtoprint/ABCD1234", wait="60")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    sheet = press.get(f"/{own_shop.handle}/specification/ABCD1234/pdf", wait="60")
    assert sheet.content.startswith(b"%PDF")
