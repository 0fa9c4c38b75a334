"""Sending a package again as it is, and having it printed again."""

from __future__ import annotations

import msgspec

from spectrum_orders.errors import Conflict
from spectrum_orders.lifecycle.cancelling import Changed
from spectrum_orders.lifecycle.orders import (
    Caller,
    Taken,
    Which,
    check_not_cancelled,
    check_not_erased,
    homes,
    packages_with,
    take,
)
from spectrum_orders.store import commissions, departures, lines, packages, recipes
from spectrum_orders.store.lines import Move
from spectrum_orders.store.packages import Package
from spectrum_orders.store.transaction import Transaction

REDELIVERED, REPRINTED = "redelivered", "reprinted"


def redeliver(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Send the packages that these lines are in once more, under the same names, so that nothing doubles.

    What was taken back from their factories since is not in them any more. Raises NotFound, UnknownLines,
    Ambiguous, and Conflict when none of them is made yet, all of the lines are cancelled, or the order's
    people were erased.
    """
    taken = take(tx, caller, which)
    check_not_erased(taken.order)
    if all(line.cancelled for line in taken.lines):
        check_not_cancelled(taken.lines)
    home = {place: package.id for place, package in homes(tx, taken).items()}
    sent: list[Package] = []
    for package in packages_with(tx, taken):
        first = package.completes if package.kind == packages.REPRINT else package.id
        left = tuple(place for place in package.positions if home.get(place) == first)
        if not {*left} & {*taken.positions}:
            continue
        if left != package.positions:
            departures.reduce(tx, package, left)
            package = msgspec.structs.replace(package, positions=left)
        if departures.send_again(tx, package, taken.rank):
            sent.append(package)
    if not sent:
        raise Conflict(
            "No package with these lines is made yet, so there is nothing to send again. Read the order: "
            "what it waits for stands beside each line."
        )
    _note(tx, caller, taken, sent, REDELIVERED, reason)
    return Changed(taken.order, taken.lines, tuple(sent))


def reprint(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Have these lines made once more: new packages of the same files, marked as repeating the earlier ones.

    The files are those that the lines are bound to, byte for byte. Raises NotFound, UnknownLines, Ambiguous,
    and Conflict when a line is cancelled or was never delivered to the factory that makes it, or its artwork
    was erased.
    """
    taken = take(tx, caller, which)
    check_not_erased(taken.order)
    check_not_cancelled(taken.lines)
    whole = {
        place: package
        for place, package in homes(tx, taken).items()
        if place in taken.positions and package.state == packages.DELIVERED
    }
    missing = [str(line.number) for line in taken.lines if line.position not in whole]
    if missing:
        raise Conflict(
            f"Lines were not delivered yet to the factory that makes them (ids: {', '.join(missing)}), so "
            "they cannot be printed again. Nothing was changed; name the others."
        )
    _check_artwork(tx, taken)
    # Of what was printed again before, the first package: it says where the line came from.
    repeated = {package.id: package for package in whole.values()}
    fresh: list[Package] = []
    for number, package in sorted(repeated.items()):
        positions = tuple(
            place for place in package.positions if place in whole and whole[place].id == number
        )
        fresh.append(commissions.follow(tx, package, packages.REPRINT, positions))
    commissions.commission(tx, [(one, taken.rank) for one in fresh])
    _note(tx, caller, taken, fresh, REPRINTED, reason)
    return Changed(taken.order, taken.lines, tuple(fresh))


def _check_artwork(tx: Transaction, taken: Taken) -> None:
    client_id = taken.order.client_id
    erased = [
        str(line.number)
        for line in taken.lines
        if line.recipe_version is not None
        and recipes.find_key(tx.connection, client_id, line.recipe_version) is None
    ]
    if erased:
        raise Conflict(
            f"The artwork of lines was erased (ids: {', '.join(erased)}); what was printed cannot be made "
            "again. Put the recipe set again and send a new order."
        )


def _note(tx: Transaction, caller: Caller, taken: Taken, some: list[Package], kind: str, reason: str) -> None:
    held = {position for package in some for position in package.positions}
    moves = [Move(position, kind, "", kind, reason) for position in sorted(held)]
    lines.note(tx, taken.order.mark, moves, caller.actor)
    tx.record(
        f"lines.{kind}",
        caller.actor,
        {"packages": [str(package.id) for package in some]},
        client_id=taken.order.client_id,
        order_id=taken.order.id,
    )
