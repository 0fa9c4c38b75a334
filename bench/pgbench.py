"""The yardstick beside: `pgbench`, PostgreSQL's own load program in C, doing the same insert.

Its statement is made of one real order: the rows that our server stored for it, as one statement
(a CTE of one INSERT a table) and so one transaction. Only what must be unique is another in every
transaction. Nothing is parsed, sealed, hashed or answered over HTTP.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence

import psycopg

from bench.bare import TABLES
from bench.figures import Dishonest, Missing
from bench.lab import Place, count_orders
from spectrum_orders.store import schema
from tests.harness.postgres import installation

CLIENTS = (16, 32, 64, 128)
"""How many connections are tried."""

STRIDE = 4096
"""Ids between one transaction and the next of the same connection: every connection has its own place
in between, and every id of one order as well."""

IDENTIFIERS = {"id", "order_id", "receipt_id", "sequence"}
"""Columns that are another in every transaction. The rest stays as it was stored."""


class Pgbench:
    """Runs of one statement over one empty, migrated database."""

    def __init__(self, target: Place, statement: str) -> None:
        self._target = target
        self._statement = statement
        self._base = 1 << 50

    def best(self, seconds: float) -> tuple[float, int]:
        """The highest rate of all these numbers of connections, each for ``seconds``, and which it was.

        The best of several short measurements is a little too good: that errs against us.
        """
        best = max((self._run(clients, seconds), clients) for clients in CLIENTS)
        if best[0] == 0:
            raise Dishonest("pgbench did nothing in its time.")
        return best

    def _run(self, clients: int, seconds: float) -> float:
        """Transactions, which are orders, a second. Raises Dishonest when it did not store as many."""
        before = count_orders(self._target)
        program = installation() / "bin" / "pgbench"
        if not program.exists():
            raise Missing(f"{program.name} is not among the bundled PostgreSQL's programs.")
        # Every run has ids of its own, above those of the run before.
        self._base += 1 << 45
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(
                f"\\set n :n + 1\n\\set order :base + :n * {STRIDE} + :client_id * 16\n{self._statement};\n"
            )
            script.flush()
            done = subprocess.run(
                [program, "--no-vacuum", "--protocol", "prepared", "--client", str(clients), "--jobs", "1",
                 "--time", str(max(1, round(seconds))), "--define", f"base={self._base}", "--define", "n=0",
                 "--file", script.name, self._target.url or ""],
                env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True,
            )  # fmt: skip
        rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
        processed = re.search(r"actually processed: (\d+)", done.stdout)
        if done.returncode == 0 and processed is not None and int(processed[1]) == 0:
            return 0.0  # on a machine that is busy elsewhere it connects for all its time, and names no rate
        if done.returncode or rate is None or processed is None:
            raise Dishonest(f"pgbench ended with {done.returncode}: {done.stderr[-800:]}")
        if count_orders(self._target) - before != int(processed[1]):
            raise Dishonest("pgbench did not store what it counted.")
        return float(rate[1])


def insert_statement(source: Place) -> str:
    """The insert of one order that ``source`` holds, with ``:order`` for its id."""
    with psycopg.connect(source.url or "") as connection:
        found = connection.execute("SELECT max(id) FROM orders").fetchone()
        order_id = found[0] if found else None
        inserts = []
        for table in TABLES:
            key = "id" if table is schema.orders else "order_id"
            cursor = connection.execute(f"SELECT * FROM {table.name} WHERE {key} = %s".encode(), (order_id,))
            names = [column.name for column in cursor.description or ()]
            rows = cursor.fetchall()
            if rows:
                values = ",\n  ".join(_row(names, row, place) for place, row in enumerate(rows))
                inserts.append(f"INSERT INTO {table.name} VALUES\n  {values}")
    ctes = ",\n".join(f"t{place} AS ({insert})" for place, insert in enumerate(inserts[:-1]))
    return f"WITH {ctes}\n{inserts[-1]}"


def _row(names: Sequence[str], row: Sequence[object], place: int) -> str:
    return f"({', '.join(_value(name, value, place) for name, value in zip(names, row, strict=True))})"


def _value(column: str, value: object, place: int) -> str:
    if value is None:
        return "NULL"
    if column == "purchase_order_number":
        return "'bench-' || (:order)::bigint"
    if column in IDENTIFIERS:
        # A second row of the same table and order has the next id, as it would with us.
        return f"(:order)::bigint + {0 if column == 'order_id' else place}"
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')"
    if isinstance(value, str):
        # A colon would begin a variable for pgbench, wherever it stands.
        escaped = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\003A")
        return f"U&'{escaped}'"
    return str(value)
