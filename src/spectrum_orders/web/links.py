"""Links to print files, for people without a token: short-lived, of one order, and never to its ticket."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from spectrum_orders.artwork.zipping import MEDIA_TYPE, Member, Zipped
from spectrum_orders.capture import Intake
from spectrum_orders.domain import links
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.links import Link
from spectrum_orders.domain.moves import read_link
from spectrum_orders.domain.package import naming
from spectrum_orders.errors import Conflict, NotFound
from spectrum_orders.store import orders, seats
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.pins import Meant
from spectrum_orders.store.seats import Found
from spectrum_orders.web import answers, archive, documents, paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lifecycle import vendor
from spectrum_orders.web.lookup import look
from spectrum_orders.web.making import Made, Making

GONE = "This link is no link of ours, or its time is over. Ask whoever gave it to you for a new one."

_encode = msgspec.json.Encoder().encode


class Links:
    """The endpoints of one process."""

    def __init__(self, intake: Intake, making: Making) -> None:
        self._intake = intake
        self._making = making

    async def make(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/links``."""
        paging.refuse_unknown(exchange, "client")
        request, findings = read_link(await documents.read(exchange))
        if request is None:
            raise vendor.unreadable(findings)
        number, client = request.purchase_order_number, exchange.text(b"client")
        found = await look(lambda: self._find(principal, number, client))
        if found is None:
            raise answers.missing_order()
        expires = int(time.time()) + request.hours * 3600
        link = Link(found.client_id, found.order_id, principal.partner_id or 0, expires)
        text = links.write(link, self._intake.runtime.keys.sign(link.message))
        until = iso(expires * 1_000_000)
        await self._intake.run(
            lambda tx: tx.record(
                "link.made",
                principal.actor,
                {"until": until},
                client_id=found.client_id,
                order_id=found.order_id,
            )
        )
        body: dict[str, Any] = {
            "clientHandle": found.client_handle,
            "purchaseOrderNumber": number,
            "path": f"/files/{text}",
            "expiresAt": until,
        }
        if findings.warnings:
            body["warnings"] = findings.warnings
        await exchange.respond(200, _encode(body))

    async def open(self, exchange: Exchange) -> None:
        """Answer ``GET /files/{link}``: the print files of the order, as one flat ZIP."""
        link = self._link(exchange.parameter)
        order = await look(lambda: self._order(link))
        made = [await self._files(order, link, position) for position in _positions(order, link)]
        if not made:
            raise Conflict(
                "None of this order's lines may be printed now: they are cancelled, on hold, or wait."
            )
        members = await look(lambda: self._members(made))
        zipped = Zipped(iter(members))
        name = naming.portable(order.purchase_order_number, 64) + ".zip"
        if exchange.method == "HEAD":
            await exchange.start(200, MEDIA_TYPE.encode(), archive.head(zipped, name))
            await exchange.send({"type": "http.response.body", "body": b""})
            return
        for one in made:
            await self._making.note_opened_by(one, "link", "print files fetched by a link")
        await archive.respond(exchange, zipped, name)

    def _link(self, text: str) -> Link:
        read = links.read(text)
        if read is None:
            raise NotFound(GONE)
        link, signature = read
        if not self._intake.runtime.keys.signed(link.message, signature) or link.expires_at < time.time():
            raise NotFound(GONE)
        return link

    def _find(self, principal: Principal, number: str, client: str | None) -> Found | None:
        with self._intake.runtime.database.read() as connection:
            return seats.find(connection, principal.seat, number, client)

    def _order(self, link: Link) -> StoredOrder:
        with self._intake.runtime.database.read() as connection:
            order = orders.find_order_by_id(connection, link.client_id, link.order_id)
        if order is None:
            raise NotFound(GONE)
        return order

    async def _files(self, order: StoredOrder, link: Link, position: int) -> Made:
        line = order.lines[position]
        assert line.recipe_version is not None  # see _positions
        meant = Meant(line.recipe_version, order.id, position)
        # No parameter of a link: it is opened in a browser, by somebody who waits.
        return await self._making.ensure_version(link.client_id, line.recipe_set_id, meant, LINK_WAIT)

    def _members(self, made: list[Made]) -> list[Member]:
        names = naming.Names()
        found: list[Member] = []
        for one in made:
            named = archive.names_of(self._intake.runtime, one, names)
            # Two lines with the same artwork may name the same file, which is there once.
            have = {member.name for member in found}
            found += (m for m in archive.members(self._intake.runtime, one, named) if m.name not in have)
        return found


LINK_WAIT = 20.0
"""Seconds, for the files of each line."""


def _positions(order: StoredOrder, link: Link) -> list[int]:
    """The lines whose files may leave now."""
    return [
        line.position
        for line in order.lines
        if line.recipe_version is not None
        and not line.cancelled
        and line.held_at is None
        and link.partner_id in (0, line.partner_id)
    ]
