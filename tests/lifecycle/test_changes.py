"""Hold, release, cancel, redeliver, reprint and re-route, with what the factories get of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders.domain.client import ClientSettings
from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.store import parties
from tests.harness.factory import Factory, manifest, opened, opened_store, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop

PATIENCE = 60.0


def change(shop: Shop, verb: str, number: str, *sets: str, **more: Any) -> dict[str, Any]:
    lines = {"lineItems": [{"recipeSetReadableId": name} for name in sets]} if sets else {}
    answer = shop.post(f"/api/order/{verb}", {"purchaseOrderNumber": number, **lines, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(shop: Shop, verb: str, number: str, status: int, **more: Any) -> str:
    answer = shop.post(f"/api/order/{verb}", {"purchaseOrderNumber": number, **more})
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


def read(shop: Shop, number: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.get(f"/api/order/order-number/{number}").json()
    return found


def until(shop: Shop, number: str, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while not seen(found := read(shop, number)):
        assert time.monotonic() < deadline, found
        time.sleep(0.03)
    return found


def all_delivered(found: dict[str, Any]) -> bool:
    return all(line["delivery"]["state"] == "delivered" for line in found["lineItems"])


def follow_ups(found: dict[str, Any]) -> dict[str, str]:
    return {one["kind"]: one["state"] for one in found.get("followUps", [])}


def said(package: Path) -> dict[str, Any]:
    return manifest(opened(package))


def test_what_is_on_hold_does_not_leave_and_what_is_released_leaves_at_once(
    own_shop: Shop, factory: Factory
) -> None:
    # Nothing is put before the order is held, so that its package cannot leave first.
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    held = change(own_shop, "hold", "PO-1", reason="She is thinking it over.")
    assert held["lineItems"][0]["onHold"] is True
    sell(own_shop, "ABCD1234")
    until(own_shop, "PO-1", lambda it: it["lineItems"][0]["delivery"]["state"] == "ready")
    time.sleep(0.5)  # several rounds of the worker
    assert factory.packages() == []
    assert "onHoldSince" in read(own_shop, "PO-1")["lineItems"][0]
    assert change(own_shop, "hold", "PO-1")["lineItems"][0]["onHold"] is True
    change(own_shop, "release", "PO-1")
    factory.await_packages()
    until(own_shop, "PO-1", all_delivered)


def test_what_has_left_cannot_be_held_and_the_answer_says_what_to_do(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    until(own_shop, "PO-1", all_delivered)
    assert "Cancel them" in refused(own_shop, "hold", "PO-1", 409)


def test_a_cancelled_line_never_leaves_and_its_order_goes_without_it(
    own_shop: Shop, factory: Factory
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678"))
    done = change(own_shop, "cancel", "PO-1", "ABCD1234", reason="One is enough.")
    assert [line["workflowStatus"] for line in done["lineItems"]] == ["cancelled"]
    assert done["packages"] == []
    # The other line has its artwork, and the one that has none is not waited for any more.
    sell(own_shop, "EFGH5678")
    (package,) = factory.await_packages()
    assert [line["recipeSetId"] for line in said(package)["lines"]] == ["EFGH5678"]
    change(own_shop, "cancel", "PO-1")
    until(own_shop, "PO-1", lambda it: it["progress"]["cancelled"] == 2)


def test_a_whole_order_that_is_cancelled_in_time_leaves_nothing_behind(
    own_shop: Shop, factory: Factory
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    change(own_shop, "cancel", "PO-1")
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-2", "ABCD1234"))
    until(own_shop, "PO-2", all_delivered)
    assert [said(one)["purchaseOrderNumber"] for one in factory.packages()] == ["PO-2"]
    # A cancelled number stays taken, and cancelling it again is no error.
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 409
    change(own_shop, "cancel", "PO-1")


def test_a_package_that_has_left_is_followed_by_a_cancellation_without_any_person(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234", "EFGH5678")
    sent = order("PO-1", "ABCD1234", "EFGH5678")
    own_shop.acknowledge(sent | {"shippingAddress": ADDRESS})
    until(own_shop, "PO-1", all_delivered)
    (package,) = factory.packages()
    done = change(own_shop, "cancel", "PO-1", "EFGH5678")
    assert [one["kind"] for one in done["packages"]] == ["cancellation"]
    until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
    (notice,) = set(factory.packages()) - {package}
    assert notice.name.endswith("_cancellation.zip")
    members = opened(notice)
    told = manifest(members)
    assert told["kind"] == "cancellation"
    assert told["completes"] == said(package)["packageId"]
    assert [line["recipeSetId"] for line in told["lines"]] == ["EFGH5678"]
    assert not [name for name in members if name.endswith(".pdf")]
    assert not any(b"Featherstone" in data for data in members.values())


ADDRESS = {
    "firstName": "Wilhelmina",
    "lastName": "Featherstonehaugh",
    "address1": "1408 Marmalade Crescent",
    "city": "Boulder",
    "state": "CO",
    "postalCode": "80302",
    "country": "US",
}


def test_a_shop_cancels_only_for_as_long_as_its_setting_allows(
    working: Server, own_shop: Shop, factory: Factory
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    with opened_store(working) as runtime, runtime.ledger.write() as tx:
        client = parties.find_client(tx.connection, own_shop.handle)
        assert client is not None
        parties.change_settings(tx, client, ClientSettings(cancel_hours=0), "cli")
    assert "could be changed until" in refused(own_shop, "cancel", "PO-1", 409)
    body = {
        "purchaseOrderNumber": "PO-1",
        "lineItems": [{"recipeSetReadableId": "ABCD1234", "workflowStatus": "cancelled"}],
    }
    late = own_shop.put("/api/order/status", body)
    assert (late.status_code, late.json()["status"]) == (409, "Error")
    assert read(own_shop, "PO-1")["lineItems"][0]["workflowStatus"] == "not-started"
    # Its factory may still say that it is cancelled.
    with Press(factory) as press:
        until(own_shop, "PO-1", lambda it: it["lineItems"][0]["routing"]["partner"] is not None)
        assert press.put("/api/order/status", body).status_code == 200


def test_a_dry_run_says_what_would_happen_and_changes_nothing(own_shop: Shop, factory: Factory) -> None:
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    before = until(own_shop, "PO-1", all_delivered)
    answer = own_shop.post(
        "/api/order/cancel", {"purchaseOrderNumber": "PO-1"}, params={"dryRun": "true"}
    ).json()
    assert answer["dryRun"] is True
    assert answer["lineItems"][0]["workflowStatus"] == "cancelled"
    assert [one["kind"] for one in answer["packages"]] == ["cancellation"]
    assert read(own_shop, "PO-1") == before


def test_a_package_sent_again_is_found_there_and_a_lost_one_lies_there_again(
    own_shop: Shop, factory: Factory
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    assert "nothing to send again" in refused(own_shop, "redeliver", "PO-1", 409)
    sell(own_shop, "ABCD1234")
    until(own_shop, "PO-1", all_delivered)
    (package,) = factory.packages()
    first = package.read_bytes()
    package.unlink()
    change(own_shop, "redeliver", "PO-1", reason="The folder was emptied.")
    until(own_shop, "PO-1", all_delivered)
    assert package.read_bytes() == first
    change(own_shop, "redeliver", "PO-1")
    until(own_shop, "PO-1", all_delivered)
    assert factory.packages() == [package]


def test_a_reprint_is_a_package_of_its_own_with_the_same_files_byte_for_byte(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234", "EFGH5678")
    own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678"))
    until(own_shop, "PO-1", all_delivered)
    (package,) = factory.packages()
    # What the shop sells under this id by now is something else; what was agreed is printed.
    own_shop.put(
        "/api/products/mug",
        {"name": "Mug", "areas": [{"handle": "wrap", "width": 90, "height": 30, "bleed": 2, "safe": 2}]},
    )
    sell(own_shop, "ABCD1234")
    change(own_shop, "reprint", "PO-1", "ABCD1234", reason="The parcel was lost.")
    until(own_shop, "PO-1", lambda it: follow_ups(it) == {"reprint": "delivered"})
    (again,) = set(factory.packages()) - {package}
    assert again.name.endswith("_reprint.zip")
    old, new = opened(package), opened(again)
    assert manifest(new)["kind"] == "reprint"
    assert manifest(new)["completes"] == manifest(old)["packageId"]
    assert [line["recipeSetId"] for line in manifest(new)["lines"]] == ["ABCD1234"]

    def printed(members: dict[str, bytes]) -> set[str]:
        return {
            hashlib.sha256(data).hexdigest() for name, data in members.items() if name.endswith("_wrap.pdf")
        }

    assert printed(new)
    assert printed(new) <= printed(old)


def test_nothing_is_reprinted_that_was_never_delivered(own_shop: Shop, factory: Factory) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    assert "not delivered yet" in refused(own_shop, "reprint", "PO-1", 409)


def test_lines_go_to_another_factory_and_the_first_one_is_told(
    own_shop: Shop, factory: Factory, build: Callable[..., Factory]
) -> None:
    other = build()
    sell(own_shop, "ABCD1234", "EFGH5678")
    own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678"))
    until(own_shop, "PO-1", all_delivered)
    no = refused(own_shop, "reroute", "PO-1", 422, partner=other.handle)
    assert f"those that are named: {factory.handle}." in no
    other.receives(own_shop, sku="NOTHING-LIKE-IT")
    done = change(own_shop, "reroute", "PO-1", "EFGH5678", partner=other.handle, reason="The press is down.")
    assert sorted(one["kind"] for one in done["packages"]) == ["cancellation", "package"]
    (package,) = other.await_packages()
    assert [line["recipeSetId"] for line in said(package)["lines"]] == ["EFGH5678"]
    found = until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
    partners = [line["routing"]["partner"] for line in found["lineItems"]]
    assert partners == [factory.handle, other.handle]
    assert "whatever the rules say" in found["lineItems"][1]["routing"]["why"][0]
    with Press(factory) as first, Press(other) as second:
        assert [line["recipeSetId"] for line in first.read("PO-1")["lineItems"]] == ["ABCD1234"]
        assert [line["recipeSetId"] for line in second.read("PO-1")["lineItems"]] == ["EFGH5678"]


def test_a_line_that_its_factory_rejects_goes_to_the_next_or_waits_for_somebody(
    own_shop: Shop, factory: Factory, build: Callable[..., Factory]
) -> None:
    other = build()
    other.receives(own_shop)
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    until(own_shop, "PO-1", all_delivered)
    with Press(factory) as press, Press(other) as second:
        (package,) = press.get("/api/packages").json()["packages"]
        path = f"/api/packages/{package['packageId']}/rejected"
        assert press.post(path, {}).status_code == 422
        assert press.post(path, {"reason": "We have no mugs."}).status_code == 200
        assert press.get("/api/order/order-number/PO-1").status_code == 404
        other.await_packages()
        found = until(own_shop, "PO-1", all_delivered)
        assert found["lineItems"][0]["routing"]["partner"] == other.handle
        assert "will not make this line" in found["lineItems"][0]["routing"]["why"][0]
        assert "followUps" not in found
        (package,) = second.get("/api/packages").json()["packages"]
        refusal = second.post(f"/api/packages/{package['packageId']}/rejected", {"reason": "Nor have we."})
        assert refusal.json()["state"] == "cancelled"
    found = until(own_shop, "PO-1", lambda it: len(it["lineItems"][0]["routing"]["why"]) > 2)
    assert found["lineItems"][0]["routing"]["partner"] is None


def test_a_factory_says_that_it_has_a_package_and_will_make_it(
    own_shop: Shop, build: Callable[..., Factory]
) -> None:
    factory = build(PartnerSettings(collect_hours=4))
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    until(own_shop, "PO-1", all_delivered)
    with Press(factory) as press:
        (package,) = press.get("/api/packages", state="uncollected").json()["packages"]
        assert package["purchaseOrderNumber"] == "PO-1"
        path = f"/api/packages/{package['packageId']}"
        taken = press.post(f"{path}/received")
        assert taken.status_code == 200
        assert press.post(f"{path}/received").json() == taken.json()
        assert press.post(f"{path}/accepted").json()["acceptedAt"]
        assert press.get("/api/packages", state="uncollected").json()["packages"] == []
        assert len(press.get("/api/packages", state="collected").json()["packages"]) == 1
        assert press.post("/api/packages/pkg_0000000000001/received").status_code == 404
    assert read(own_shop, "PO-1")["progress"]["collected"] == 1
    with Press(build()) as stranger:
        assert stranger.post(f"{path}/received").status_code == 404


@pytest.mark.parametrize("verb", ["hold", "release", "cancel", "redeliver", "reprint"])
def test_another_shops_order_is_not_there(
    working: Server, own_shop: Shop, factory: Factory, verb: str
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    with Shop(working) as other:
        mine = refused(other, verb, "PO-1", 404)
        assert mine == refused(other, verb, "PO-NEVER", 404)
