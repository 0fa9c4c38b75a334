"""Sending a package again as it is, and having it printed again."""

from __future__ import annotations

from spectrum_orders.errors import Conflict
from spectrum_orders.lifecycle.cancelling import Changed
from spectrum_orders.lifecycle.orders import (
    Caller,
    Taken,
    Which,
    check_not_cancelled,
    check_not_erased,
    packages_with,
    take,
)
from spectrum_orders.store import commissions, departures, lines, packages, recipes
from spectrum_orders.store.lines import Move
from spectrum_orders.store.packages import Package
from spectrum_orders.store.transaction import Transaction

REDELIVERED, REPRINTED = "redelivered", "reprinted"


def redeliver(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Send the packages that hold these lines once more, under the same names, so that nothing doubles.

    Raises NotFound, UnknownLines, Ambiguous, and Conflict when none of them is made yet, or the order's
    people were erased.
    """
    taken = take(tx, caller, which)
    check_not_erased(taken.order)
    sent = [one for one in packages_with(tx, taken) if departures.send_again(tx, one, taken.rank)]
    if not sent:
        raise Conflict(
            "No package with these lines is made yet, so there is nothing to send again. Read the order: "
            "what it waits for stands beside each line."
        )
    _note(tx, caller, taken, sent, REDELIVERED, reason)
    return Changed(taken.order, taken.lines, tuple(sent))


def reprint(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Have these lines made once more: new packages of the same files, marked as repeating the earlier ones.

    The files are those that the lines were bound to when the order was acknowledged, byte for byte. Raises
    NotFound, UnknownLines, Ambiguous, and Conflict when a line is cancelled or was never delivered, or its
    artwork was erased.
    """
    taken = take(tx, caller, which)
    check_not_erased(taken.order)
    check_not_cancelled(taken.lines)
    meant = set(taken.positions)
    whole = [one for one in packages_with(tx, taken) if one.state == packages.DELIVERED]
    missing = meant - {position for package in whole for position in package.positions}
    if missing:
        numbers = [str(line.number) for line in taken.lines if line.position in missing]
        raise Conflict(
            f"Lines were not delivered yet (ids: {', '.join(numbers)}), so they cannot be printed again. "
            "Nothing was changed; name the others."
        )
    _check_artwork(tx, taken)
    fresh: list[Package] = []
    for package in _newest(whole, meant):
        positions = tuple(position for position in package.positions if position in meant)
        fresh.append(commissions.follow(tx, package, packages.REPRINT, positions))
    commissions.commission(tx, [(one, taken.rank) for one in fresh])
    _note(tx, caller, taken, fresh, REPRINTED, reason)
    return Changed(taken.order, taken.lines, tuple(fresh))


def _newest(whole: list[Package], meant: set[int]) -> list[Package]:
    """The packages to repeat: each line once, however often it was printed before. A reprint of a reprint
    repeats the first package, which says where the line came from."""
    left = set(meant)
    found: list[Package] = []
    for package in whole:
        if left & set(package.positions) and package.kind == packages.PACKAGE:
            found.append(package)
            left -= set(package.positions)
    return found


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
