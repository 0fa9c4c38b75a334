"""Changing a client's catalogue, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parties
from spectrum_orders.store.parties import Client
from spectrum_orders.store.transaction import Transaction

Result = TypeVar("Result")


def change(runtime: Runtime, client: Client, job: Callable[[Transaction], Result]) -> Result:
    """What ``job`` gives, in a transaction in which nobody else changes this client's catalogue.

    Two that put the same document at once would both see no current version, and the second would
    fail at the unique index instead of finding that it has nothing to do.
    """

    def held(tx: Transaction) -> Result:
        parties.hold(tx, client.id)
        return job(tx)

    return runtime.ledger.run(held)
