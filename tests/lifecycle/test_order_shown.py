"""What `spectrum order show` says of an order to which something happened."""

from __future__ import annotations

import json
from typing import Any

from tests.harness.factory import Factory, order, sell
from tests.harness.press import Press
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, change, read, until
from tests.lifecycle.test_history import SHIPPING, package_of, parcel


def shown(shop: Shop, number: str) -> tuple[list[str], dict[str, Any]]:
    """As a person reads it, and as a program does."""
    words = ("order", "show", "--client", shop.handle, number)
    found: dict[str, Any] = json.loads(shop.server.spectrum(*words, "--json").stdout)
    return shop.server.spectrum(*words).stdout.splitlines(), found


def test_what_was_shipped_collected_and_printed_again_is_seen(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    sell(own_shop, "ABCD1234", "EFGH5678")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678")).status_code == 200
    until(own_shop, "PO-1", all_delivered)
    package = package_of(press)
    assert press.post(f"/api/packages/{package}/received").status_code == 200
    assert press.post(SHIPPING, parcel("PO-1")).status_code == 200
    change(own_shop, "reprint", "PO-1", "EFGH5678")
    factory.await_packages(2)
    until(own_shop, "PO-1", lambda it: it["followUps"][0]["state"] == "delivered")
    text, told = shown(own_shop, "PO-1")
    first, second = read(own_shop, "PO-1")["lineItems"]
    heading, one, other = text[:3]
    assert heading.split("  ")[0] == "LINE"
    assert one.split()[0] == str(first["id"])
    assert (one.split()[-1], other.split()[-1]) == ("yes", package)
    assert f"Line {first['id']} was shipped at {told['lines'][0]['shippedAt']}: 1Z1" in text
    reprint = f"The reprint {told['packages'][1]['package']} for {factory.handle}"
    assert f"{reprint} repeats {package}: delivered." in text
    (row,) = (line for line in text if line.startswith(package))
    assert "delivered, collected" in row
    assert text[-1] == ("Lines: 2 acknowledged = 2 routed = 2 rendered = 2 delivered; 2 collected, 1 shipped")
    assert [line["tracking"] for line in told["lines"]] == [["1Z1"], []]
    assert told["lines"][0]["shippedAt"] is not None
    assert told["lines"][1]["line"] == second["id"]
    assert [(each["kind"], each["follows"]) for each in told["packages"]] == [
        ("package", None),
        ("reprint", package),
    ]


def test_a_cancelled_order_says_so_and_lists_the_notice_that_followed(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    until(own_shop, "PO-1", all_delivered)
    change(own_shop, "cancel", "PO-1")
    factory.await_packages(2)
    until(own_shop, "PO-1", lambda it: it["followUps"][0]["state"] == "delivered")
    text, told = shown(own_shop, "PO-1")
    package, notice = (each["package"] for each in told["packages"])
    assert "cancelled" in text[1].split()
    said = f"The cancellation {notice} for {factory.handle} takes back lines of {package}: delivered."
    assert said in text
    assert text[-1] == "Lines: 1, all cancelled."
    assert told["gaps"] == []


def test_a_line_on_hold_says_since_when_and_why(own_shop: Shop, factory: Factory) -> None:
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    change(own_shop, "hold", "PO-1", reason="ask Ann")
    text, told = shown(own_shop, "PO-1")
    (line,) = told["lines"]
    assert "not-started, on hold" in text[1]
    assert f"Line {line['line']} is on hold since {line['onHoldSince']}: ask Ann" in text
    assert line["onHoldReason"] == "ask Ann"
