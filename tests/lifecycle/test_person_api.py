"""What a person may ask for: everything that is held, and to be forgotten, over HTTP and at a terminal."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from spectrum_orders.domain.client import ClientSettings
from spectrum_orders.lifecycle import erasing
from spectrum_orders.lifecycle.retaining import Retention
from spectrum_orders.store import parties, queue
from spectrum_orders.store.schema import journal, lines, order_keys, outbox
from tests.api.orders import check_problem
from tests.conftest import FreshServer
from tests.delivery.working import until
from tests.harness.factory import Factory, opened_store
from tests.harness.place import SQLITE, Place
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.somebody import (
    ADDRESS,
    EMAIL,
    SCOPES,
    erase,
    erase_in,
    order,
    read,
    sell,
    send,
    stored,
    traces,
)


@pytest.fixture
def shop(working: Server) -> Iterator[Shop]:
    with Shop(working, scopes=SCOPES) as made:
        yield made


@pytest.mark.parametrize(
    "asked",
    [
        {"purchaseOrderNumber": "PO-1"},
        {"emailAddress": EMAIL.upper()},
        {"name": "wilhelmina  FEATHERSTONEHAUGH", "postalCode": "80 302"},
    ],
)
def test_everything_that_is_held_is_given_and_that_is_in_the_journal(
    shop: Shop, asked: dict[str, str]
) -> None:
    sell(shop, "ABCD1234")
    receipt_id = send(shop, "PO-1")["receiptId"]
    answer = shop.post("/api/person/export", asked)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["clientHandle"], said["next"]) == (shop.handle, None)
    (one,) = said["orders"]
    assert one["personal"]["/shippingAddress"] == ADDRESS
    assert one["personal"]["/lineItems/0/giftMessage"] == "For Zinnia"
    assert one["artwork"][0]["document"]["recipes"][0]["fillings"][0]["layers"][1]["text"] == "Zinnia"
    assert one["receipts"] == [shop.get(f"/api/receipts/{receipt_id}").json()]
    assert [opening["why"] for opening in one["openings"]] == ["exported for the person"]
    with opened_store(shop.server) as runtime, runtime.database.read() as connection:
        found = stored(runtime, shop, "PO-1")
        said_of = sa.select(journal.c.body).where(
            journal.c.order_id == found.id, journal.c.kind == "person.opened"
        )
        assert len(connection.execute(said_of).all()) == 1


def test_what_became_of_an_order_is_in_its_export(shop: Shop, working: Server, tmp_path: Path) -> None:
    factory = Factory(working, tmp_path / "factory", handle=f"press-{shop.handle}")
    factory.receives(shop)
    sell(shop, "ABCD1234")
    send(shop, "PO-1")
    factory.await_packages(1)
    until(lambda: read(shop, "PO-1")["lineItems"][0]["delivery"]["state"] == "delivered")
    line = {"recipeSetReadableId": "ABCD1234", "shipmentTracking": ["1Z999"], "serialNumbers": ["SN-1"]}
    sent = {"purchaseOrderNumber": "PO-1", "lineItems": [line]}
    assert shop.post("/api/order/ship-notification", sent).status_code == 200
    (one,) = shop.post("/api/person/export", {"purchaseOrderNumber": "PO-1"}).json()["orders"]
    assert one["shipments"][0]["shipmentTracking"] == ["1Z999"]
    assert one["packages"][0]["partner"] == factory.handle
    assert one["packages"][0]["deliveries"][0]["state"] == "sent"
    assert any(opening["why"].startswith("delivered in pkg_") for opening in one["openings"])
    erase(shop, "PO-1")
    (gone,) = shop.post("/api/person/export", {"purchaseOrderNumber": "PO-1"}).json()["orders"]
    assert (gone["personal"], gone["artwork"][0]["erased"]) == ({}, True)
    assert gone["receipts"] == one["receipts"]
    assert gone["erasures"][0]["partner"] == factory.handle


def test_an_erasure_over_http_says_what_goes_before_and_after(shop: Shop) -> None:
    sell(shop, "ABCD1234")
    send(shop, "PO-1")
    send(shop, "PO-2")
    asked = {"emailAddress": EMAIL}
    dry = shop.post("/api/person/erase", asked, params={"dryRun": "true"}).json()
    assert dry["dryRun"] is True
    assert [one["erased"] for one in dry["orders"]] == [False, False]
    # Both go, so neither keeps the other's artwork.
    assert all(one["artwork"] for one in dry["orders"])
    assert "shippingAddress" in read(shop, "PO-1")
    done = shop.post("/api/person/erase", asked).json()
    assert [(one["purchaseOrderNumber"], one["erased"]) for one in done["orders"]] == [
        ("PO-1", True),
        ("PO-2", True),
    ]
    assert done["orders"][1]["artwork"]
    assert "shippingAddress" not in read(shop, "PO-2")
    assert traces(shop.server.data_dir) == []
    assert shop.post("/api/person/erase", asked).json() == {"dryRun": False, "orders": [], "more": False}
    again = shop.post("/api/person/erase", {"purchaseOrderNumber": "PO-1"}).json()
    assert [one["erased"] for one in again["orders"]] == [False]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        "PO-1",
        {"name": "Ana Lee"},
        {"purchaseOrderNumber": "PO-1", "emailAddress": EMAIL},
        {"purchaseOrderNumber": 7},
        {"emailAddress": ""},
        {"emailAddress": EMAIL, "after": "nonsense"},
    ],
)
def test_who_is_meant_has_to_be_clear(shop: Shop, asked: object) -> None:
    for verb in ("export", "erase"):
        answer = shop.post(f"/api/person/{verb}", asked)
        check_problem(answer, 422, "invalid")
        assert EMAIL not in answer.text
    check_problem(shop.post("/api/person/erase", content="{"), 400, "not-json")
    check_problem(shop.post("/api/person/erase", {"purchaseOrderNumber": "\0"}), 404, "not-found")


def test_an_export_is_a_file_that_nobody_else_reads(shop: Shop, tmp_path: Path) -> None:
    asset = sell(shop, "ABCD1234")
    send(shop, "PO-1")
    assert shop.get("/api/webtoprint/ABCD1234", params={"wait": "60"}).status_code == 200
    target = tmp_path / "person.zip"
    call = ("person", "export", "--client", shop.handle, "--email", "-", "--files", "--output", str(target))
    assert "Exported 1 order." in shop.server.spectrum(*call, given=f"{EMAIL}\n").stderr
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        told = json.loads(archive.read("person.json"))
    assert f"uploads/{asset}.png" in names
    assert any(name.startswith("artwork/ABCD1234_ver_") and name.endswith("_wrap.pdf") for name in names)
    assert told["orders"][0]["personal"]["/emailAddress"] == EMAIL
    assert set(told["orders"][0]["artwork"][0]["files"]) == names - {"person.json"}
    plain = shop.server.spectrum("person", "export", "--client", shop.handle, "--order", "PO-1")
    assert json.loads(plain.stdout)["orders"][0]["personal"] == told["orders"][0]["personal"]
    refused = shop.server.spectrum(
        *("person", "export", "--client", shop.handle, "--order", "PO-1", "--files"), check=False
    )
    assert refused.returncode == 2
    unclear = shop.server.spectrum("person", "erase", "--client", shop.handle, check=False)
    assert (unclear.returncode, "Give --order" in unclear.stderr) == (2, True)


def finish(shop: Shop, *numbers: str) -> None:
    """All lines of these orders are delivered, as far as anybody knows."""
    with opened_store(shop.server) as runtime:
        ids = [stored(runtime, shop, number).id for number in numbers]
        with runtime.ledger.write() as tx:
            tx.connection.execute(
                sa.update(lines).where(lines.c.order_id.in_(ids)).values(workflow_status="delivered")
            )


def keep_days(shop: Shop, days: int | None) -> None:
    with opened_store(shop.server) as runtime, runtime.ledger.write() as tx:
        client = parties.find_client(tx.connection, shop.handle)
        assert client is not None
        parties.change_settings(tx, client, ClientSettings(retention_days=days), "test")


def test_people_are_kept_for_as_long_as_their_client_says_and_while_their_order_is_open(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server(SPECTRUM_DELIVER="off")
    with Shop(server, scopes=SCOPES) as shop, Shop(server, scopes=SCOPES) as other:
        for number in ("PO-1", "PO-2", "PO-3"):
            send(shop, number)
        send(other, "PO-1")
        finish(shop, "PO-1", "PO-3")
        finish(other, "PO-1")
        server.stop()
        keep_days(shop, 1)
        with opened_store(server) as runtime:
            assert Retention(runtime).round() == 0
        keep_days(shop, 0)
        dry = json.loads(server.spectrum("person", "retention", "--dry-run", "--json").stdout)
        assert [(one["purchaseOrderNumber"], one["state"]) for one in dry] == [
            ("PO-1", "would be erased"),
            ("PO-2", "kept: still open"),
            ("PO-3", "would be erased"),
        ]
        server.start()
        until(lambda: "erasedAt" in read(shop, "PO-3"), "the erasure")
        assert "erasedAt" in read(shop, "PO-1")
        assert read(shop, "PO-2")["emailAddress"] == EMAIL
        assert read(other, "PO-1")["emailAddress"] == EMAIL
        finish(shop, "PO-2")
        said = server.spectrum("person", "retention", "--client", shop.handle)
        assert "PO-2" in said.stdout
        assert "erasedAt" in read(shop, "PO-2")
        with opened_store(server) as runtime, runtime.database.read() as connection:
            found = stored(runtime, shop, "PO-1")
            entry = sa.select(journal.c.body).where(
                journal.c.order_id == found.id, journal.c.kind == "person.erased"
            )
            assert json.loads(connection.execute(entry).scalar_one())["why"] == "retention"


def test_no_byte_of_a_destroyed_key_is_left_in_the_database_and_its_log(tmp_path: Path) -> None:
    # SQLite alone: what PostgreSQL keeps of what was deleted, docs/privacy.md says.
    with (
        Server(Place(SQLITE, tmp_path), {"SPECTRUM_DELIVER": "off"}) as server,
        Shop(server, scopes=SCOPES) as one,
        Shop(server, scopes=SCOPES) as two,
    ):
        # In turns, so that rows move from page to page while the tables grow.
        for turn, shop in enumerate((one, two, one, two)):
            batch = [order(f"{turn}-{number}") for number in range(150)]
            assert shop.post("/api/order", batch).json()["counts"]["acknowledged"] == 150
        with opened_store(server) as runtime:
            with runtime.database.read() as connection:
                rows = connection.execute(sa.select(order_keys).order_by(order_keys.c.order_id)).all()
            gone, kept = rows[::3], rows[1::3]
            for row in gone:
                erasing.carry_out(runtime, row.client_id, row.order_id, actor="test")
            assert erasing.clear_log(runtime)
        # While the server runs.
        content = [path.read_bytes() for path in server.data_dir.rglob("*") if path.is_file()]

    def found(key: bytes) -> bool:
        return any(key in data for data in content)

    assert not [row.order_id for row in gone if found(bytes(row.wrapped))]
    assert all(found(bytes(row.wrapped)) for row in kept)


def test_files_of_an_erasure_that_was_killed_are_removed_by_a_worker(shop: Shop) -> None:
    sell(shop, "ABCD1234")
    send(shop, "PO-1")
    assert shop.get("/api/webtoprint/ABCD1234", params={"wait": "60"}).status_code == 200
    with opened_store(shop.server) as runtime:
        found = stored(runtime, shop, "PO-1")
        with runtime.database.read() as connection:
            plan = erasing.plan(connection, runtime.keys, found.client_id, found.id)
        with runtime.ledger.write() as tx:
            done = erasing.erase(tx, plan, actor="test")
        files = list((shop.server.data_dir / "files").rglob(f"{found.client_id}/*"))
        assert (len(done.discards), len(files)) == (2, 2)
        # Killed here. A minute later somebody else does it.
        with runtime.ledger.write() as tx:
            mine = (outbox.c.client_id == found.client_id) & (outbox.c.kind == queue.DISCARD)
            tx.connection.execute(sa.update(outbox).where(mine).values(due_at=1))
        until(lambda: not list((shop.server.data_dir / "files").rglob(f"{found.client_id}/*")), "the removal")
        assert erase_in(runtime, found).already
