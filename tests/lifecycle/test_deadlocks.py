"""Whom PostgreSQL undoes because two waited for each other is asked for nothing: it is done again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.factory import opened_store
from tests.harness.place import POSTGRESQL, Places
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.somebody import SCOPES, erase, read, sell, send

# A sequence counts what is undone as well.
ENTANGLE = """
    CREATE SEQUENCE moves;
    CREATE FUNCTION entangle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('moves') <= {times} THEN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER entangled BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION entangle();
"""


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Iterator[Shop]:
    """One with an order of somebody, PO-1."""
    place = Places(POSTGRESQL, tmp_path, lambda: cluster).new()
    with Server(place, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server, scopes=SCOPES) as made:
        sell(made, "ABCD1234")
        send(made, "PO-1")
        yield made


def entangle(shop: Shop, times: int) -> None:
    """From now on so many changes of an order are undone for a deadlock."""
    with opened_store(shop.server) as runtime, runtime.database.write() as connection:
        connection.exec_driver_sql(ENTANGLE.format(times=times))


def test_an_erasure_that_met_a_deadlock_is_carried_out(shop: Shop) -> None:
    entangle(shop, 2)
    erase(shop, "PO-1")
    assert read(shop, "PO-1")["erasedAt"]


def test_an_erasure_that_meets_deadlocks_for_ever_says_to_ask_again(shop: Shop) -> None:
    entangle(shop, 1000)
    assert shop.post("/api/person/erase", {"purchaseOrderNumber": "PO-1"}).status_code == 503


@pytest.mark.parametrize("verb", ["hold", "cancel"])
def test_an_operators_change_that_met_a_deadlock_is_made(shop: Shop, verb: str) -> None:
    entangle(shop, 2)
    shop.server.spectrum("order", verb, "--client", shop.handle, "PO-1")
    line = read(shop, "PO-1")["lineItems"][0]
    assert line.get("onHoldSince") if verb == "hold" else line["workflowStatus"] == "cancelled"
