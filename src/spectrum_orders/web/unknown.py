"""Orders with recipe sets that are not known here, of clients that will not have them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spectrum_orders.domain.payloads import Accepted, Rejected
from spectrum_orders.errors import Problem
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import prospects
from spectrum_orders.web.lookup import look

CODE = "unknown-recipe-set"
MESSAGE = "The recipe set is not known here, and this client's setting is to reject such orders."


async def refuse(runtime: Runtime, client_id: int, accepted: Sequence[Accepted]) -> list[Accepted | Rejected]:
    """Each order as it was read, or its refusal. Raises Unavailable."""
    wanted = {line.recipe_set_id for one in accepted for line in one.order.content.line_items}

    def find() -> dict[str, int]:
        with runtime.database.read() as connection:
            return prospects.known_ids(connection, client_id, wanted)

    known = await look(find)
    return [_judged(one, known) for one in accepted]


def _judged(found: Accepted, known: Collection[str]) -> Accepted | Rejected:
    content = found.order.content
    problems = tuple(
        Problem(f"/lineItems/{position}/recipeSetId", CODE, MESSAGE)
        for position, line in enumerate(content.line_items)
        if line.recipe_set_id not in known
    )
    if not problems:
        return found
    return Rejected(
        content.purchase_order_number,
        tuple(line.recipe_set_id for line in content.line_items),
        problems,
        found.warnings,
    )
