"""The secrets of destinations: sealed like people, each under a key of its own."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from spectrum_orders.crypto import KeyRing
from spectrum_orders.errors import NotFound
from spectrum_orders.store import partners
from spectrum_orders.store.partners import DEPLOYMENT, DestinationRow
from spectrum_orders.store.sealed import WrappedKey

SECRET = "destination"  # noqa: S105  the name of a sealed field

ERASED = "The destination's secret was erased; add the destination again."


def seal_secret(keys: KeyRing, destination_id: int, secret: str) -> tuple[bytes, WrappedKey]:
    """A secret sealed for this destination alone, and the wrapped key that opens it."""
    key = keys.new_order_key(DEPLOYMENT, destination_id)
    return key.seal(SECRET, secret), WrappedKey(key.version, key.wrapped)


def seal_another(connection: Connection, keys: KeyRing, destination_id: int, secret: str) -> bytes:
    """Another secret of the same destination, sealed under the key that the one before was sealed under.

    A worker that has just read the one before then still opens it: it fails, if at all, at the destination,
    and not here and for good. Raises NotFound once the destination was removed.
    """
    wrapped = partners.find_key(connection, destination_id)
    if wrapped is None:
        raise NotFound(ERASED)
    key = keys.open_order_key(DEPLOYMENT, destination_id, wrapped.wrapped, wrapped.version)
    return key.seal(SECRET, secret)


def open_secret(connection: Connection, keys: KeyRing, destination: DestinationRow) -> str | None:
    """A destination's secret, for its transport; ``None`` when it has none. Raises NotFound once erased."""
    if destination.secret is None:
        return None
    wrapped = partners.find_key(connection, destination.id)
    if wrapped is None:
        raise NotFound(ERASED)
    key = keys.open_order_key(DEPLOYMENT, destination.id, wrapped.wrapped, wrapped.version)
    return key.open(SECRET, destination.secret)
