"""Endpoints of an owner: registered, changed, given another secret, tried."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import msgspec

from spectrum_orders.crypto import KeyRing
from spectrum_orders.domain.destinations import HTTP
from spectrum_orders.domain.endpoint import ACTIVE, DISABLED, Health
from spectrum_orders.domain.events import TEST
from spectrum_orders.domain.notice import Notice
from spectrum_orders.domain.replay import Replay
from spectrum_orders.domain.wish import URL, Wish
from spectrum_orders.errors import Conflict, Invalid, Problem
from spectrum_orders.outbound import (
    Outbound,
    OutboundError,
    Refused,
    find_addresses,
    parse_networks,
    parse_url,
)
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import endpoints, webhooks
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.transaction import Transaction, now_us
from spectrum_orders.webhooks import posting, signature, vault
from spectrum_orders.webhooks.posting import Outcome

LOOK_SECONDS = 5.0
"""For the name server to answer when an address is judged: somebody waits for it."""

REFUSED, UNKNOWN = "address-refused", "address-unknown"
NOT_TOLD = "contact-not-told"


async def judge(runtime: Runtime, url: str) -> None:
    """Whether events may be sent to a URL as things stand now. Raises Invalid with what is wrong.

    Asked again at every sending: what a name means may change.
    """
    try:
        target = parse_url(url)
    except Refused as error:
        raise _wrong(REFUSED, error.message) from None
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await find_addresses(
                target.host,
                target.port,
                parse_networks(runtime.settings.outbound_networks or ()),
                only_allowed=target.scheme == HTTP,
            )
    except TimeoutError:
        raise _wrong(
            UNKNOWN, f"The name server did not say in time where {target.host} is. Try again."
        ) from None
    except Refused as error:
        raise _wrong(REFUSED, error.message) from None
    except OutboundError as error:
        raise _wrong(UNKNOWN, f"{error.message} Check its spelling, or try again.") from None


def _wrong(code: str, message: str) -> Invalid:
    return Invalid("Events cannot be sent to this address.", problems=(Problem(f"/{URL}", code, message),))


def warnings(runtime: Runtime, wish: Wish) -> tuple[Problem, ...]:
    """What its owner should know although the wish is granted: what was read of it, and a contact whom nobody
    can tell anything."""
    if not wish.contact or runtime.settings.smtp_url is not None:
        return wish.warnings
    message = (
        "This deployment sends no mail, so that the contact will not be told when the webhook is parked."
    )
    return (*wish.warnings, Problem("/contact", NOT_TOLD, message))


def add(
    tx: Transaction, keys: KeyRing, owner_id: int, wish: Wish, actor: str, *, client_id: int | None = None
) -> tuple[Endpoint, str]:
    """Register an endpoint whose URL was judged; its secret is returned this once. Raises Conflict."""
    assert wish.url is not None
    number, secret = tx.ids.take(), signature.new_secret()
    sealed, key = vault.seal_first(keys, number, secret)
    endpoint = Endpoint(
        owner_id,
        number,
        wish.url,
        wish.types or (),
        wish.contact or "",
        wish.note or "",
        sealed,
        None,
        0,
        0,
        tx.now,
        Health(wish.state or ACTIVE),
    )
    endpoints.add(tx, endpoint, key, actor, client_id=client_id)
    return endpoint, secret


def change(
    tx: Transaction,
    owner_id: int,
    number: int | None,
    wish: Wish,
    actor: str,
    *,
    client_id: int | None = None,
) -> Endpoint:
    """Change what the wish speaks of. Raises NotFound.

    Who sets the state to ``active`` says that the endpoint is back: what waited is sent now.
    """
    old = endpoints.known(tx.connection, owner_id, number, hold=True)
    health = old.health
    if wish.state == DISABLED:
        health = msgspec.structs.replace(health, state=DISABLED)
    elif wish.state == ACTIVE and health.state != ACTIVE:
        health = webhooks.resumed(tx, old)
    new = msgspec.structs.replace(
        old,
        url=old.url if wish.url is None else wish.url,
        kinds=old.kinds if wish.types is None else wish.types,
        contact=old.contact if wish.contact is None else wish.contact,
        note=old.note if wish.note is None else wish.note,
        health=health,
    )
    endpoints.change(tx, old, new, actor, client_id=client_id)
    return new


def rotate(
    tx: Transaction,
    keys: KeyRing,
    owner_id: int,
    number: int | None,
    actor: str,
    *,
    client_id: int | None = None,
) -> tuple[Endpoint, str, int]:
    """Give an endpoint another secret, returned this once, and until when the one before signs beside it.

    Raises NotFound, and Conflict while an earlier rotation lasts: three secrets would be one too many.
    """
    endpoint = endpoints.known(tx.connection, owner_id, number, hold=True)
    if endpoint.old_secret is not None and endpoint.old_secret_until > tx.now:
        raise Conflict("The secret was changed less than a day ago, and two secrets sign already.")
    secret = signature.new_secret()
    sealed = vault.seal_next(tx.connection, keys, endpoint, secret)
    until = endpoints.rotate(tx, endpoint, sealed, actor, client_id=client_id)
    return endpoint, secret, until


def remove(
    tx: Transaction, owner_id: int, number: int | None, actor: str, *, client_id: int | None = None
) -> Endpoint:
    """Send nothing there any more, not even what is owed. Raises NotFound."""
    endpoint = endpoints.known(tx.connection, owner_id, number, hold=True)
    endpoints.remove(tx, endpoint, actor, client_id=client_id)
    return endpoint


def replay(
    tx: Transaction,
    owner_id: int,
    number: int | None,
    wish: Replay,
    actor: str,
    *,
    client_id: int | None = None,
) -> tuple[int, int | None]:
    """Have an endpoint's events sent again; how many, and after which number to go on if there may be more.

    Raises NotFound.
    """
    endpoint = endpoints.known(tx.connection, owner_id, number)
    found = webhooks.replay(
        tx,
        endpoint,
        sequence=wish.sequence,
        since=wish.since,
        until=wish.until,
        after=wish.after,
        url=wish.url,
    )
    body = {"endpoint": endpoint.readable_id, "events": found[0], "elsewhere": bool(wish.url)}
    tx.record("endpoint.replayed", actor, body, client_id=client_id)
    return found


async def try_out(runtime: Runtime, endpoint: Endpoint) -> Outcome:
    """Send a ``webhook.test`` event now, and tell what came of it. Raises NotFound."""

    def prepare() -> tuple[bytes, ...]:
        with runtime.database.read() as connection:
            return vault.open_secrets(connection, runtime.keys, endpoint, now_us())

    keys = await asyncio.to_thread(prepare)
    number = await asyncio.to_thread(runtime.ledger.ids.take)
    notice = Notice(number, TEST, now_us(), "", "", (), {"message": "Hello from Spectrum Orders."})
    async with Outbound(runtime.settings.outbound_networks or ()) as outbound:
        what = posting.message(notice, sequence=0, feed_sequence=0)
        return await posting.post(outbound, endpoint.url, keys, what)


def host_of(url: str) -> str:
    """The part of a URL that may be named in a log or a mail: a path may hold somebody's secret."""
    return urlsplit(url).hostname or ""
