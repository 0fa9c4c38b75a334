"""`spectrum route simulate`: what a draft of the rules would have done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import click
import msgspec

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.moment import MOMENT
from spectrum_orders.errors import Invalid, Problem

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.domain.routing import Facts, Rule
    from spectrum_orders.domain.routing.simulation import Difference
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.parties import Client

PAGE = 200
"""Orders read at once, and addresses opened by one entry of the journal's transaction."""

MAX_BYTES = 1024 * 1024
MOST_NAMED = 100
"""Lines that are named one by one; all of them are counted."""

STEP = 10
"""Ranks of rules that name none are so far apart, in the order of the file."""


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of the file."""

    partner: str
    sku: str | None = None
    country: str | None = None
    rank: int | None = None


class _Line(NamedTuple):
    """A line of an order by the order's id, with the number that its client calls the order by."""

    order: int
    position: int
    number: str


@click.command("simulate")
@click.option("--client", "handle", required=True, metavar="HANDLE", help="Whose orders it is about.")
@click.option(
    "--rules",
    "file",
    required=True,
    type=click.File("rb"),
    metavar="FILE",
    help='A JSON list of rules, {"partner": …, "sku": …, "country": …, "rank": …}, all but partner optional.',
)
@click.option("--since", type=MOMENT, default=None, help="Only orders acknowledged since then.")
@click.option(
    "--countries",
    is_flag=True,
    help="Open every address for its country. Each opening is journalled.",
)
@terminal.json_option
@click.pass_context
def simulate(
    context: click.Context, handle: str, file: BinaryIO, since: int | None, countries: bool, as_json: bool
) -> None:
    """Hold a draft of the rules against past orders: which lines would go elsewhere than by today's rules.

    Changes nothing.
    """
    from spectrum_orders.delivery import registry
    from spectrum_orders.domain import routing as rules

    text = file.read(MAX_BYTES + 1)
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client = known_client(connection, handle)
            snapshot = registry.read(connection)
        known = {one.handle for one in snapshot.partners.values()}
        draft = _rules(text, known)
        now = snapshot.rules.get(client.id, ())
        if not countries and (rules.needs_country(now) or rules.needs_country(draft)):
            note = (
                "Note: some rules ask for a country, and without --countries no address is opened: "
                "these rules count as not matching."
            )
            terminal.say(terminal.folded(note, sys.stderr))
        found = rules.simulate(now, draft, _facts(runtime, client, since or 0, countries), MOST_NAMED)
        with runtime.database.read() as connection:
            named = _named(connection, client, found.differences)
    if as_json:
        terminal.show_json(
            {
                "lines": found.lines,
                "moves": [
                    {"from": before, "to": after, "lines": count}
                    for (before, after), count in found.moves.items()
                ],
                "differences": [
                    {
                        "purchaseOrderNumber": number,
                        "position": position,
                        "line": line,
                        "from": one.now.partner,
                        "to": one.draft.partner,
                        "because": rules.explain(one.draft),
                    }
                    for one, (number, position, line) in zip(found.differences, named, strict=True)
                ],
            }
        )
        return
    rows = [
        (number, str(line), one.now.partner or "nobody", one.draft.partner or "nobody")
        for one, (number, _, line) in zip(found.differences, named, strict=True)
    ]
    terminal.show_table(("ORDER", "LINE", "NOW", "DRAFT"), rows)
    moved = sum(found.moves.values())
    for (before, after), count in found.moves.items():
        terminal.say(f"{terminal.count(count, 'line')}: from {before or 'nobody'} to {after or 'nobody'}.")
    more = "" if moved <= len(rows) else f", of which the first {len(rows)} are named"
    terminal.say(f"{moved:,} of {terminal.count(found.lines, 'line')} would go elsewhere{more}.")


def _named(
    connection: Connection, client: Client, differences: Sequence[Difference[_Line]]
) -> list[tuple[str, int, int]]:
    """Of each line its order's number, its position, and the id by which every other verb calls it."""
    from spectrum_orders.store import lines

    named: list[tuple[str, int, int]] = []
    known: dict[int, dict[int, int]] = {}
    for one in differences:
        order, position, number = one.subject
        if order not in known:
            states = lines.states(connection, client.id, order)
            known[order] = {line.position: line.number for line in states}
        named.append((number, position, known[order][position]))
    return named


def _rules(text: bytes, partners: set[str]) -> tuple[Rule, ...]:
    """The draft as rules. Raises Invalid with every problem."""
    from spectrum_orders.domain.routing import Rule, faults

    try:
        drafts = msgspec.json.decode(text[:MAX_BYTES], type=list[Draft])
    except msgspec.DecodeError as error:
        raise Invalid(f"The file of --rules is not a JSON list of rules: {error}.") from None
    problems: list[Problem] = []
    rules: list[Rule] = []
    for index, one in enumerate(drafts):
        problems += [Problem(f"/{index}", "malformed", fault) for fault in faults(one.sku, one.country)]
        if one.partner not in partners:
            problems.append(Problem(f"/{index}/partner", "unknown-partner", "There is no such partner."))
        rank = (index + 1) * STEP if one.rank is None else one.rank
        rules.append(Rule(id=index + 1, rank=rank, sku=one.sku, country=one.country, partner=one.partner))
    if problems:
        raise Invalid("The rules cannot be used.", problems=tuple(problems))
    return tuple(rules)


def _facts(runtime: Runtime, client: Client, since: int, countries: bool) -> Iterator[tuple[_Line, Facts]]:
    """Every line of the client's orders, read page by page: memory does not grow with their number."""
    from spectrum_orders.domain.order import OrderContent
    from spectrum_orders.domain.routing import Facts
    from spectrum_orders.store import orders

    decode = msgspec.json.Decoder(OrderContent).decode
    after = 0
    while True:
        with runtime.database.read() as connection:
            page = orders.page_after(connection, client.id, after, PAGE, since=since)
        if not page:
            return
        where = _open(runtime, client, [number for number, *_ in page]) if countries else {}
        for number, purchase_order_number, content in page:
            for position, line in enumerate(decode(content).line_items):
                skus = tuple(pair.sku for pair in line.sku_quantities)
                yield (
                    _Line(number, position, purchase_order_number),
                    Facts(skus=skus, country=where.get(number)),
                )
        after = page[-1][0]


def _open(runtime: Runtime, client: Client, numbers: list[int]) -> dict[int, str]:
    """The countries of these orders' shipping addresses, each opening in the journal first."""
    from spectrum_orders.delivery import opening
    from spectrum_orders.store import orders

    with runtime.database.read() as connection:
        found = [orders.find_order_by_id(connection, client.id, number) for number in numbers]
    addressed = [
        order
        for order in found
        if order is not None and any(one.field == "/shippingAddress" for one in order.people)
    ]
    told: dict[str, Any] = {"fields": ["/shippingAddress"], "why": "a simulation of routing by country"}
    with runtime.ledger.write() as tx:
        for order in addressed:
            tx.record("person.opened", "cli", told, client_id=client.id, order_id=order.id)
    countries: dict[int, str] = {}
    for order in addressed:
        for text in opening.people(runtime.keys, order, ("/shippingAddress",)).values():
            countries[order.id] = msgspec.json.decode(text, type=dict[str, str]).get("country", "")
    return countries
