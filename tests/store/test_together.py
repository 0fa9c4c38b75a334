"""Promise: what is read of several tables by one statement is what lies in them."""

from __future__ import annotations

import pytest

from spectrum_orders.store import bulk, together
from spectrum_orders.store.bulk import Rows
from spectrum_orders.store.schema import journal, person_index
from spectrum_orders.store.together import Part
from tests.harness.place import Places
from tests.store.opening import opened, undone
from tests.store.test_bulk import BYTES, INTEGERS, TEXTS, hexed, journal_rows, some_values

JOURNAL = Part(journal, ("chain", "sequence"))


@pytest.fixture(scope="module")
def runtime(places: Places):
    with opened(places.new()) as runtime:
        yield runtime


def check(runtime, rows) -> None:
    with undone(runtime.database) as connection:
        bulk.insert(connection, Rows(journal, hexed(rows)))
        [found] = together.read(connection, [(row[0], row[1]) for row in rows], JOURNAL)
    assert [tuple(found[row[0], row[1]][0]) for row in rows] == rows


def test_texts_integers_nulls_and_bytes_come_out_as_they_went_in(runtime) -> None:
    check(runtime, journal_rows(TEXTS, [*INTEGERS, None], BYTES))


@some_values
def test_any_values_come_out_as_they_went_in(runtime, texts, integers, several) -> None:
    check(runtime, journal_rows(texts, [*integers, None], several))


def test_each_mark_has_its_own_rows_in_their_order_and_one_without_any_is_left_out(runtime) -> None:
    rows = [(1, "ff", 10), (1, "ee", 10), (1, "dd", 11), (2, "cc", 10)]
    with undone(runtime.database) as connection:
        bulk.insert(connection, Rows(journal, hexed(journal_rows(["x"], [1], [b"y"]))))
        bulk.insert(connection, Rows(person_index, rows))
        by_order = Part(person_index, ("client_id", "order_id"), ("digest",))
        people, entries = together.read(
            connection, [(1, 10), (7, 0), (1, 10), (2, 10), (3, 3)], by_order, JOURNAL
        )
    assert {mark: [row.digest for row in of] for mark, of in people.items()} == {
        (1, 10): [b"\xee", b"\xff"],
        (2, 10): [b"\xcc"],
    }
    assert list(entries) == [(7, 0)]


def test_of_nothing_nothing_is_read(runtime) -> None:
    with undone(runtime.database) as connection:
        assert together.read(connection, [], JOURNAL, JOURNAL) == [{}, {}]
