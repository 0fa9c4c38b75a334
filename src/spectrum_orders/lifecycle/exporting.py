"""Everything that is held about the people of an order, for them to have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.crypto import KeyRing, OrderKey
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.package.naming import portable
from spectrum_orders.files import Files, asset_name, version_folder
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import (
    assets,
    erasures,
    lines,
    openings,
    orders,
    packages,
    partners,
    recipes,
    renewals,
    shipments,
)
from spectrum_orders.store.erasures import Erasure
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.transaction import Transaction

FORMAT = "spectrum-person/1"

WHY = "exported for the person"
"""What the journal says of it."""

OBJECTS = ("/customerAddress", "/shippingAddress", "/customerServiceContact")

Receipts = Callable[[Connection, int], dict[str, Any] | None]
"""Signs a receipt, which is not done on this floor."""

Instant = int | None


class File(msgspec.Struct, frozen=True):
    """A file that is exported. ``place`` is where it lies sealed, under ``key``."""

    name: str
    place: str
    key: OrderKey

    def read(self, files: Files) -> Iterator[bytes]:
        """Its content, piece by piece."""
        return files.read(self.place, self.key)


class Exported(msgspec.Struct, frozen=True):
    """One order, opened, and the files that belong to it."""

    order: dict[str, Any]
    files: tuple[File, ...]

    def __repr__(self) -> str:
        return "Exported(hidden)"


def head(client_handle: str, at: int) -> dict[str, Any]:
    """What an export begins with; the member ``orders`` comes after."""
    return {"format": FORMAT, "clientHandle": client_handle, "exportedAt": iso(at)}


def record(tx: Transaction, order: StoredOrder, actor: str) -> None:
    """Put the opening in the journal, before anything is opened."""
    if order.key is not None:
        tx.record(
            "person.opened",
            actor,
            {"fields": [field.field for field in order.people], "why": WHY},
            client_id=order.client_id,
            order_id=order.id,
        )


def export(runtime: Runtime, client_id: int, order_id: int, *, actor: str, receipts: Receipts) -> Exported:
    """Open one order for its people, once that is in the journal. Raises Unavailable, SealBroken."""
    with runtime.ledger.write() as tx:
        order = orders.find_order_by_id(tx.connection, client_id, order_id)
        assert order is not None  # nothing removes orders
        record(tx, order, actor)
    with runtime.database.read() as connection:
        # Read again: it may have been erased in between, and then nobody may open it.
        order = orders.find_order_by_id(connection, client_id, order_id)
        assert order is not None
        return _describe(connection, runtime.keys, order, receipts)


def _describe(connection: Connection, keys: KeyRing, order: StoredOrder, receipts: Receipts) -> Exported:
    client_id = order.client_id
    names = {one.id: one.handle for one in partners.everybody(connection)}
    personal: dict[str, Any] = {}
    if order.key is not None:
        key = keys.open_order_key(client_id, order.id, order.key.wrapped, order.key.version)
        personal = {one.field: _plain(one.field, key.open(one.field, one.sealed)) for one in order.people}
    signed = [receipts(connection, number) for number in sorted({order.id, order.addressed_by or order.id})]
    artwork, files = _artwork(connection, keys, order)
    told = {
        "purchaseOrderNumber": order.purchase_order_number,
        "acknowledgedAt": iso(order.acknowledged_at),
        "lastModification": iso(order.modified_at),
        "erasedAt": _instant(order.erased_at),
        "agreed": msgspec.json.decode(order.content),
        "personal": personal,
        "lines": [
            {
                "id": line.number,
                "position": line.position,
                "recipeSetId": line.recipe_set_id,
                "workflowStatus": line.workflow_status,
            }
            for line in order.lines
        ],
        "artwork": artwork,
        "receipts": [one for one in signed if one is not None],
        "history": [
            msgspec.to_builtins(one) | {"at": iso(one.at)}
            for one in lines.history(connection, client_id, order.id)
        ],
        "shipments": [
            {
                "position": one.position,
                "at": iso(one.at),
                "shipmentTracking": list(one.tracking),
                "serialNumbers": list(one.serial_numbers),
                "by": one.actor,
            }
            for one in shipments.of_order(connection, client_id, order.id)
        ],
        "openings": [
            {"at": iso(one.at), "by": one.actor, "why": one.why, "fields": list(one.fields)}
            for one in openings.of_order(connection, client_id, order.id)
        ],
        "packages": _packages(connection, order, names),
        "erasures": [
            erasure(one, names[one.partner_id]) for one in erasures.of_order(connection, client_id, order.id)
        ],
    }
    return Exported(told, files)


def _packages(connection: Connection, order: StoredOrder, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Which factory was sent what, and when."""
    made = packages.of_order(connection, order.client_id, order.id)
    ways = packages.deliveries_of(connection, order.client_id, [one.id for one in made])
    return [
        {
            "packageId": ids.readable("pkg", one.id),
            "kind": one.kind,
            "partner": names[one.partner_id],
            "positions": list(one.positions),
            "state": one.state,
            "createdAt": iso(one.created_at),
            "deliveries": [
                {"state": way.state, "attempts": way.attempts, "settledAt": _instant(way.settled_at)}
                for way in ways
                if way.package_id == one.id
            ],
        }
        for one in made
    ]


