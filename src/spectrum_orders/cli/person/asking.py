"""The options by which a verb is told who is meant."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
import msgspec

from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.ordered import known_order

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.parties import Client
    from spectrum_orders.store.people import Held


class Asked(msgspec.Struct, frozen=True):
    """Who is meant: by an order, an e-mail address, or a name with its postal code."""

    client: str
    order: str | None = None
    email: str | None = None
    name: str | None = None
    postal_code: str | None = None

    def __repr__(self) -> str:
        return f"Asked({self.client!r})"

    def find(self, runtime: Runtime, connection: Connection) -> tuple[Client, list[Held]]:
        """The client and the orders that are meant, oldest first. Raises NotFound."""
        from spectrum_orders import crypto
        from spectrum_orders.store import people

        client = known_client(connection, self.client)
        if self.order is not None:
            _, order = known_order(connection, self.client, self.order)
            return client, [people.Held(order.id, order.purchase_order_number)]
        if self.email is not None:
            digest = crypto.email_index(runtime.keys, client.id, self.email)
        else:
            digest = crypto.name_index(runtime.keys, client.id, self.name or "", "", self.postal_code or "")
        return client, people.find(connection, client.id, digest)


def whose(*, orders: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options, which become the parameter ``asked``; ``orders`` lets an order be named as well."""

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(**given: Any) -> Any:
            who = {name: given.pop(name, None) for name in Asked.__struct_fields__}
            return function(asked=_checked(click.get_current_context(), who, orders), **given)

        options: Callable[..., Any] = call
        for option in reversed(_options(orders)):
            options = option(options)
        return options

    return decorated


def _options(orders: bool) -> list[Callable[[Any], Any]]:
    found = [click.option("--client", required=True, metavar="HANDLE", help="At which client.")]
    if orders:
        found.append(click.option("--order", metavar="PO", help="The people of this one order."))
    return [
        *found,
        click.option("--email", metavar="ADDRESS", help="The person's e-mail address."),
        click.option("--name", metavar="TEXT", help="First and last name, together with --postal-code."),
        click.option("--postal-code", metavar="CODE", help="The postal code, together with --name."),
    ]


def _checked(context: click.Context, given: dict[str, str | None], orders: bool) -> Asked:
    ways = sum(given[name] is not None for name in ("order", "email", "name"))
    if ways != 1 or (given["name"] is None) != (given["postal_code"] is None):
        first = "--order, or " if orders else "either "
        raise click.UsageError(f"Give {first}--email, or --name and --postal-code.", context)
    return Asked(
        given["client"] or "",
        given["order"],
        _typed(given["email"], "E-mail address"),
        _typed(given["name"], "Name"),
        _typed(given["postal_code"], "Postal code"),
    )


def _typed(value: str | None, prompt: str) -> str | None:
    return str(click.prompt(prompt, hide_input=True, err=True)) if value == "-" else value
