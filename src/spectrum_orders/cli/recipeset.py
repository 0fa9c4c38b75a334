"""`spectrum recipeset`: what a line of an order names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.asset import reading
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.product import client_option, document_in, dry_run_option, tell
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from spectrum_orders.store.recipes import Artwork, PrintFileRow, Version


@click.group("recipeset")
def command() -> None:
    """Put and show recipe sets, which lines of orders name."""


@command.command("put")
@client_option
@click.argument("file", type=click.File("rb"))
@dry_run_option
@terminal.json_option
@click.pass_context
def put(context: click.Context, handle: str, file: BinaryIO, dry_run: bool, as_json: bool) -> None:
    """Store the recipe set in FILE (JSON; - is standard input) under its own readable id.

    Packages that waited for it are made. The same again changes nothing.
    """
    from spectrum_orders import cataloguing

    body = document_in(file)
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client = known_client(connection, handle)
        done = cataloguing.put_recipe_set(runtime, client, None, body, "cli", dry_run)
    tell(done, "recipe set", dry_run, as_json)


@command.command("file")
@client_option
@click.argument("readable_id", metavar="ID")
@click.argument("area")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--product", metavar="HANDLE", help="Which product's area, where several have one of this name."
)
@terminal.json_option
@click.pass_context
def file(
    context: click.Context,
    handle: str,
    readable_id: str,
    area: str,
    file: BinaryIO,
    product: str | None,
    as_json: bool,
) -> None:
    """Let AREA of the recipe set ID be the finished print file FILE, in place of its layers."""
    from spectrum_orders import cataloguing

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client = known_client(connection, handle)
        with reading(file) as chunks:
            done = cataloguing.put_file(runtime, client, readable_id, area, chunks, "cli", product)
    tell(done, "recipe set", False, as_json)


@command.command("show")
@client_option
@click.argument("readable_id", metavar="ID")
@click.option(
    "--document",
    is_flag=True,
    help="Print the document itself instead. It holds a customer's texts, so this is journalled.",
)
@terminal.json_option
@click.pass_context
def show(context: click.Context, handle: str, readable_id: str, document: bool, as_json: bool) -> None:
    """Show the recipe set ID: its version, products, print files, and what preflight found."""
    import msgspec

    from spectrum_orders.store import recipes

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client = known_client(connection, handle)
            version = recipes.find_current(connection, runtime.keys, client.id, readable_id)
            if version is None:
                raise NotFound(f"{client.handle} has no recipe set of this id.")
            artwork = recipes.find_artwork(connection, client.id, version.id)
            files = recipes.find_print_files(connection, client.id, version.id)
        if document:
            # Before it is shown: no crash leaves an opening untold.
            with runtime.ledger.write() as tx:
                told = {"version": str(version.id), "why": "shown on the command line"}
                tx.record("recipe-set.opened", "cli", told, client_id=client.id)
            terminal.show_json(msgspec.json.decode(version.document))
            return
    plain = _plain(version, artwork, files)
    if as_json:
        terminal.show_json(plain)
        return
    _show(plain)


def _show(plain: dict[str, Any]) -> None:
    artwork = plain["artwork"]
    terminal.show_table(
        ("MEMBER", "VALUE"),
        [
            ("readableId", plain["readableId"]),
            ("version", plain["version"]),
            ("putAt", plain["putAt"]),
            ("products", ", ".join(plain["products"])),
            ("assets", str(len(plain["assets"]))),
            ("artwork", "not made yet" if artwork is None else artwork["state"]),
        ],
    )
    if artwork is None:
        return
    if artwork["files"]:
        click.echo()
        terminal.show_table(
            ("PRODUCT", "AREA", "TYPE", "BYTES", "SHA-256"),
            [
                (one["product"], one["area"], one["mediaType"], f"{one['bytes']:,}", one["sha256"])
                for one in artwork["files"]
            ],
        )
    findings = [(place, one) for place in artwork["findings"] for one in place["findings"]]
    if findings:
        click.echo()
        terminal.show_table(
            ("AREA", "LEVEL", "CODE", "FOUND", "WANTED", "WHAT TO DO"),
            [
                (
                    f"{place['product']}/{place['area']}",
                    one["level"],
                    one["code"],
                    one["found"],
                    one["wanted"],
                    one["mend"],
                )
                for place, one in findings
            ],
        )


def _plain(version: Version, artwork: Artwork | None, files: list[PrintFileRow]) -> dict[str, Any]:
    import msgspec

    made: dict[str, Any] | None = None
    if artwork is not None:
        made = {
            "state": artwork.state,
            "renderer": artwork.renderer,
            "madeAt": terminal.instant(artwork.made_at),
            "files": [
                {
                    "product": one.product,
                    "area": one.area,
                    "mediaType": one.media_type,
                    "bytes": one.size,
                    "sha256": one.digest.hex(),
                }
                for one in files
            ],
            "findings": msgspec.json.decode(artwork.findings),
        }
    return {
        "readableId": version.readable_id,
        "version": str(version.id),
        "putAt": terminal.instant(version.created_at),
        "products": {handle: str(number) for handle, number in version.products.items()},
        "assets": list(version.assets),
        "artwork": made,
    }
