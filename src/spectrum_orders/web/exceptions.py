"""``GET /api/exceptions``: what does not move, as far as the caller can do something about it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from spectrum_orders import ids
from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import Audience, cause, next_step, visible_to
from spectrum_orders.domain.instants import iso
from spectrum_orders.errors import BadRequest
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import exceptions, partners
from spectrum_orders.store.exceptions import Look, Page, Place
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web import paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

DEFAULT, MOST = 100, 500

SECOND_US = 1_000_000

_encode = msgspec.json.Encoder().encode
_NOTHING = Page((), None)


class Exceptions:
    """The endpoint of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._patience_us = runtime.settings.patience_us
        self._stuck_us = runtime.settings.stuck_us

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request."""
        audience = Audience.SHOP if principal.partner_id is None else Audience.PARTNER
        seen = visible_to(audience)
        kind = paging.choice(exchange, b"kind", seen)
        most = paging.limit(exchange, DEFAULT, MOST)
        after = _place(exchange.text(b"cursor"), seen)
        partner, now = exchange.text(b"partner"), now_us()
        kinds = seen if kind is None else (kind,)
        page = await look(lambda: self._find(principal, partner, kinds, most, after, now))
        shown = [represent(case, audience, now) for case in page.cases]
        body = {"exceptions": shown, "next": None if page.more is None else _cursor(page.more)}
        await exchange.respond(200, _encode(body))

    def _find(
        self,
        principal: Principal,
        partner: str | None,
        kinds: tuple[str, ...],
        most: int,
        after: Place | None,
        now: int,
    ) -> Page:
        seat = principal.seat
        with self._runtime.database.read() as connection:
            wanted = seat.partner_id
            if partner is not None:
                found = partners.find(connection, partner)
                if found is None or seat.partner_id not in (None, found.id):
                    # As of one that has none: who there is is nobody's business.
                    return _NOTHING
                wanted = found.id
            at = Look(now, self._patience_us, self._stuck_us, seat.client_id, wanted)
            return exceptions.find(connection, at, kinds, most, after)


def represent(case: Case, audience: Audience, now: int) -> dict[str, Any]:
    """One case. What machines said of it is the operator's alone."""
    shown = {
        "kind": case.kind,
        "waiting": case.waiting,
        "since": None if case.since is None else iso(case.since),
        "ageSeconds": None if case.since is None else max(0, now - case.since) // SECOND_US,
        "cause": cause(case, audience),
        "nextStep": next_step(case, audience),
        "clientHandle": case.client,
        "purchaseOrderNumber": case.purchase_order_number,
        "partner": case.partner,
        "packageId": None if case.package_id is None else ids.readable("pkg", case.package_id),
    }
    if case.reason:
        shown["reason"] = case.reason
    if case.finding is not None:
        shown["finding"] = msgspec.to_builtins(case.finding)
    if case.line is not None:
        shown["lineItem"] = {"id": case.line, "recipeSetReadableId": case.recipe_set_id}
    if case.due is not None:
        shown["dueAt"] = iso(case.due)
    return shown


def _cursor(place: Place) -> str:
    return base64.urlsafe_b64encode(_encode(place)).decode().rstrip("=")


def _place(text: str | None, seen: tuple[str, ...]) -> Place | None:
    """Where a page ended. Raises BadRequest."""
    if text is None:
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place = msgspec.json.decode(data, type=Place)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        place = None
    if place is None or place.kind not in seen or not exceptions.is_key(place):
        raise BadRequest("The query parameter cursor is what an earlier answer gave as next.")
    return place
