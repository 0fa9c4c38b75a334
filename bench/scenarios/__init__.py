"""What is measured, each by its name."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bench.figures import Figure
from bench.lab import Lab
from bench.scenarios import (
    beside,
    bulk,
    filled,
    finding,
    full,
    lag,
    memory,
    one_connection,
    outbox,
    packages,
    rendering,
    single_postgresql,
    single_sqlite,
    start,
)


class Scenario(msgspec.Struct, frozen=True):
    """A name, a sentence, and what to run. A ``long`` one stores millions of orders."""

    name: str
    sentence: str
    run: Callable[[Lab], list[Figure]]
    long: bool = False


SCENARIOS = (
    Scenario(
        "single-sqlite",
        "one order a request, 128 connections, SQLite; beside the usual stack and a bare insert",
        single_sqlite.run,
    ),
    Scenario("one-connection", "one order a request, one connection, SQLite", one_connection.run),
    Scenario(
        "single-postgresql",
        "one order a request, 128 connections, PostgreSQL, 2 web processes; beside pgbench",
        single_postgresql.run,
    ),
    Scenario("bulk", "1 000 orders a request, on both databases", bulk.run),
    Scenario("full", "orders with two sealed addresses, beside plain ones", full.run),
    Scenario("start", "from the start of the program to its first answer", start.run),
    Scenario("rendering", "print files a second on one core, drawn and with a photo", rendering.run),
    Scenario("packages", "packages a second to a folder, their files made before", packages.run),
    Scenario("outbox", "outbox rows claimed and settled with nothing done, on both databases", outbox.run),
    Scenario("lag", "from one order's acknowledgement to its package", lag.run),
    Scenario("beside", "acknowledging while the worker renders flat out", beside.run),
    Scenario("memory", "the server's memory after 1 000 000 orders", memory.run, long=True),
    Scenario(
        "finding", "one order, and a page of those that changed, among 1 000 000", finding.run, long=True
    ),
    Scenario(
        "filled", "the rate over 5 000 000 stored orders, beside an empty database", filled.run, long=True
    ),
)
