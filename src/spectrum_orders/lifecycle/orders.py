"""Taking an order in hand: whose it is, which lines are meant, and whether its shop may still change it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import msgspec

from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.order import urgency
from spectrum_orders.errors import Conflict, NotFound, SpectrumError
from spectrum_orders.store import departures, lines, packages, parties, seats
from spectrum_orders.store.commissions import Rank
from spectrum_orders.store.events import Event
from spectrum_orders.store.lines import LineState, OrderState
from spectrum_orders.store.packages import Package
from spectrum_orders.store.seats import Found, Seat
from spectrum_orders.store.transaction import Transaction

HOUR_US = 3_600 * 1_000_000

_T = TypeVar("_T")


class _Prioritised(msgspec.Struct, frozen=True):
    priority: str | None = None


_priority = msgspec.json.Decoder(_Prioritised).decode


class Caller(msgspec.Struct, frozen=True):
    """Who asks: where they sit, and the name under which they stand in history and journal.

    An ``operator`` acts in a shop's place, and no time is over for one.
    """

    seat: Seat
    actor: str
    operator: bool = False


class Which(msgspec.Struct, frozen=True):
    """Which order is meant, and which of its lines: by their ids, by recipe set (without regard to case), or,
    when neither is given, all that the caller sees. ``client`` resolves what several clients have."""

    purchase_order_number: str
    client: str | None = None
    numbers: tuple[int, ...] = ()
    recipe_sets: tuple[str, ...] = ()


class UnknownLines(NotFound):
    """Some of the lines that were named are not there; nothing was changed."""

    def __init__(self, named: Sequence[str]) -> None:
        shown = ", ".join(named)
        super().__init__(f"Unable to find recipeSetReadableId(s): {shown}.", extra={"unknown": list(named)})


class Taken(msgspec.Struct, frozen=True):
    """An order in hand: all of it, and the lines that are meant."""

    order: OrderState
    lines: tuple[LineState, ...]

    @property
    def positions(self) -> tuple[int, ...]:
        """Of the lines that are meant."""
        return tuple(line.position for line in self.lines)

    @property
    def rank(self) -> Rank:
        """When the order wants to be worked on."""
        return Rank(urgency(_priority(self.order.content).priority), self.order.order_instant)


def missing() -> NotFound:
    """There is no such order, or it is not the caller's."""
    return NotFound("There is no order with this purchase order number.")


def take(tx: Transaction, caller: Caller, which: Which) -> Taken:
    """The order, held for this transaction. Raises NotFound, UnknownLines and Ambiguous."""
    found = seats.find(tx.connection, caller.seat, which.purchase_order_number, which.client)
    if found is None:
        raise missing()
    return _take(tx, caller, found, which.numbers, which.recipe_sets)


def take_by_id(
    tx: Transaction,
    caller: Caller,
    client_id: int,
    order_id: int,
    numbers: tuple[int, ...],
    recipe_sets: tuple[str, ...],
) -> Taken:
    """The same for an order whose id is known. Raises NotFound and UnknownLines."""
    found = seats.find_by_id(tx.connection, caller.seat, client_id, order_id)
    if found is None:
        raise missing()
    return _take(tx, caller, found, numbers, recipe_sets)


def _take(
    tx: Transaction, caller: Caller, found: Found, numbers: tuple[int, ...], recipe_sets: tuple[str, ...]
) -> Taken:
    order = lines.hold(tx, found)
    # Read under the lock: a line may have gone to another factory in the meantime.
    partner = caller.seat.partner_id
    seen = [line for line in order.lines if partner is None or line.partner_id == partner]
    if not seen:
        raise missing()
    return Taken(order, _named(seen, numbers, recipe_sets))


def _named(
    seen: Sequence[LineState], numbers: tuple[int, ...], recipe_sets: tuple[str, ...]
) -> tuple[LineState, ...]:
    if not numbers and not recipe_sets:
        return tuple(seen)
    wanted = {name.casefold() for name in recipe_sets}
    found = [line for line in seen if line.number in numbers or line.recipe_set_id.casefold() in wanted]
    there = {line.number for line in found}
    names = {line.recipe_set_id.casefold() for line in found}
    unknown = [str(number) for number in numbers if number not in there]
    unknown += [name for name in recipe_sets if name.casefold() not in names]
    if unknown:
        raise UnknownLines(list(dict.fromkeys(unknown)))
    return tuple(found)


