"""Whose webhooks or events a verb is about, and which one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spectrum_orders import ids
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.partner import known_partner

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.endpoints import Endpoint, Owner

_Verb = TypeVar("_Verb", bound=Callable[..., Any])


def owner_options(verb: _Verb) -> _Verb:
    """``--client`` and ``--partner``, one of which names the owner."""
    verb = click.option("--partner", metavar="HANDLE", help="The partner whose it is.")(verb)
    return click.option("--client", metavar="HANDLE", help="The client whose it is.")(verb)


def named(context: click.Context, client: str | None, partner: str | None) -> None:
    """Raises UsageError unless exactly one of them was given."""
    if (client is None) == (partner is None):
        raise click.UsageError("Say whose it is: --client HANDLE or --partner HANDLE.", context)


def owner(connection: Connection, client: str | None, partner: str | None) -> Owner:
    """The owner that was named. Raises NotFound with what to do."""
    from spectrum_orders.store.endpoints import Owner

    if client is not None:
        found = known_client(connection, client)
        return Owner(found.id, "client", found.handle)
    assert partner is not None
    factory = known_partner(connection, partner)
    return Owner(factory.id, "partner", factory.handle)


def journalled(whose: Owner) -> int | None:
    """The client under which a change stands in the journal; ``None`` for a partner's."""
    return whose.id if whose.kind == "client" else None


def known(connection: Connection, which: str) -> tuple[Endpoint, Owner]:
    """The webhook with this id, whoever's it is. Raises NotFound with what to do."""
    from spectrum_orders.errors import NotFound
    from spectrum_orders.store import endpoints

    number = ids.parse_readable(endpoints.PREFIX, which)
    endpoint = None if number is None else endpoints.find_by_id(connection, number)
    if endpoint is None:
        raise NotFound(f"There is no webhook {which!r}. List them with: spectrum webhook list")
    return endpoint, endpoints.owner_of(connection, endpoint)
