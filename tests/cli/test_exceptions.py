"""What waits for somebody, when nobody makes anything."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import FreshServer
from tests.harness.factory import Factory, order
from tests.harness.shop import Shop


def test_a_house_without_orders_has_no_exceptions_and_one_without_rules_says_so(
    fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off")
    assert server.spectrum("exceptions").stderr == "Nothing waits for anybody.\n"
    with Shop(server) as shop:
        shop.acknowledge(order("PO-1", "ABCD1234"))
        assert json.loads(server.spectrum("exceptions", "--json").stdout) == []
        told = json.loads(server.spectrum("order", "show", "--client", shop.handle, "PO-1", "--json").stdout)
        reached = {name for name, lines in told["counts"].items() if lines}
        assert reached == {"acknowledged"}
        assert told["gaps"][0].endswith("is not routed")
        (decision,) = told["decisions"]
        assert decision["sentences"] == ["There is no rule, so no partner makes this line."]
        Factory(server, tmp_path).receives(shop)
        told = json.loads(server.spectrum("order", "show", "--client", shop.handle, "PO-1", "--json").stdout)
        assert told["gaps"][0].endswith("is not looked at by any worker yet")
        (decision,) = told["decisions"]
        assert decision["sentences"] == ["Nobody has decided yet: no worker has come to this order."]
        unknown = server.spectrum("order", "show", "--client", shop.handle, "PO-9", check=False)
        assert unknown.stderr == f"Error: {shop.handle} has no order with this purchase order number.\n"
