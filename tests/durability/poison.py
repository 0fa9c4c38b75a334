"""An order that the database itself refuses: the honest way to have one fail for a reason of its own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

POISON = "poison"
"""What the purchase order number of such an order begins with."""

_MEETS = f"NEW.purchase_order_number LIKE '{POISON}%'"

_SQLITE = (
    f"CREATE TRIGGER poison BEFORE INSERT ON orders WHEN {_MEETS} BEGIN SELECT RAISE(ABORT, 'poison'); END"
)
_FUNCTION = (
    "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN IF {_MEETS} THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$"
)
_TRIGGER = "CREATE TRIGGER poison BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION poison()"


def poison(connection: Connection) -> None:
    """From now on no order whose number begins with POISON can be stored."""
    statements = (_SQLITE,) if connection.dialect.name == "sqlite" else (_FUNCTION, _TRIGGER)
    for statement in statements:
        connection.execute(sa.text(statement))
