"""What an operator does with an order that is stuck, without a database edit; and files that say "
""received"."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders.domain.client import ClientSettings
from spectrum_orders.store import parties
from tests.conftest import FreshServer
from tests.harness.factory import Factory, opened_store, order, sell
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, read, until


def spectrum(shop: Shop, *words: str) -> dict[str, Any]:
    done = shop.server.spectrum("order", words[0], "--client", shop.handle, *words[1:], "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_operator_does_what_a_shop_may_and_no_time_is_over(
    working: Server, own_shop: Shop, factory: Factory, build: Callable[..., Factory]
) -> None:
    with opened_store(working) as runtime, runtime.ledger.write() as tx:
        client = parties.find_client(tx.connection, own_shop.handle)
        assert client is not None
        parties.change_settings(tx, client, ClientSettings(cancel_hours=0), "cli")
    own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678"))
    assert spectrum(own_shop, "hold", "PO-1", "--reason", "A call came.")["lines"][0]["onHold"] is True
    assert spectrum(own_shop, "release", "PO-1")["lines"][0]["onHold"] is False
    first = read(own_shop, "PO-1")["lineItems"][0]["id"]
    dry = spectrum(own_shop, "cancel", "PO-1", "--line", str(first), "--dry-run")
    assert dry["lines"][0]["workflowStatus"] == "cancelled"
    assert read(own_shop, "PO-1")["lineItems"][0]["workflowStatus"] == "not-started"
    spectrum(own_shop, "cancel", "PO-1", "--line", str(first))
    sell(own_shop, "EFGH5678")
    until(own_shop, "PO-1", lambda it: it["lineItems"][1]["delivery"]["state"] == "delivered")
    second = str(read(own_shop, "PO-1")["lineItems"][1]["id"])
    assert spectrum(own_shop, "redeliver", "PO-1", "--line", second)["packages"][0]["kind"] == "package"
    until(own_shop, "PO-1", lambda it: it["lineItems"][1]["delivery"]["state"] == "delivered")
    assert spectrum(own_shop, "reprint", "PO-1", "--line", second)["packages"][0]["kind"] == "reprint"
    factory.await_packages(2)  # one that has not left is taken back without a notice
    # A factory that stands in no rule: an operator may, a shop may not.
    other = build()
    done = spectrum(own_shop, "reroute", "PO-1", "--line", second, "--partner", other.handle)
    assert sorted(one["kind"] for one in done["packages"]) == ["cancellation", "cancellation", "package"]
    other.await_packages()
    refused = own_shop.server.spectrum("order", "hold", "--client", own_shop.handle, "NO-SUCH", check=False)
    assert refused.returncode == 1
    assert "There is no order" in refused.stderr


def test_orders_of_a_client_without_any_rule_are_led_to_a_factory_that_works_already(
    working: Server, own_shop: Shop, factory: Factory
) -> None:
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    sell(own_shop, "ABCD1234")
    until(own_shop, "PO-1", all_delivered)  # so the worker knows every client that there is
    with Shop(working) as newcomer:
        newcomer.acknowledge(order("PO-2", "ABCD1234"))
        sell(newcomer, "ABCD1234")
        spectrum(newcomer, "reroute", "PO-2", "--partner", factory.handle)
        until(newcomer, "PO-2", all_delivered)


def test_a_partners_token_is_made_listed_and_revoked(
    working: Server, own_shop: Shop, factory: Factory
) -> None:
    made = working.spectrum("token", "create", "--partner", factory.handle, "--client", own_shop.handle)
    token = made.stdout.strip()
    assert f"for {factory.handle}, for the orders of {own_shop.handle} (partner)" in " ".join(
        made.stderr.split()
    )
    assert own_shop.get("/api/packages", token=token).status_code == 200
    (listed,) = json.loads(working.spectrum("token", "list", "--partner", factory.handle, "--json").stdout)
    assert (listed["partner"], listed["client"]) == (factory.handle, own_shop.handle)
    working.spectrum("token", "revoke", listed["id"])
    import time

    time.sleep(1)  # promised: everywhere within a second
    assert own_shop.get("/api/packages", token=token).status_code == 401
    for wrong in (
        ("--partner", factory.handle, "--scope", "admin"),
        ("--client", own_shop.handle, "--scope", "partner"),
        (),
    ):
        assert working.spectrum("token", "create", *wrong, check=False).returncode == 2


@pytest.mark.parametrize("beside", ["a file", "a link"])
def test_a_file_beside_a_package_says_that_it_was_received(
    fresh_server: FreshServer, tmp_path: Path, beside: str
) -> None:
    server = fresh_server(SPECTRUM_DELIVER="on", SPECTRUM_RECEIPT_FILE_INTERVAL="100 ms")
    factory = Factory(server, tmp_path / "press")
    with Shop(server) as shop:
        factory.receives(shop)
        sell(shop, "ABCD1234")
        shop.acknowledge(order("PO-1", "ABCD1234"))
        until(shop, "PO-1", all_delivered)
        (package,) = factory.packages()
        receipt = package.with_name(package.name + ".received")
        if beside == "a link":
            receipt.symlink_to("/etc/hostname")
            shop.acknowledge(order("PO-2", "ABCD1234"))
            until(shop, "PO-2", all_delivered)
            assert read(shop, "PO-1")["progress"]["collected"] == 0
            receipt.unlink()
        receipt.write_text("thank you")
        until(shop, "PO-1", lambda it: it["progress"]["collected"] == 1)
