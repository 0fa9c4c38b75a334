"""The secrets of endpoints: sealed like people, each endpoint's under a key of its own."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from spectrum_orders.crypto import KeyRing
from spectrum_orders.crypto.sealing import OrderKey
from spectrum_orders.errors import NotFound
from spectrum_orders.store import partners
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.partners import DEPLOYMENT
from spectrum_orders.store.sealed import WrappedKey
from spectrum_orders.webhooks.signature import read_secrets

SECRET = "endpoint"  # noqa: S105  the name of a sealed field


def seal_first(keys: KeyRing, endpoint_id: int, secret: str) -> tuple[bytes, WrappedKey]:
    """A new endpoint's secret, and the wrapped key that opens it."""
    key = keys.new_order_key(DEPLOYMENT, endpoint_id)
    return key.seal(SECRET, secret), WrappedKey(key.version, key.wrapped)


def seal_next(connection: Connection, keys: KeyRing, endpoint: Endpoint, secret: str) -> bytes:
    """Another secret of the same endpoint. Raises NotFound once it was removed."""
    return _key(connection, keys, endpoint).seal(SECRET, secret)


def open_secrets(connection: Connection, keys: KeyRing, endpoint: Endpoint, now: int) -> tuple[bytes, ...]:
    """The keys that sign now, the newest first. Raises NotFound once the endpoint was removed."""
    key = _key(connection, keys, endpoint)
    sealed = [endpoint.secret, endpoint.old_secret if endpoint.old_secret_until > now else None]
    return read_secrets(" ".join(key.open(SECRET, one) for one in sealed if one is not None))


def _key(connection: Connection, keys: KeyRing, endpoint: Endpoint) -> OrderKey:
    wrapped = partners.find_key(connection, endpoint.id)
    if wrapped is None:
        raise NotFound("The webhook was removed.")
    return keys.open_order_key(DEPLOYMENT, endpoint.id, wrapped.wrapped, wrapped.version)
