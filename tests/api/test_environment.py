"""One deployment is one environment, and says so everywhere."""

from __future__ import annotations

import httpx
import pytest

from spectrum_orders import ids
from tests.api.orders import READING, check_problem, order, read
from tests.conftest import FreshServer
from tests.harness.shop import Shop


def test_a_deployment_says_which_it_is_and_takes_no_token_of_another(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_ENVIRONMENT="production")
    with Shop(server) as shop:
        assert shop.token.startswith("spk_production_")
        sent = order()
        answers = [shop.acknowledge(sent), read(shop, sent["purchaseOrderNumber"]), shop.get("/nowhere")]
        answers += [httpx.get(server.url + path) for path in ("/healthz", "/readyz", "/metrics")]
        assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 200, 200]
        assert {answer.headers["spectrum-environment"] for answer in answers} == {"production"}
        for other in ("test", "staging", "prod", "production_"):
            refused = shop.get(READING + "x", token=ids.new_token(other))
            body = check_problem(refused, 401, "wrong-environment")
            assert repr(other) in body["error"]
            assert "'production'" in body["error"]
        # Renaming a token does not make it one of this environment: its checksum holds the name.
        renamed = shop.token.replace("production", "test")
        check_problem(shop.get(READING + "x", token=renamed), 401, "unauthenticated")
    server.stop()
    with pytest.raises(AssertionError, match=r"'production'.*'test'"):
        fresh_server(place=server.place, SPECTRUM_ENVIRONMENT="test")
