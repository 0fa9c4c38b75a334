"""The secrets of destinations: sealed like people, each under a key of its own."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from spectrum_orders.crypto import KeyRing
from spectrum_orders.errors import NotFound
from spectrum_orders.store import partners
from spectrum_orders.store.partners import DEPLOYMENT, DestinationRow
from spectrum_orders.store.sealed import WrappedKey

SECRET = "destination"  # noqa: S105  the name of a sealed field


def seal_secret(keys: KeyRing, destination_id: int, secret: str) -> tuple[bytes, WrappedKey]:
    """A secret sealed for this destination alone, and the wrapped key that opens it."""
    key = keys.new_order_key(DEPLOYMENT, destination_id)
    return key.seal(SECRET, secret), WrappedKey(key.version, key.wrapped)


def open_secret(connection: Connection, keys: KeyRing, destination: DestinationRow) -> str | None:
    """A destination's secret, for its transport; ``None`` when it has none. Raises NotFound once erased."""
    if destination.secret is None:
        return None
    wrapped = partners.find_key(connection, destination.id)
    if wrapped is None:
        raise NotFound("The destination's secret was erased; add the destination again.")
    key = keys.open_order_key(DEPLOYMENT, destination.id, wrapped.wrapped, wrapped.version)
    return key.open(SECRET, destination.secret)
