"""`spectrum product`: what is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.errors import NotFound, TooLarge

if TYPE_CHECKING:
    from spectrum_orders.cataloguing import Put

MAX_BYTES = 16 * 1024**2
"""As much as the server takes of one body unless told otherwise."""

client_option = click.option(
    "--client", "handle", required=True, metavar="HANDLE", help="Whose catalogue it is."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would happen, and store nothing.")


@click.group("product")
def command() -> None:
    """Put, list and show what is made."""


@command.command("put")
@client_option
@click.argument("file", type=click.File("rb"))
@dry_run_option
@terminal.json_option
@click.pass_context
def put(context: click.Context, handle: str, file: BinaryIO, dry_run: bool, as_json: bool) -> None:
    """Store the product in FILE (JSON; - is standard input) under its own handle.

    The same again changes nothing. Recipe sets keep the version that they were put with.
    """
    from spectrum_orders import cataloguing

    body = document_in(file)
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client = known_client(connection, handle)
        done = cataloguing.put_product(runtime, client, None, body, "cli", dry_run)
    tell(done, "product", dry_run, as_json)


@command.command("list")
@client_option
@terminal.json_option
@click.pass_context
def list_(context: click.Context, handle: str, as_json: bool) -> None:
    """List a client's products."""
    from spectrum_orders.domain.catalogue.product import Product
    from spectrum_orders.store import products

    with opened(context) as runtime, runtime.database.read() as connection:
        client = known_client(connection, handle)
        rows = products.list_current(connection, client.id)
    listed: list[dict[str, Any]] = []
    for row in rows:
        product = msgspec.json.decode(row.document, type=Product)
        listed.append(
            {
                "handle": row.handle,
                "name": product.name,
                "areas": [area.handle for area in product.areas],
                "version": str(row.id),
                "putAt": terminal.instant(row.created_at),
            }
        )
    if as_json:
        terminal.show_json(listed)
        return
    terminal.show_table(
        ("HANDLE", "NAME", "AREAS", "SINCE"),
        [(one["handle"], one["name"], ", ".join(one["areas"]), one["putAt"]) for one in listed],
    )


@command.command("show")
@client_option
@click.argument("product")
@click.pass_context
def show(context: click.Context, handle: str, product: str) -> None:
    """Print PRODUCT as JSON, every member written out."""
    from spectrum_orders.store import products

    with opened(context) as runtime, runtime.database.read() as connection:
        client = known_client(connection, handle)
        row = products.find_current(connection, client.id, product)
    if row is None:
        raise NotFound(
            f"There is no product with the handle {product!r}. "
            f"List them with: spectrum product list --client {handle}"
        )
    terminal.show_json(msgspec.json.decode(row.document))


def document_in(file: BinaryIO) -> bytes:
    """What stands in a file. Raises TooLarge beyond what any document may have."""
    body = file.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise TooLarge(f"A document may have at most {MAX_BYTES // 1024**2} MiB.")
    return body


def tell(done: Put, what: str, dry_run: bool, as_json: bool) -> None:
    """Say what became of a document."""
    if as_json:
        terminal.show_json(
            {
                "name": done.name,
                "new": done.new,
                "version": None if done.version is None else str(done.version),
                "woken": done.woken,
                "frozen": None
                if done.behind is None
                else {"lines": done.behind.lines, "purchaseOrderNumbers": list(done.behind.orders)},
                "warnings": msgspec.to_builtins(done.warnings),
            }
        )
        return
    for one in done.warnings:
        terminal.say(f"Warning: {one.pointer}: {one.message}")
    name = terminal.visible(done.name)
    if dry_run:
        terminal.say(
            f"The {what} {name} would be {'stored' if done.new else 'left as it is'}. Nothing was stored."
        )
    elif done.new:
        terminal.say(f"Stored the {what} {name}.")
    else:
        terminal.say(f"The {what} {name} was there already, just the same.")
    if done.woken:
        terminal.say(f"{terminal.count(done.woken, 'package')} had waited for it and will now be made.")
    if done.behind is not None:
        lines = terminal.count(done.behind.lines, "open line")
        shown = ", ".join(terminal.visible(number) for number in done.behind.orders)
        terminal.say(
            f"On an earlier version stay: {lines}, of {shown}. What was rejected, is in revision or "
            "has not left takes this one by: spectrum order reroute --artwork newest"
        )
