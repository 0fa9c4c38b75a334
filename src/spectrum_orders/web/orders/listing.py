"""``GET /api/orders``: looking for orders by many marks, page by page or as one file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain import instants
from spectrum_orders.domain.workflow import STATUSES, status_of
from spectrum_orders.errors import BadRequest
from spectrum_orders.store import search
from spectrum_orders.store.problems import PROBLEMS
from spectrum_orders.store.search import Filter
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web import paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import JSON, Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.orders import table
from spectrum_orders.web.orders.representing import represent
from spectrum_orders.web.orders.standing import Reader, Standing, load, reader_of

MOST = 500
TOGETHER = 100
"""As in ``searching``."""

FORMATS = ("json", "ndjson", "csv")
_TYPES = {b"text/csv": "csv", b"application/x-ndjson": "ndjson", b"application/ndjson": "ndjson"}

PARAMETERS = (
    "client",
    "partner",
    "status",
    "prefix",
    "recipeSet",
    "sku",
    "acknowledgedFrom",
    "acknowledgedTo",
    "modifiedFrom",
    "modifiedTo",
    "source",
    "problem",
    "format",
    "limit",
    "cursor",
)
"""What may be asked. Anything else is refused: of a filter that is not read, everything would be found."""

_encode = msgspec.json.Encoder().encode


class OrderListing:
    """The endpoint of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._stuck_us = intake.runtime.settings.stuck_us

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request. People are not among what is listed: whoever may see them reads the order."""
        paging.refuse_unknown(exchange, *PARAMETERS)
        wanted = _filter(exchange, principal)
        form = paging.choice(exchange, b"format", FORMATS) or _accepted(exchange)
        before = paging.number(exchange, b"cursor")
        if form != "json":
            await self._export(exchange, principal, wanted, form, before)
            return
        most = paging.limit(exchange, 100, MOST)
        reader, found, after = await look(lambda: self._find(principal, wanted, before, most))
        body: dict[str, Any] = {"orders": [represent(one, {}, reader) for one in found]}
        body["next"] = None if after is None else str(after)
        await exchange.respond(200, _encode(body))

    async def _export(
        self, exchange: Exchange, principal: Principal, wanted: Filter, form: str, before: int | None
    ) -> None:
        """Everything, in one file, of which never more than a page is in memory."""
        pages = self._pages(principal, wanted, before)
        # The first page before the head: what goes wrong there is still an error and no broken file.
        reader, found = await anext(pages)
        as_csv = form == "csv"
        media_type = b"text/csv; charset=utf-8; header=present" if as_csv else b"application/x-ndjson"
        name = b'attachment; filename="orders.%s"' % form.encode()
        await exchange.start(200, media_type, ((b"content-disposition", name),))
        piece = (table.head() if as_csv else b"") + _rows(reader, found, as_csv)
        async for reader, found in pages:
            await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = _rows(reader, found, as_csv)
        await exchange.send({"type": "http.response.body", "body": piece})

    async def _pages(
        self, principal: Principal, wanted: Filter, before: int | None
    ) -> AsyncIterator[tuple[Reader, list[Standing]]]:
        while True:
            at = before
            reader, found, before = await look(lambda at=at: self._find(principal, wanted, at, TOGETHER))  # type: ignore[misc]  # a default binds the loop's value
            yield reader, found
            if before is None:
                return

    def _find(
        self, principal: Principal, wanted: Filter, before: int | None, most: int
    ) -> tuple[Reader, list[Standing], int | None]:
        with self._intake.runtime.database.read() as connection:
            reader = reader_of(connection, principal)
            seat, at = reader.seat, now_us()
            page = search.page(
                connection, seat, wanted, at, before=before, most=most, stuck_us=self._stuck_us
            )
            return reader, load(connection, reader, page.marks), page.before


def _rows(reader: Reader, found: list[Standing], as_csv: bool) -> bytes:
    shown = [represent(one, {}, reader) for one in found]
    if as_csv:
        return b"".join(table.rows(one) for one in shown)
    return b"".join(_encode(one) + b"\n" for one in shown)


def _accepted(exchange: Exchange) -> str:
    """The form that ``Accept`` names, where the query names none: JSON, unless it is not among what is named.

    Of several the first counts; a program that weighs them names one.
    """
    named = [
        part.partition(b";")[0].strip().lower() for part in exchange.headers.get(b"accept", b"").split(b",")
    ]
    if {b"*/*", b"application/*", JSON}.intersection(named):
        return "json"
    return next((_TYPES[one] for one in named if one in _TYPES), "json")


def _filter(exchange: Exchange, principal: Principal) -> Filter:
    status = exchange.text(b"status")
    meant = None if status is None else status_of(status)
    if status is not None and meant is None:
        raise BadRequest(f"The query parameter status is one of: {', '.join(STATUSES)}.")
    return Filter(
        client=exchange.text(b"client"),
        partner=exchange.text(b"partner"),
        status=meant,
        prefix=exchange.text(b"prefix"),
        recipe_set=exchange.text(b"recipeSet"),
        sku=exchange.text(b"sku"),
        acknowledged_from=_instant(exchange, principal, b"acknowledgedFrom"),
        acknowledged_to=_instant(exchange, principal, b"acknowledgedTo"),
        modified_from=_instant(exchange, principal, b"modifiedFrom"),
        modified_to=_instant(exchange, principal, b"modifiedTo"),
        source=exchange.text(b"source"),
        problem=paging.choice(exchange, b"problem", tuple(PROBLEMS)),
    )


def _instant(exchange: Exchange, principal: Principal, name: bytes) -> int | None:
    """A date, in the client's time zone where it has no offset. Raises BadRequest."""
    text = exchange.text(name)
    if text is None:
        return None
    found = instants.parse(text.replace(" ", "+"), principal.zone)
    if found is None:
        raise BadRequest(f"The query parameter {name.decode()} is an ISO 8601 date or date-time.")
    return found[0]
