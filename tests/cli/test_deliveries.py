"""From an order to its factory as an operator sees it: how far, what waits, and what is sent again."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import FreshServer
from tests.harness.factory import PATIENCE, Factory, order, sell
from tests.harness.server import Server
from tests.harness.shop import Shop


def exceptions(server: Server, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The exception that is waited for."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = json.loads(server.spectrum("exceptions", "--json").stdout)
        for one in found:
            if wanted(one):
                assert isinstance(one, dict)
                return one
        assert time.monotonic() < deadline, f"{found}\n{server.logs()[-4000:]}"


def reason(word: str) -> Callable[[dict[str, Any]], bool]:
    return lambda one: one["kind"] == word


def test_a_factory_that_is_gone_is_seen_replaced_and_gets_what_it_is_owed(
    fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = fresh_server(SPECTRUM_DELIVER="on")
    with Shop(server) as shop:
        factory = Factory(server, tmp_path / "old")
        shutil.rmtree(factory.folder)
        factory.receives(shop, sku="MUG")
        sell(shop, "ABCD1234")
        assert shop.acknowledge(order("PO-1", "ABCD1234", "ABCD1234")).status_code == 200
        assert shop.acknowledge(order("PO 2", "ABCD1234", sku="mug")).status_code == 200

        ailing = exceptions(server, reason("destination-failing"))
        old = ailing["destination"]
        assert (ailing["code"], ailing["nextStep"]) == (
            "no-folder",
            f"Find out why: spectrum destination test {old}",
        )
        lost = exceptions(server, reason("unrouted"))
        assert lost["purchaseOrderNumber"] == "PO 2"
        # The next step may be pasted into a shell as it stands.
        assert lost["nextStep"].endswith(f"spectrum route explain --client {shop.handle} 'PO 2'")
        shown = server.spectrum("exceptions").stdout.splitlines()
        assert f"     spectrum route explain --client {shop.handle} 'PO 2'" in shown

        explained = server.spectrum("route", "explain", "--client", shop.handle, "PO 2").stdout
        assert "nearly matched: a SKU of the line would match if upper and lower case" in explained

        refused = server.spectrum("destination", "remove", old, check=False)
        assert (refused.returncode, "Call again with --yes" in refused.stderr) == (1, True)
        removed = server.spectrum("destination", "remove", old, "--yes").stderr
        assert "1 delivery is given up" in removed
        given_up = exceptions(server, reason("destination-removed"))
        assert given_up["purchaseOrderNumber"] == "PO-1"

        new = tmp_path / "new"
        new.mkdir()
        add = ("destination", "add", "--partner", factory.handle, f"folder://{new}", "--json")
        there = json.loads(server.spectrum(*add).stdout)["id"]
        nowhere = server.spectrum("delivery", "replay", "--destination", old)
        assert "went to a destination that was removed" in nowhere.stderr
        replay = ("delivery", "replay", "--since", "2026-01-01", "--until", "2100-01-01", "--to", there)
        assert (
            "1 delivery would be sent again. Nothing was changed."
            in server.spectrum(*replay, "--dry-run").stderr
        )
        assert list(new.iterdir()) == []
        (sent,) = json.loads(server.spectrum(*replay, "--json").stdout)
        assert sent["package"] == given_up["package"]
        factory.folder = new
        factory.await_packages()

        how_far(server, shop, there)
        assert json.loads(server.spectrum(*replay, "--json").stdout) == []


def how_far(server: Server, shop: Shop, destination: str) -> None:
    """The order that arrived is whole, and says why it went where it went."""
    show = ("order", "show", "--client", shop.handle, "PO-1")
    deadline = time.monotonic() + PATIENCE
    while (told := json.loads(server.spectrum(*show, "--json").stdout))["gaps"]:
        assert time.monotonic() < deadline, told
    assert {told["counts"][name] for name in ("acknowledged", "routed", "rendered", "delivered")} == {2}
    assert {way["destination"] for line in told["lines"] for way in line["deliveries"]} == {destination}
    text = server.spectrum(*show).stdout
    assert "Lines: 2 acknowledged = 2 routed = 2 rendered = 2 delivered" in text
    assert "The line goes to press." in text
    (listed,) = json.loads(server.spectrum("delivery", "list", "--state", "sent", "--json").stdout)
    assert listed["outcome"]["checked"] == "Size and SHA-256 were read back from the folder."


def test_a_factory_that_is_back_gets_at_once_what_would_be_tried_later(
    fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = fresh_server(SPECTRUM_DELIVER="on")
    with Shop(server) as shop:
        factory = Factory(server, tmp_path / "press")
        shutil.rmtree(factory.folder)
        factory.receives(shop)
        sell(shop, "ABCD1234")
        shop.acknowledge(order("PO-1", "ABCD1234"))
        # The third attempt comes five minutes after the second.
        failing = exceptions(
            server, lambda one: one["kind"] == "destination-failing" and "2 failures" in one["cause"]
        )
        factory.folder.mkdir()
        number = failing["destination"]
        assert "1 delivery to the destination" in server.spectrum("destination", "resume", number).stderr
        factory.await_packages()


def test_a_replay_says_which_deliveries_are_meant(server: Server) -> None:
    unsaid = server.spectrum("delivery", "replay", "--since", "2026-01-01", check=False)
    assert (unsaid.returncode, "Say which: --package" in unsaid.stderr) == (2, True)
    odd = server.spectrum("delivery", "replay", "--package", "PO-1", check=False)
    assert (odd.returncode, "pkg_ and 13 characters" in odd.stderr) == (2, True)
    nothing = server.spectrum("delivery", "replay", "--destination", "5")
    assert "Nothing that was given up matches" in nothing.stderr
