"""`spectrum exceptions`: everything that waits for somebody, and what to do about it."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.moment import age

if TYPE_CHECKING:
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.exceptions import Ailing, GivenUp, Lane, Stuck

AWAITING_ARTWORK = "awaiting-artwork"
PREFLIGHT_REJECTED = "preflight-rejected"
UNROUTED = "unrouted"
NO_DESTINATION = "no-destination"
PERSON_ERASED = "person-erased"
ARTWORK_ERASED = "artwork-erased"
FAULT = "work-failed"
GIVEN_UP = "delivery-buried"
AILING = "destination-failing"
BEHIND = "nobody-works"
NO_ROUTES = "no-routes"
REMOVED = "destination-removed"

PLAN, WORK = 0, 1
"""As in ``store.queue``, which help texts should not wait for."""

STEPS: dict[str, str] = {
    UNROUTED: "Add a rule that matches; why none did: spectrum route explain --client {client} {order}",
    NO_ROUTES: "Nobody may make anything yet. Add a rule: spectrum route add",
    AWAITING_ARTWORK: "Put the missing recipe set; which: spectrum order show --client {client} {order}",
    PREFLIGHT_REJECTED: "Put a corrected recipe set; which: spectrum order show --client {client} {order}",
    PERSON_ERASED: "Its people were erased before it left; nobody knows where it goes. Cancel what is left: "
    "spectrum order cancel --client {client} {order}",
    ARTWORK_ERASED: "Its artwork was erased with a person. Put the recipe set again; which: "
    "spectrum order show --client {client} {order}",
    NO_DESTINATION: "Say where its packages go: spectrum destination add --partner {partner} URL",
    FAULT: "Look for the cause in the log, then: spectrum order retry --client {client} {order}",
    GIVEN_UP: "{hint} Then: spectrum delivery replay --package {package}",
    AILING: "Find out why: spectrum destination test {destination}",
    BEHIND: "Start a worker: spectrum worker, or spectrum serve with SPECTRUM_DELIVER=on",
    REMOVED: "Name another destination: spectrum delivery replay --destination {destination} --to ID",
}
"""What to do about each, in one step."""


@click.command("exceptions")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="List so many of a kind.",
)
@terminal.json_option
@click.pass_context
def command(context: click.Context, limit: int, as_json: bool) -> None:
    """List everything that waits for somebody: why, for how long, and the next step.

    An order that waits for its artwork is `late` when it has waited longer than SPECTRUM_ARTWORK_PATIENCE.
    """
    with opened(context) as runtime:
        found, unlisted = _find(runtime, limit)
    if as_json:
        terminal.show_json(found)
    else:
        for one in found:
            _show(one)
    if unlisted:
        terminal.say(f"{unlisted:,} more are not listed; see them with a higher --limit.")
    if not found:
        terminal.say("Nothing waits for anybody.")


def _show(one: dict[str, Any]) -> None:
    """The case on one line, and beneath it what to do: a command in a narrow column could not be copied."""
    head = one["reason"] + (" (late)" if one["late"] else "")
    head += f", {one['age']}" if one["age"] else ""
    whose = " ".join(word for word in (one["client"], one["purchaseOrderNumber"]) if word)
    said = ": ".join(word for word in (head, whose, one["what"]) if word)
    click.echo(terminal.folded(terminal.visible(said), sys.stdout, hang=4))
    # A command stands alone on its line, so that it can be copied whole.
    step, found, call = terminal.visible(one["nextStep"]).partition(": spectrum ")
    click.echo("  -> " + terminal.folded(step + (":" if found else ""), sys.stdout, hang=5))
    if found:
        click.echo(f"     spectrum {call}")


def _find(runtime: Runtime, limit: int) -> tuple[list[dict[str, Any]], int]:
    """All of it, and how many more there are than ``limit`` of a kind."""
    from spectrum_orders.store import exceptions, routing
    from spectrum_orders.store.transaction import now_us

    now = now_us()
    patience = runtime.settings.artwork_patience * 1_000_000
    with runtime.database.read() as connection:
        stuck = exceptions.find_stuck(connection, limit)
        given_up = exceptions.find_given_up(connection, limit)
        counts = exceptions.count_stuck(connection)
        ailing = exceptions.find_ailing(connection)
        behind = exceptions.find_behind(connection, now)
        removed = exceptions.find_homeless_lanes(connection)
        rules = routing.list_all(connection)
    gone = {one.lane for one in removed}
    found = [_stuck(one, now, patience) for one in stuck]
    found += [_given_up(one) for one in given_up]
    found += [_ailing(one) for one in ailing]
    found += [_lane(one, REMOVED) for one in removed]
    found += [
        _lane(one, NO_ROUTES if one.lane == PLAN and not rules else BEHIND)
        for one in behind
        if one.lane not in gone
    ]
    unlisted = max(0, sum(counts.values()) - len(stuck) - len(given_up))
    return found, unlisted


def _stuck(one: Stuck, now: int, patience: float) -> dict[str, Any]:
    reason = FAULT if one.buried or one.reason not in STEPS else one.reason
    package = None if one.package_id is None else ids.readable("pkg", one.package_id)
    what = "the order is to be routed" if package is None else f"package {package}"
    if reason == FAULT:
        what += f": {one.reason}"
    return _row(
        reason,
        one.since,
        what,
        client=one.client,
        order=one.purchase_order_number,
        package=package,
        partner=one.partner,
        late=reason == AWAITING_ARTWORK and now - one.since > patience,
    )


def _given_up(one: GivenUp) -> dict[str, Any]:
    import msgspec

    told = msgspec.json.decode(one.proof, type=dict[str, Any]) if one.proof else {}
    code = told.get("code", "")
    package = ids.readable("pkg", one.package_id)
    return _row(
        REMOVED if code == "removed" else GIVEN_UP,
        one.since,
        f"package {package} to {one.partner}, destination {one.destination_id}: {told.get('message', code)}",
        client=one.client,
        order=one.purchase_order_number,
        package=package,
        partner=one.partner,
        destination=one.destination_id,
        hint=told.get("nextStep", ""),
        code=code,
    )


def _ailing(one: Ailing) -> dict[str, Any]:
    waiting = "delivery waits" if one.waiting == 1 else "deliveries wait"
    return _row(
        AILING,
        one.oldest,
        f"destination {one.destination_id} of {one.partner}: {one.last_error}, "
        f"{terminal.count(one.failures, 'failure')} in a row, {one.waiting:,} {waiting}",
        partner=one.partner,
        destination=one.destination_id,
        code=one.last_error,
    )


def _lane(one: Lane, reason: str) -> dict[str, Any]:
    if one.lane == PLAN:
        return _row(reason, one.oldest, f"{terminal.count(one.rows, 'order')} to be looked at")
    if one.lane == WORK:
        return _row(reason, one.oldest, f"{terminal.count(one.rows, 'package')} to be made")
    what = f"{terminal.count(one.rows, 'package')} due at destination {one.lane}"
    return _row(reason, one.oldest, what, destination=one.lane)


def _row(
    reason: str,
    since: int,
    what: str,
    *,
    client: str | None = None,
    order: str | None = None,
    package: str | None = None,
    partner: str | None = None,
    destination: int | None = None,
    hint: str = "",
    code: str | None = None,
    late: bool = False,
) -> dict[str, Any]:
    from spectrum_orders.store.transaction import now_us

    step = STEPS[reason].format(
        # It is to be pasted into a shell, and a purchase order number is whatever a shop calls its order.
        client=shlex.quote(client or ""),
        order=shlex.quote(order or ""),
        package=package,
        partner=shlex.quote(partner or ""),
        destination=destination,
        hint=hint,
    )
    return {
        "reason": reason,
        "code": code,
        "late": late,
        "since": terminal.instant(since) if since else None,
        "age": age(since, now_us()) if since else None,
        "client": client,
        "purchaseOrderNumber": order,
        "package": package,
        "partner": partner,
        "destination": None if destination is None else str(destination),
        "what": what,
        "nextStep": step.strip(),
    }
