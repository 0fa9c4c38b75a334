"""What the answers promised, held against what is there afterwards."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from tests.durability.load import Attempt, Connection
from tests.durability.opened import stored_numbers
from tests.harness.server import Server

KEPT = (200, 409)
"""The statuses that an idempotency key remembers."""


def check_answers(attempts: Iterable[Attempt], allowed: tuple[int | None, ...]) -> None:
    """The answers agree with each other: nothing was acknowledged twice, no replay differs.

    Every repeat in a load is honest, so a 409 must say that it is the same order.
    """
    acknowledged: dict[str, set[tuple[str | None, bytes]]] = defaultdict(set)
    kept: dict[str, set[tuple[int | None, bytes]]] = defaultdict(set)
    for attempt in attempts:
        assert attempt.status in allowed, (attempt.status, attempt.answer)
        if attempt.status == 200:
            acknowledged[attempt.number].add((attempt.key, attempt.answer))
        if attempt.status == 409:
            assert json.loads(attempt.answer)["identical"] is True, attempt.answer
        if attempt.key is not None and attempt.status in KEPT:
            kept[attempt.key].add((attempt.status, attempt.answer))
    twice = {number: answers for number, answers in acknowledged.items() if len(answers) > 1}
    assert not twice, f"acknowledged twice: {twice}"
    differing = {key: answers for key, answers in kept.items() if len(answers) > 1}
    assert not differing, f"replayed otherwise: {differing}"


def check_stored(server: Server, token: str, attempts: Sequence[Attempt]) -> None:
    """Every acknowledged order can be read back as it was sent, and nothing else is there.

    Whatever was left in the dark is settled by sending it again, which must either store it or
    say that it was stored. After that every order of these attempts is there.
    """
    connection = Connection(server, token)
    present = stored_numbers(server.settings)
    sent = {attempt.number for attempt in attempts}
    told = {attempt.number for attempt in attempts if attempt.status in KEPT}
    prefixes = {number.split("-")[0] for number in sent}
    phantoms = {number for number in present - sent if number.split("-")[0] in prefixes}
    assert not phantoms, f"nobody sent these: {phantoms}"
    assert not told - present, f"lost: {told - present}"
    for attempt in {attempt.number: attempt for attempt in attempts}.values():
        if attempt.number in told:
            _check_read_back(connection, attempt)
            continue
        again = connection.send(attempt.number, attempt.path, attempt.order, attempt.key)
        assert again.status in KEPT, (again.status, again.answer)
        assert (again.status == 409) == (attempt.number in present) or attempt.key is not None
        if again.status == 409:
            assert json.loads(again.answer)["identical"] is True, again.answer
    _check_replays(connection, attempts)
    connection.close()


def _check_read_back(connection: Connection, attempt: Attempt) -> None:
    status, body = connection.request("GET", f"/api/order/order-number/{quote(attempt.number, safe='')}")
    assert status == 200, (attempt.number, status, body)
    assert plain(json.loads(body)) == plain(attempt.order), attempt.number


def _check_replays(connection: Connection, attempts: Iterable[Attempt]) -> None:
    first = {a.key: a for a in attempts if a.key is not None and a.status in KEPT}
    for attempt in first.values():
        again = connection.send(attempt.number, attempt.path, attempt.order, attempt.key)
        assert (again.status, again.answer) == (attempt.status, attempt.answer), attempt.key


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """What an order and its reading have in common."""
    return {
        "number": found["purchaseOrderNumber"],
        "email": found["emailAddress"],
        "address": found.get("shippingAddress"),
        "lines": [
            (line["recipeSetId"], line["skuQuantities"], line.get("giftMessage"))
            for line in found["lineItems"]
        ],
    }
