"""What a database knows about the deployment it belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store.schema import clients, meta

ENVIRONMENT = "environment"
KEY_RING = "key-ring"
PROBED = "probed-at"


def claim_environment(connection: Connection, environment: str) -> str:
    """Mark a new database as this environment's; the environment that it really has.

    Staging that points at production's database by mistake is found here, before it serves.
    """
    _put_new(connection, ENVIRONMENT, environment)
    return read_environment(connection) or environment


def read_environment(connection: Connection) -> str | None:
    """The environment this database belongs to, or ``None`` when it is new."""
    return _get(connection, ENVIRONMENT)


def claim_key_ring(connection: Connection, key_id: str) -> str:
    """Mark a database as sealed under the ring of this id; the id of the ring it really belongs to.

    A database without a client changes hands freely: nobody has a token for it, so no order can
    have been sealed.
    """
    belongs_to = read_key_ring(connection)
    if belongs_to is None:
        _put(connection, KEY_RING, key_id)
    return belongs_to or key_id


def read_key_ring(connection: Connection) -> str | None:
    """The id of the key ring that this database needs, or ``None`` when any will do."""
    if connection.execute(sa.select(clients.c.id).limit(1)).first() is None:
        return None
    return _get(connection, KEY_RING)


def touch(connection: Connection, instant: int) -> None:
    """Write something that changes nothing: whether the disk takes it is the answer."""
    _put(connection, PROBED, str(instant))


def _get(connection: Connection, key: str) -> str | None:
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()


def _put_new(connection: Connection, key: str, value: str) -> None:
    statement = sa.text("INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT DO NOTHING")
    connection.execute(statement, {"key": key, "value": value})


def _put(connection: Connection, key: str, value: str) -> None:
    statement = sa.text(
        "INSERT INTO meta (key, value) VALUES (:key, :value) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    connection.execute(statement, {"key": key, "value": value})
