"""What a database knows about the deployment it belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store.schema import meta

ENVIRONMENT = "environment"


def claim_environment(connection: Connection, environment: str) -> str:
    """Mark a new database as this environment's; the environment that it really has.

    Staging that points at production's database by mistake is found here, before it serves.
    """
    statement = sa.text("INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT DO NOTHING")
    connection.execute(statement, {"key": ENVIRONMENT, "value": environment})
    return read_environment(connection) or environment


def read_environment(connection: Connection) -> str | None:
    """The environment this database belongs to, or ``None`` when it is new."""
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == ENVIRONMENT)).scalar()
