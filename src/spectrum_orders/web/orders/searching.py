"""``POST /api/orders/search``: what factories poll."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain.inquiry import Inquiry, read_inquiry
from spectrum_orders.errors import Invalid, Problem
from spectrum_orders.store import search
from spectrum_orders.store.search import Place
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web import documents
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import JSON, Exchange
from spectrum_orders.web.lifecycle import vendor
from spectrum_orders.web.lookup import look
from spectrum_orders.web.orders.representing import represent
from spectrum_orders.web.orders.standing import Reader, Standing, load, open_people, reader_of

TOGETHER = 100
"""Orders that are read, opened and sent at once: however many a search finds, no more are in memory."""

WARNINGS = b"spectrum-warnings"
"""The header that stands for the member ``warnings``: the documented answer is a bare array and has no place
for one."""

_PLAIN = " !#$&'()*+,-./:;<=>?@[]^_`{|}~"
"""Beside letters and digits what a string of a header holds as it is; a quotation mark is none of it."""

MOST_WARNED = 2_000
"""Bytes of warnings in the header: proxies take some kilobytes of headers and refuse what has more, and one
member of a hundred characters that are not ASCII takes more than a kilobyte."""

_MORE = '"There are more warnings."'

_encode = msgspec.json.Encoder().encode


class OrderSearch:
    """The endpoint of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request: a bare array of whole orders, the longest unmodified first."""
        inquiry, findings = read_inquiry(await documents.read(exchange), principal.zone, now_us())
        if inquiry is None:
            raise vendor.unreadable(findings)
        if findings.warnings:
            exchange.extra_headers.append((WARNINGS, _warnings(findings.warnings)))
        after = _place(exchange.text(b"cursor") or inquiry.cursor)
        if inquiry.limit is None:
            await self._send_all(exchange, principal, inquiry, after)
            return
        most = inquiry.limit
        reader, found, last = await look(lambda: self._find(principal, inquiry, after, most))
        body = [self._row(reader, *one) for one in zip(found, await self._people(reader, found), strict=True)]
        link = () if last is None else ((b"link", _link(exchange, last)),)
        await exchange.respond(200, b"[" + b",".join(body) + b"]", JSON, link)

    async def _send_all(
        self, exchange: Exchange, principal: Principal, inquiry: Inquiry, after: Place | None
    ) -> None:
        """As the documented clients want it: everything at once, in one array, page by page."""
        pages = self._pages(principal, inquiry, after)
        # The first page before the head: what goes wrong there is still an error and no broken answer.
        first = await anext(pages)
        await exchange.start(200, JSON)
        piece = b"[" + b",".join(first)
        async for page in pages:
            await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = b"".join(b"," + one for one in page)
        await exchange.send({"type": "http.response.body", "body": piece + b"]"})

    async def _pages(
        self, principal: Principal, inquiry: Inquiry, after: Place | None
    ) -> AsyncIterator[list[bytes]]:
        while True:
            at = after
            reader, found, last = await look(lambda at=at: self._find(principal, inquiry, at, TOGETHER))  # type: ignore[misc]  # a default binds the loop's value
            people = await self._people(reader, found)
            yield [self._row(reader, *one) for one in zip(found, people, strict=True)]
            if last is None:
                return
            after = last

    async def _people(self, reader: Reader, found: list[Standing]) -> list[dict[str, object]]:
        return await open_people(self._intake, reader, found)

    def _row(self, reader: Reader, standing: Standing, people: dict[str, object]) -> bytes:
        return _encode(represent(standing, people, reader))

    def _find(
        self, principal: Principal, inquiry: Inquiry, after: Place | None, most: int
    ) -> tuple[Reader, list[Standing], Place | None]:
        """A page, and where the next one begins; ``None`` when there is none."""
        with self._intake.runtime.database.read() as connection:
            reader = reader_of(connection, principal)
            hits = search.by_status(
                connection,
                reader.seat,
                inquiry.statuses,
                inquiry.since,
                inquiry.until,
                after=after,
                most=most,
            )
            found = load(connection, reader, [(hit.client_id, hit.order_id) for hit in hits])
        last = hits[-1] if len(hits) == most else None
        return reader, found, last and Place(last.modified_at, last.order_id)


def _warnings(found: Sequence[Problem]) -> bytes:
    """A list of strings (RFC 8941): pointer and message of each, percent-encoded where not plain ASCII.

    Whole ones, as many as fit in ``MOST_WARNED`` bytes."""
    said: list[str] = []
    room = MOST_WARNED - len(_MORE)
    for one in found:
        entry = f'"{quote(f"{one.pointer}: {one.message}", safe=_PLAIN)}"'
        room -= len(entry) + len(", ")
        if room < 0:
            said.append(_MORE)
            break
        said.append(entry)
    return ", ".join(said).encode()


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        modified_at, _, order_id = base64.b64decode(cursor, b"-_", validate=True).decode().partition(".")
        return Place(int(modified_at), int(order_id))
    except (binascii.Error, ValueError):
        message = "A cursor is what the Link header of an earlier answer gave."
        raise Invalid(message, problems=(Problem("/cursor", "malformed", message),)) from None


def _link(exchange: Exchange, last: Place) -> bytes:
    cursor = base64.urlsafe_b64encode(b"%d.%d" % (last.modified_at, last.order_id))
    return b'<%s?cursor=%s>; rel="next"' % (exchange.path.encode(), cursor)
