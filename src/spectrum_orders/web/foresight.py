"""What a dry run says about the lines of orders that are not stored: who would make them, and of what."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.order import Order
from spectrum_orders.domain.routing import Decision, Facts, Rule
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import prospects, routing
from spectrum_orders.store.prospects import Prospect
from spectrum_orders.web import lines
from spectrum_orders.web.lookup import look


class File(msgspec.Struct, frozen=True, rename="camel"):
    """A print file that would be made."""

    product: str
    area: str
    media_type: str


class ForeseenLine(msgspec.Struct, frozen=True, rename="camel"):
    """What would become of one line. ``routing`` and ``artwork`` are as in an order that is read back."""

    recipe_set_id: str
    routing: dict[str, Any]
    artwork: dict[str, Any]
    files: tuple[File, ...]


class Taken(msgspec.Struct, frozen=True):
    """An order that would be stored, or would complete the one of this id."""

    order: Order
    completes: int | None


class _Known(msgspec.Struct, frozen=True):
    """What is stored and bears on it; ``kept`` and ``pins`` by order and position."""

    rules: tuple[Rule, ...]
    current: dict[str, int]
    prospects: dict[int, Prospect]
    kept: dict[tuple[int, int], Decision]
    pins: dict[tuple[int, int], int]


async def of_orders(
    runtime: Runtime, client_id: int, taken: Sequence[Taken]
) -> dict[str, tuple[ForeseenLine, ...]]:
    """By purchase order number, what would become of each line. Raises Unavailable."""
    known = await look(lambda: _read(runtime, client_id, taken))
    # Beside the event loop: many orders under many rules are seconds of work.
    return await asyncio.to_thread(
        lambda: {one.order.content.purchase_order_number: _lines(known, one) for one in taken}
    )


def _read(runtime: Runtime, client_id: int, taken: Sequence[Taken]) -> _Known:
    wanted = {line.recipe_set_id for one in taken for line in one.order.content.line_items}
    kept: dict[tuple[int, int], Decision] = {}
    pins: dict[tuple[int, int], int] = {}
    with runtime.database.read() as connection:
        own = prospects.rules_of(connection, client_id)
        current = prospects.known_ids(connection, client_id, wanted)
        for order_id in {one.completes for one in taken if one.completes is not None}:
            for route in routing.of_order(connection, client_id, order_id):
                if route.partner_id is not None:
                    kept[order_id, route.position] = rules.decode(route.reason)
            for position, version in prospects.pinned(connection, client_id, order_id).items():
                pins[order_id, position] = version
        versions = {*current.values(), *pins.values()}
        return _Known(own, current, prospects.of_versions(connection, client_id, versions), kept, pins)


def _lines(known: _Known, one: Taken) -> tuple[ForeseenLine, ...]:
    country = _country(one.order.personal)
    found = []
    for position, line in enumerate(one.order.content.line_items):
        place = (one.completes or 0, position)
        decision = known.kept.get(place)
        if decision is None:
            skus = tuple(pair.sku for pair in line.sku_quantities)
            decision = rules.decide(known.rules, Facts(skus, country))
        version = known.pins.get(place, known.current.get(line.recipe_set_id))
        prospect = None if version is None else known.prospects.get(version)
        found.append(
            ForeseenLine(
                line.recipe_set_id,
                lines.routing(decision),
                lines.artwork(version, None if prospect is None else prospect.artwork),
                () if prospect is None else _files(prospect),
            )
        )
    return tuple(found)


def _files(prospect: Prospect) -> tuple[File, ...]:
    """One for each area of its products: a recipe fills them all."""
    return tuple(
        File(product.handle, area.handle, area.output.media_type)
        for product in prospect.products
        for area in product.areas
    )


def _country(personal: Mapping[str, str]) -> str | None:
    address = personal.get("/shippingAddress")
    if address is None:
        return None
    return msgspec.json.decode(address, type=dict[str, str]).get("country")
