"""Whom PostgreSQL undoes because two waited for each other is asked for nothing: it is done again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from spectrum_orders.store import queue
from spectrum_orders.store.schema import outbox
from tests.cli.test_catalogue_verbs import PICTURE
from tests.harness.factory import MUG, opened_store
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
    CREATE TRIGGER entangled BEFORE {what} FOR EACH ROW {when} EXECUTE FUNCTION entangle();
"""


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Iterator[Shop]:
    """One with an order of somebody, PO-1."""
    place = Places(POSTGRESQL, tmp_path, lambda: cluster).new()
    with Server(place, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server, scopes=SCOPES) as made:
        sell(made, "ABCD1234")
        send(made, "PO-1")
        yield made


def entangle(shop: Shop, times: int, what: str = "UPDATE ON orders", when: str = "") -> None:
    """From now on so many changes, of an order unless said otherwise, are undone for a deadlock."""
    with opened_store(shop.server) as runtime, runtime.database.write() as connection:
        connection.exec_driver_sql(ENTANGLE.format(times=times, what=what, when=when))


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


def test_whatever_an_operator_changes_is_done_again_when_it_met_a_deadlock(
    shop: Shop, tmp_path: Path
) -> None:
    server, handle = shop.server, shop.handle
    product, picture = tmp_path / "mug.json", tmp_path / "dot.png"
    product.write_text(json.dumps(MUG | {"handle": "cup"}))
    picture.write_bytes(PICTURE)
    server.spectrum("partner", "create", "press")
    added = server.spectrum("webhook", "add", "--client", handle, "https://8.8.8.8/", "--json")
    hook = json.loads(added.stdout)["id"]
    entangle(shop, 2, "INSERT ON journal", "WHEN (NEW.actor = 'cli')")

    def spectrum(*verb: str) -> str:
        done = server.spectrum(*verb)
        with opened_store(server) as runtime, runtime.database.write() as connection:
            undone = connection.exec_driver_sql("SELECT last_value FROM moves").scalar_one()
            connection.exec_driver_sql("ALTER SEQUENCE moves RESTART")
        assert undone >= 3, verb  # it was tried more than once
        return done.stdout

    spectrum("product", "put", "--client", handle, str(product))
    spectrum("asset", "put", "--client", handle, str(picture))
    spectrum("client", "set", handle, "--name", "Ana's")
    spectrum("partner", "set", "press", "--name", "The Press")
    url = f"folder://{tmp_path}"
    there = str(json.loads(spectrum("destination", "add", "--partner", "press", url, "--json"))["id"])
    spectrum("destination", "resume", there)
    rule = json.loads(spectrum("route", "add", "--client", handle, "--partner", "press", "--json"))["id"]
    spectrum("route", "move", rule, "7")
    spectrum("route", "remove", rule)
    with opened_store(server) as runtime, runtime.database.write() as connection:
        connection.execute(sa.update(outbox).values(lane=queue.PARKED))
    spectrum("order", "retry", "--client", handle, "PO-1")
    spectrum("destination", "remove", there, "--yes")
    for verb in ("pause", "resume", "rotate", "remove"):
        spectrum("webhook", verb, hook)