def check_window(tx: Transaction, caller: Caller, order: OrderState) -> None:
    """A shop may change its order for so long. Raises Conflict afterwards; a partner may at any time."""
    if caller.seat.partner_id is not None or caller.operator:
        return
    client = parties.find_client(tx.connection, order.client_handle)
    assert client is not None  # its order was just found
    until = order.acknowledged_at + round(client.settings.cancel_hours * HOUR_US)
    if tx.now > until:
        raise Conflict(
            f"This order could be changed until {iso(until)}, {client.settings.cancel_hours:g} hours after "
            "its acknowledgement. Ask the factory, or the operator, who may set another time with: spectrum "
            f"client set {client.handle} --cancel-hours HOURS."
        )


def check_not_erased(order: OrderState) -> None:
    """Raises Conflict when the people of the order were erased."""
    if order.erased_at is not None:
        raise Conflict(
            f"The people of this order were erased at {iso(order.erased_at)}, and with them its address and "
            "its artwork; nothing of it is sent or made again. Send a new order."
        )


def check_not_cancelled(some: Sequence[LineState]) -> None:
    """Raises Conflict when one of the lines is cancelled."""
    gone = [str(line.number) for line in some if line.cancelled]
    if gone:
        raise Conflict(f"Lines are cancelled (ids: {', '.join(gone)}). Nothing was changed; name the others.")


def packages_with(tx: Transaction, taken: Taken, kinds: Collection[str] = packages.PRINTED) -> list[Package]:
    """The order's packages of those kinds that hold one of the lines that are meant, held as the order is.

    Those that were cancelled are left out.
    """
    meant = set(taken.positions)
    return [
        package
        for package in packages.of_order(tx.connection, *taken.order.mark, hold=True)
        if package.kind in kinds and package.state != packages.CANCELLED and meant & set(package.positions)
    ]


def homes(tx: Transaction, taken: Taken) -> dict[int, Package]:
    """By position, the package that a line of the order is in now, held as the order is.

    What was cancelled is in none.
    """
    partners = {line.position: line.partner_id for line in taken.order.lines}
    there = packages.of_order(tx.connection, *taken.order.mark, hold=True)
    still = packages.remaining(there)
    last = {
        position: package
        for package in there
        if package.kind == packages.PACKAGE
        for position in still[package.id]
    }
    # A factory that rejects a reprint of a line still has it by the package that was to be repeated.
    return {
        position: package for position, package in last.items() if package.partner_id == partners[position]
    }


def gone(tx: Transaction, taken: Taken) -> set[int]:
    """The positions of lines whose package has left, or may have."""
    found = homes(tx, taken)
    left = {
        package.id
        for package in {one.id: one for one in found.values()}.values()
        if package.state == packages.DELIVERED or departures.has_left(tx, package)
    }
    return {position for position, package in found.items() if package.id in left}


def event(kind: str, order: OrderState, some: Sequence[LineState], **data: object) -> Event:
    """An event about lines; their factories may know it too."""
    partners = {line.partner_id for line in some if line.partner_id is not None}
    positions = [line.position for line in some]
    return Event(kind, order.client_id, order.id, data, positions, sorted(partners))


def attempt(
    job: Callable[[Transaction], _T], *, dry_run: bool = False
) -> Callable[[Transaction], _T | SpectrumError]:
    """``job`` as one that others may share a transaction with: its error is returned, and what it did undone.

    A dry run is undone in any case.
    """

    class Undone(Exception):
        pass

    def run(tx: Transaction) -> _T | SpectrumError:
        result: _T | SpectrumError
        try:
            with tx.savepoint():
                result = job(tx)
                if dry_run:
                    raise Undone
        except Undone:
            pass
        except SpectrumError as error:
            result = error
        return result

    return run
