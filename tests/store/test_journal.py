"""Promise: whatever is changed in the journal, or in what it speaks of, is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from spectrum_orders.store import audit
from spectrum_orders.store.database import Database
from spectrum_orders.store.journal import digest
from spectrum_orders.store.schema import chains, journal, order_keys, orders, people, receipts
from tests.conftest import FreshServer
from tests.durability.load import ADDRESS, order
from tests.durability.opened import opened
from tests.harness.place import Place, Places
from tests.harness.server import Server
from tests.harness.shop import Shop, make_client
from tests.store.opening import undone

Row = dict[str, Any]
LINE = {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "S", "quantity": 1}]}


@pytest.fixture(scope="module")
def told(places: Places) -> Iterator[tuple[Place, Database]]:
    """A database with several chains, of which some end in a kill, and with every kind of entry."""
    server = Server(places.new()).start()
    with Shop(server) as shop:
        for number in range(3):
            many = [order(f"j-{number}-{part}", addresses=part == 1) for part in range(4)]
            assert shop.acknowledge(many).status_code == 200
            late = {**order(f"j-{number}-0"), "customerAddress": ADDRESS, "shippingAddress": ADDRESS}
            assert shop.post("/api/order", late).json()["completed"] is True
            assert shop.get(f"/api/order/order-number/j-{number}-0").status_code == 200
            server.kill()
            server.start()
        nobody = {**order("plain"), "emailAddress": None, "lineItems": [LINE]}
        assert shop.acknowledge(nobody).status_code == 200
        server.stop()
    with opened(server.place.settings) as database:
        yield server.place, database


def flaws_after(database: Database, change: Callable[[Connection], None]) -> tuple[audit.Flaw, ...]:
    """What a verification finds once `change` was made; the change itself is undone."""
    with undone(database) as connection:
        change(connection)
        return audit.verify(connection).flaws


def rows(database: Database, table: sa.Table) -> list[Row]:
    with database.read() as connection:
        found = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
        return [dict(row._mapping) for row in found]


def update(table: sa.Table, row: Row, **values: object) -> Callable[[Connection], None]:
    keys = [column == row[column.name] for column in table.primary_key.columns]

    def change(connection: Connection) -> None:
        assert connection.execute(sa.update(table).where(*keys).values(**values)).rowcount == 1

    return change


def delete(table: sa.Table, row: Row) -> Callable[[Connection], None]:
    keys = [column == row[column.name] for column in table.primary_key.columns]

    def change(connection: Connection) -> None:
        assert connection.execute(sa.delete(table).where(*keys)).rowcount == 1

    return change


def altered(draw: st.DrawFn, value: object) -> object:
    """Another value of the same kind, one step away."""
    if value is None:
        return draw(st.integers(0, 2**62))
    if isinstance(value, int):
        return value ^ 1 << draw(st.integers(0, 40))
    if isinstance(value, bytes | memoryview):
        changed = bytearray(value)
        assume(changed)
        changed[draw(st.integers(0, len(changed) - 1))] ^= 1 << draw(st.integers(0, 7))
        return bytes(changed)
    text = str(value)
    place = draw(st.integers(0, len(text)))
    other = draw(st.sampled_from(["", "x", " ", "0", "ä"]))
    changed_text = text[:place] + other + text[place + draw(st.integers(0, 1)) :]
    assume(changed_text != text)
    return changed_text


def test_an_untouched_journal_holds_after_kills_and_speaks_of_every_receipt(told) -> None:
    _, database = told
    with database.read() as connection:
        report = audit.verify(connection)
    assert report.flaws == ()
    assert report.receipts == len(rows(database, receipts)) == 3 * 5 + 1
    assert report.entries == len(rows(database, journal))
    assert report.chains == len(rows(database, chains))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_in_any_column_of_any_entry_or_receipt_is_found(told, data: st.DataObject) -> None:
    _, database = told
    table = data.draw(st.sampled_from([journal, journal, receipts]), label="table")
    row = data.draw(st.sampled_from(rows(database, table)), label="row")
    column = data.draw(st.sampled_from(sorted(row)), label="column")
    value = data.draw(st.composite(altered)(row[column]), label="value")
    try:
        assert flaws_after(database, update(table, row, **{column: value}))
    except sa.exc.IntegrityError:
        assume(False)  # the database itself refused a key that is taken


def test_an_order_or_its_people_that_are_not_what_was_agreed_are_found(told) -> None:
    _, database = told
    for row in rows(database, orders)[:3]:
        content = row["content"].replace('"quantity":1', '"quantity":2', 1)
        assert content != row["content"]
        [flaw, *_] = flaws_after(database, update(orders, row, content=content))
        assert flaw.message == "the order is not what its receipt says"
        assert flaws_after(database, delete(orders, row))
    for row in rows(database, people)[:3]:
        for change in (update(people, row, commitment=bytes(32)), delete(people, row)):
            [flaw, *_] = flaws_after(database, change)
            assert flaw.message == "the people of the order are not those of its receipt"
    for row in rows(database, receipts):
        assert flaws_after(database, delete(receipts, row))


def test_an_erasure_leaves_the_journal_valid(told) -> None:
    _, database = told
    order_id = rows(database, order_keys)[0]["order_id"]

    def erase(connection: Connection) -> None:
        assert connection.execute(sa.delete(order_keys).where(order_keys.c.order_id == order_id)).rowcount
        sealed = sa.update(people).where(people.c.order_id == order_id).values(sealed=b"")
        assert connection.execute(sealed).rowcount

    assert flaws_after(database, erase) == ()

    def falsify(connection: Connection) -> None:
        erase(connection)
        changed = sa.update(people).where(people.c.order_id == order_id).values(commitment=bytes(32))
        connection.execute(changed)

    # What is left of an erased person is vouched for all the same.
    assert flaws_after(database, falsify)


def test_every_deleted_entry_is_found_unless_it_was_the_very_last_and_told_of_no_order(told) -> None:
    _, database = told
    entries = rows(database, journal)
    for row in entries[:-1]:
        assert flaws_after(database, delete(journal, row)), row
    # The last chain has no successor that vouches for its end. The next process that writes is one.
    place, _ = told
    assert entries[-1]["kind"] == "order.acknowledged"
    assert flaws_after(database, delete(journal, entries[-1]))
    make_client(place.settings, "successor")
    newest = rows(database, journal)[-1]
    assert newest["kind"] == "client.created"
    assert flaws_after(database, delete(journal, newest)) == ()
    make_client(place.settings, "next-successor")
    assert flaws_after(database, delete(journal, newest))


def test_a_cut_off_tail_and_a_whole_missing_chain_are_found(told) -> None:
    _, database = told
    entries = rows(database, journal)
    for number in sorted({row["chain"] for row in entries})[:-1]:
        length = sum(row["chain"] == number for row in entries)
        for kept in range(length):

            def cut(connection: Connection, number: int = number, kept: int = kept) -> None:
                of_chain = journal.c.chain == number
                connection.execute(sa.delete(journal).where(of_chain, journal.c.sequence >= kept))

            assert flaws_after(database, cut), (number, kept)
            if kept == 0:

                def forget(connection: Connection, number: int = number) -> None:
                    cut(connection, number, 0)
                    connection.execute(sa.delete(chains).where(chains.c.number == number))

                assert flaws_after(database, forget), number


def test_swapped_entries_and_entries_of_no_chain_are_found(told) -> None:
    _, database = told
    entries = [row for row in rows(database, journal) if row["chain"] == 1]
    first, second = entries[0], entries[1]

    def swap(connection: Connection) -> None:
        for row, other in ((first, second), (second, first)):
            content = {name: other[name] for name in other if name not in ("chain", "sequence")}
            update(journal, row, **content)(connection)

    assert flaws_after(database, swap)
    assert flaws_after(database, update(journal, rows(database, journal)[-1], chain=9999))


def test_a_chain_that_was_computed_anew_with_another_content_is_found_by_the_next_one(told) -> None:
    _, database = told
    number = next(row["chain"] for row in rows(database, journal) if row["kind"] == "order.acknowledged")
    entries = [row for row in rows(database, journal) if row["chain"] == number]
    chosen = next(row for row in entries if row["kind"] != "chain.opened")

    def forge(connection: Connection) -> None:
        before = b""
        for row in entries:
            forged = {**row, "actor": "somebody else"} if row is chosen else row
            before = digest(before, tuple(forged.values())[:-1])
            update(journal, row, actor=forged["actor"], digest=before)(connection)

    found = flaws_after(database, forge)
    assert {flaw.chain for flaw in found} == {number}
    assert "saw" in found[0].message


def test_the_command_says_where_the_journal_does_not_hold_and_exits_with_1(fresh_server: FreshServer) -> None:
    server = fresh_server()
    with Shop(server) as shop:
        assert shop.acknowledge(order("one")).status_code == 200
    assert "The journal holds" in server.spectrum("journal", "verify").stderr
    with opened(server.settings) as database, database.write() as connection:
        connection.execute(sa.update(journal).where(journal.c.kind == "token.created").values(at=1))
    done = server.spectrum("journal", "verify", check=False)
    assert done.returncode == 1
    assert "entry or its digest was changed" in done.stdout
    report = json.loads(server.spectrum("journal", "verify", "--json", check=False).stdout)
    assert report["ok"] is False
    assert [flaw["message"] for flaw in report["flaws"]] == ["entry or its digest was changed"]


def test_an_entrys_digest_is_what_the_documentation_says() -> None:
    row = (1, 2, 3, None, 5, "kind", "actor", "{}")
    text = b'before[1,2,3,null,5,"kind","actor","{}"]'
    assert digest(b"before", row) == hashlib.sha256(text).digest()
