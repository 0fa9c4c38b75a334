"""What print files were before they were lost: made again by another renderer they may be something else."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.store import packages, recipes
from spectrum_orders.store.packages import Package
from spectrum_orders.store.recipes import PrintFileRow
from spectrum_orders.store.transaction import Transaction


class Earlier(msgspec.Struct, frozen=True):
    """What stood in a print file's place ``until`` something else did."""

    until: int
    sha256: str
    renderer: str


_decode = msgspec.json.Decoder(tuple[Earlier, ...]).decode


def carried(
    tx: Transaction, client_id: int, version: int, files: Sequence[PrintFileRow]
) -> list[PrintFileRow]:
    """The files that were made again, each with all that it was before, where that was something else."""
    before = {row.place: row for row in recipes.find_print_files(tx.connection, client_id, version)}
    artwork = recipes.find_artwork(tx.connection, client_id, version)
    renderer = "" if artwork is None else artwork.renderer
    found = []
    for row in files:
        there = before.get(row.place)
        if there is not None:
            known = _decode(there.earlier)
            if there.digest != row.digest:
                known = (*known, Earlier(tx.now, there.digest.hex(), renderer))
            row = msgspec.structs.replace(row, earlier=msgspec.json.encode(known).decode())
        found.append(row)
    return found


def as_of(row: PrintFileRow, instant: int) -> Earlier | None:
    """What the file was at an instant, if that was something else than it is now."""
    there = next((one for one in _decode(row.earlier) if one.until > instant), None)
    return None if there is None or there.sha256 == row.digest.hex() else there


def sent_at(connection: Connection, package: Package) -> int:
    """When the package that this one repeats had arrived everywhere."""
    ways = packages.deliveries_of(connection, package.client_id, [package.completes])
    return max((way.settled_at for way in ways if way.settled_at is not None), default=package.created_at)