def _artwork(
    connection: Connection, keys: KeyRing, order: StoredOrder
) -> tuple[list[dict[str, Any]], tuple[File, ...]]:
    """What was designed, with its texts, and where its files lie."""
    client_id = order.client_id
    told: list[dict[str, Any]] = []
    files: dict[str, File] = {}
    bound = {line.recipe_version for line in order.lines if line.recipe_version is not None}
    for number in sorted(bound | renewals.earlier(connection, (client_id, order.id))):
        found = recipes.find_version(connection, keys, client_id, number)
        wrapped = recipes.find_key(connection, client_id, number)
        if found is None or wrapped is None:
            told.append({"version": ids.readable("ver", number), "erased": True})
            continue
        key = keys.open_order_key(client_id, number, wrapped.wrapped, wrapped.version)
        folder = f"artwork/{portable(found.readable_id, 64)}_{ids.readable('ver', number)}"
        mine = [
            File(
                f"{folder}/{row.place}_{portable(row.product, 40)}_{portable(row.area, 40)}{row.suffix}",
                f"{version_folder(client_id, number)}/{row.place}",
                key,
            )
            for row in recipes.find_print_files(connection, client_id, number)
        ]
        uploaded = assets.find(connection, client_id, [bytes.fromhex(one) for one in found.assets])
        for digest, asset in uploaded.items():
            own = keys.open_order_key(client_id, asset.id, asset.key.wrapped, asset.key.version)
            name = f"uploads/{digest.hex()}.{asset.kind}"
            mine.append(File(name, asset_name(client_id, asset.id), own))
        files |= {one.name: one for one in mine}
        told.append(
            {
                "recipeSetId": found.readable_id,
                "version": ids.readable("ver", number),
                "document": msgspec.json.decode(found.document),
                "files": [one.name for one in mine],
            }
        )
    return told, tuple(files.values())


def erasure(one: Erasure, partner: str) -> dict[str, Any]:
    """An erasure as it is shown everywhere."""
    return {
        "id": one.readable_id,
        "partner": partner,
        "purchaseOrderNumber": one.purchase_order_number,
        "packageIds": [ids.readable("pkg", number) for number in one.packages],
        "state": one.state,
        "erasedAt": iso(one.erased_at),
        "confirmBy": iso(one.erased_at + erasures.CONFIRM_US),
        "toldAt": _instant(one.told_at),
        "confirmedAt": _instant(one.confirmed_at),
        "confirmedBy": one.confirmed_by or None,
    }


def _instant(at: Instant) -> str | None:
    return None if at is None else iso(at)


def _plain(field: str, text: str) -> Any:
    """Addresses and contacts are kept as their JSON."""
    if field not in OBJECTS or not text.startswith("{"):
        return text
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        return text
