"""Corrected artwork reaches a line that its factory turned down, and no line that may be on a press."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from spectrum_orders.domain.client import ClientSettings
from spectrum_orders.store import parties
from spectrum_orders.store.schema import journal
from tests.harness.factory import NAMED, Factory, manifest, opened, opened_store, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, change, follow_ups, read, refused, until

STATUS = "/api/order/status"


def correct(shop: Shop, name: str) -> dict[str, Any]:
    """Put the recipe set with other words."""
    layer = {**NAMED["recipes"][0]["fillings"][0]["layers"][0], "text": "Corrected"}
    fillings = [{"area": "wrap", "layers": [layer]}]
    answer = shop.put(f"/api/recipesets/{name}", {"recipes": [{"product": "mug", "fillings": fillings}]})
    assert answer.status_code == 200, answer.text
    put: dict[str, Any] = answer.json()
    return put


def reject(press: Press) -> None:
    (package,) = press.get("/api/packages", state="delivered").json()["packages"]
    path = f"/api/packages/{package['packageId']}/rejected"
    assert press.post(path, {"reason": "The White plate is missing."}).status_code == 200


def sold(shop: Shop, number: str = "PO-1") -> dict[str, Any]:
    sell(shop, "ABCD1234")
    shop.acknowledge(order(number, "ABCD1234"))
    line: dict[str, Any] = until(shop, number, all_delivered)["lineItems"][0]
    return line


def test_a_rejected_line_takes_the_corrected_artwork_when_that_is_wished(
    own_shop: Shop, factory: Factory, press: Press, build: Callable[..., Factory]
) -> None:
    first = sold(own_shop)["artwork"]["version"]
    reject(press)
    until(own_shop, "PO-1", lambda it: it["lineItems"][0]["routing"]["partner"] is None)
    put = correct(own_shop, "ABCD1234")
    assert (put["frozen"]["lineItems"], put["frozen"]["purchaseOrderNumbers"]) == (1, ["PO-1"])
    assert '"artwork": "newest"' in put["frozen"]["advice"]
    other = build()
    other.receives(own_shop, sku="NOTHING-LIKE-IT")
    wish = {"partner": other.handle, "artwork": "newest"}
    dry = own_shop.post(
        "/api/order/reroute", {"purchaseOrderNumber": "PO-1", **wish}, params={"dryRun": "true"}
    )
    assert dry.json()["lineItems"][0]["artworkVersion"] == put["version"]
    assert read(own_shop, "PO-1")["lineItems"][0]["artwork"]["version"] == first
    done = change(own_shop, "reroute", "PO-1", reason="With the plate.", **wish)
    assert done["lineItems"][0]["artworkVersion"] == put["version"]
    (package,) = other.await_packages()
    found = until(own_shop, "PO-1", all_delivered)["lineItems"][0]["artwork"]
    assert found["version"] == put["version"]
    assert found["renewed"]["before"] == first
    assert found["renewed"]["by"].startswith("tok_")
    assert found["renewed"]["at"].startswith("20")
    with Press(other) as its:
        (line,) = its.get("/api/order/order-number/PO-1").json()["lineItems"]
    assert (line["artwork"]["version"], "renewed" in line["artwork"]) == (put["version"], False)
    assert "frozen" not in correct(own_shop, "ABCD1234")
    (old,) = factory.packages()
    printed = [
        {name: data for name, data in opened(one).items() if name.endswith("_wrap.pdf")}
        for one in (old, package)
    ]
    assert printed[0] != printed[1]
    # Said again it changes nothing, and by itself nothing is ever bound anew.
    assert change(own_shop, "reroute", "PO-1", **wish)["packages"] == []


def test_by_default_a_rejected_line_is_made_from_what_was_acknowledged(
    own_shop: Shop, factory: Factory, press: Press, build: Callable[..., Factory]
) -> None:
    first = sold(own_shop)["artwork"]["version"]
    reject(press)
    until(own_shop, "PO-1", lambda it: it["lineItems"][0]["routing"]["partner"] is None)
    correct(own_shop, "ABCD1234")
    other = build()
    other.receives(own_shop, sku="NOTHING-LIKE-IT")
    change(own_shop, "reroute", "PO-1", partner=other.handle)
    other.await_packages()
    assert read(own_shop, "PO-1")["lineItems"][0]["artwork"]["version"] == first
    said = refused(own_shop, "reroute", "PO-1", 422, partner=other.handle, artwork="latest")
    assert "one problem" in said


def test_a_line_in_revision_starts_again_at_the_same_factory_even_after_days(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    sold(own_shop)
    line = {"recipeSetReadableId": "ABCD1234", "workflowStatus": "revision"}
    assert press.put(STATUS, {"purchaseOrderNumber": "PO-1", "lineItems": [line]}).status_code == 200
    with opened_store(working) as runtime, runtime.ledger.write() as tx:
        client = parties.find_client(tx.connection, own_shop.handle)
        assert client is not None
        parties.change_settings(tx, client, ClientSettings(cancel_hours=0), "test")
    put = correct(own_shop, "ABCD1234")
    change(own_shop, "reroute", "PO-1", partner=factory.handle, artwork="newest", reason="A new plate.")
    found = until(own_shop, "PO-1", lambda it: all_delivered(it) and "followUps" in it)
    found = until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
    assert found["lineItems"][0]["workflowStatus"] == "not-started"
    assert found["lineItems"][0]["artwork"]["version"] == put["version"]
    kinds = [manifest(opened(one))["kind"] for one in factory.packages()]
    assert sorted(kinds) == ["cancellation", "package", "package"]
    with opened_store(working) as runtime, runtime.database.read() as connection:
        query = sa.select(journal.c.body).where(
            journal.c.client_id == client.id, journal.c.kind == "lines.renewed"
        )
        assert len(connection.execute(query).all()) == 1


def test_a_line_that_may_be_on_a_press_keeps_what_it_was_acknowledged_with(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    before = sold(own_shop)
    put = correct(own_shop, "ABCD1234")
    assert put["frozen"]["lineItems"] == 1
    said = refused(own_shop, "reroute", "PO-1", 409, partner=factory.handle, artwork="newest")
    assert "may be in production" in said
    assert str(before["id"]) in said
    assert read(own_shop, "PO-1")["lineItems"][0]["artwork"] == before["artwork"]
    line = {"recipeSetReadableId": "ABCD1234", "shipmentTracking": "1Z1"}
    press.post("/api/order/ship-notification", {"purchaseOrderNumber": "PO-1", "lineItems": [line]})
    assert "frozen" not in correct(own_shop, "ABCD1234")


def test_what_has_not_left_takes_the_newest_artwork_too(own_shop: Shop, factory: Factory) -> None:
    # Nothing is put before the order is held, so that its package cannot leave first.
    own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678"))
    change(own_shop, "hold", "PO-1")
    sell(own_shop, "ABCD1234", "EFGH5678")
    until(own_shop, "PO-1", lambda it: it["lineItems"][0]["delivery"]["state"] == "ready")
    put = correct(own_shop, "ABCD1234")
    change(own_shop, "reroute", "PO-1", "ABCD1234", partner=factory.handle, artwork="newest")
    change(own_shop, "release", "PO-1")
    found = until(own_shop, "PO-1", all_delivered)
    assert found["lineItems"][0]["artwork"]["version"] == put["version"]
    assert "renewed" not in found["lineItems"][1]["artwork"]


def test_an_operator_gives_a_line_its_corrected_artwork(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    sold(own_shop)
    reject(press)
    until(own_shop, "PO-1", lambda it: it["lineItems"][0]["routing"]["partner"] is None)
    put = correct(own_shop, "ABCD1234")
    call = ("order", "reroute", "--client", own_shop.handle, "PO-1", "--partner", factory.handle)
    working.spectrum(*call, "--artwork", "newest")
    found = until(own_shop, "PO-1", all_delivered)["lineItems"][0]["artwork"]
    assert (found["version"], found["renewed"]["by"]) == (put["version"], "cli")
