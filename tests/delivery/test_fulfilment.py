"""Promise 4: an acknowledged order becomes whole, correct files at its factory, once."""

from __future__ import annotations

from pathlib import Path

import msgspec

from spectrum_orders.domain.partner import Cut, PartnerSettings
from tests.harness.factory import Factory, manifest, opened, order, sell
from tests.harness.server import Server
from tests.harness.shop import Shop

ADDRESS = {
    "firstName": "Wilhelmina",
    "lastName": "Featherstonehaugh",
    "address1": "1408 Marmalade Crescent",
    "city": "Boulder",
    "state": "CO",
    "postalCode": "80302",
    "country": "US",
}
BUYER = {**ADDRESS, "firstName": "Odalys", "lastName": "Brankovic"}


def test_an_acknowledged_order_lies_at_its_factory_whole(own_shop: Shop, factory: Factory) -> None:
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    (package,) = factory.await_packages()
    members = opened(package)
    assert any(name.endswith("_wrap.pdf") for name in members)
    assert any(name.startswith("specification") for name in members)
    said = manifest(members)
    assert said["purchaseOrderNumber"] == "PO-1"
    assert said["receipt"]["signature"]
    assert factory.leftovers() == []


def test_addresses_reach_the_factory_and_the_buyer_does_not(own_shop: Shop, factory: Factory) -> None:
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    full = order("PO-2", "ABCD1234", customerAddress=BUYER, shippingAddress=ADDRESS)
    assert own_shop.post("/api/order", full).status_code == 200
    (package,) = factory.await_packages()
    members = opened(package)
    ticket = msgspec.json.decode(members["ticket.json"])
    assert ticket["shippingAddress"]["lastName"] == "Featherstonehaugh"
    assert not any(b"Brankovic" in data for data in members.values())
    assert not any(b"Featherstonehaugh" in data for name, data in members.items() if name != "ticket.json")


def test_an_order_without_artwork_waits_and_goes_on_when_it_comes(own_shop: Shop, factory: Factory) -> None:
    factory.receives(own_shop)
    sell(own_shop)
    assert own_shop.acknowledge(order("PO-3", "LATE0001")).status_code == 200
    assert own_shop.acknowledge(order("PO-4", "LATE0001")).status_code == 200
    said = ""
    while "awaiting-artwork" not in said:
        said = own_shop.server.spectrum("exceptions", "--json").stdout
    assert factory.packages() == []
    sell(own_shop, "late0001")
    factory.await_packages(2)


def test_addresses_that_come_after_the_package_follow_as_a_ticket_alone(
    own_shop: Shop, factory: Factory
) -> None:
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-5", "ABCD1234")).status_code == 200
    (first,) = factory.await_packages()
    full = order("PO-5", "ABCD1234", customerAddress=BUYER, shippingAddress=ADDRESS)
    assert own_shop.post("/api/order", full).json()["completed"] is True
    both = factory.await_packages(2)
    (late,) = [path for path in both if path != first]
    members = opened(late)
    assert set(members) == {"manifest.json", "ticket.json", "SHA256SUMS"}
    ticket = msgspec.json.decode(members["ticket.json"])
    assert ticket["completes"] == manifest(opened(first))["packageId"]
    assert ticket["shippingAddress"]["city"] == "Boulder"


def test_one_line_without_artwork_keeps_the_whole_package(own_shop: Shop, factory: Factory) -> None:
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-6", "ABCD1234", "LATE0002")).status_code == 200
    said = ""
    while "awaiting-artwork" not in said:
        said = own_shop.server.spectrum("exceptions", "--json").stdout
    assert factory.packages() == []
    sell(own_shop, "LATE0002")
    (package,) = factory.await_packages()
    assert len(manifest(opened(package))["lines"]) == 2


def test_a_recipe_set_that_changes_after_the_acknowledgement_changes_nothing(
    own_shop: Shop, serving: Server, tmp_path: Path
) -> None:
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-7", "ABCD1234")).status_code == 200
    before = own_shop.get("/api/webtoprint/ABCD1234").content
    changed = {
        "recipes": [
            {
                "product": "mug",
                "fillings": [
                    {
                        "area": "wrap",
                        "layers": [
                            {"type": "fill", "colour": {"type": "cmyk", "c": 1, "m": 0, "y": 0, "k": 0}}
                        ],
                    }
                ],
            }
        ]
    }
    assert own_shop.put("/api/recipesets/ABCD1234", changed).status_code == 200
    factory = Factory(serving, tmp_path / "later")
    factory.receives(own_shop)
    (package,) = factory.await_packages()
    (printed,) = [data for name, data in opened(package).items() if name.endswith("_wrap.pdf")]
    assert printed in before


def test_each_shop_and_sku_goes_where_its_rules_say(own_shop: Shop, serving: Server, tmp_path: Path) -> None:
    mugs, tees = (Factory(serving, tmp_path / name, handle=name) for name in ("mugs", "tees"))
    mugs.receives(own_shop, sku="MUG-*")
    tees.receives(own_shop, sku="TEE-*")
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-8", "ABCD1234", sku="MUG-1"))
    own_shop.acknowledge(order("PO-9", "ABCD1234", sku="TEE-1"))
    own_shop.acknowledge(order("PO-10", "ABCD1234", sku="mug-1"))
    (mug,) = mugs.await_packages()
    (tee,) = tees.await_packages()
    assert mug.name.startswith("PO-8_")
    assert tee.name.startswith("PO-9_")
    said = own_shop.server.spectrum("exceptions", "--json").stdout
    assert "unrouted" in said
    assert "PO-10" in said


def test_a_partner_that_cuts_by_line_gets_a_package_for_each(
    own_shop: Shop, serving: Server, tmp_path: Path
) -> None:
    factory = Factory(
        serving,
        tmp_path / "lines",
        settings=PartnerSettings(cut=Cut.LINE, tickets=("xjdf", "csv")),
    )
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234", "EFGH5678")
    own_shop.acknowledge(order("PO-11", "ABCD1234", "EFGH5678"))
    packages = factory.await_packages(2)
    for package in packages:
        members = opened(package)
        assert len(manifest(members)["lines"]) == 1
        assert {"ticket.xjdf", "ticket.csv"} < set(members)


def test_a_match_that_is_not_marked_for_the_environment_is_an_exception(
    own_shop: Shop, serving: Server, tmp_path: Path
) -> None:
    serving.spectrum("partner", "create", "elsewhere")
    folder = tmp_path / "production"
    folder.mkdir()
    serving.spectrum(
        "destination", "add", "--partner", "elsewhere", f"folder://{folder}", "--environment", "production"
    )
    serving.spectrum("route", "add", "--client", own_shop.handle, "--partner", "elsewhere")
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-12", "ABCD1234"))
    said = ""
    while "no-destination" not in said:
        said = serving.spectrum("exceptions", "--json").stdout
    assert list(folder.iterdir()) == []
