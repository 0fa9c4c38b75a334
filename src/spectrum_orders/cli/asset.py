"""`spectrum asset`: pictures, fonts, profiles and finished files."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.product import client_option

if TYPE_CHECKING:
    from spectrum_orders.store.assets import Asset

CHUNK = 1024 * 1024
LARGE = 16 * 1024**2
"""From here on somebody wonders whether anything happens: below it a file is stored in a second or two."""


@click.group("asset")
def command() -> None:
    """Put pictures, fonts, profiles and finished print files, which recipe sets name by their SHA-256."""


@command.command("put")
@client_option
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True),
    metavar="FILE...",
)
@terminal.json_option
@click.pass_context
def put(context: click.Context, handle: str, files: tuple[Path, ...], as_json: bool) -> None:
    """Store each FILE and print its SHA-256, which recipe sets name it by. What is there stays as it is."""
    from spectrum_orders import cataloguing
    from spectrum_orders.errors import SpectrumError

    stored: list[dict[str, Any]] = []
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client = known_client(connection, handle)
        for path in files:
            try:
                with path.open("rb") as file, reading(file) as chunks:
                    asset = cataloguing.store_asset(runtime, client, chunks, "cli")
            except SpectrumError as error:
                # Which of them it was, and the files before it are stored.
                error.message = f"{path.name}: {error.message}"
                raise
            stored.append(_plain(asset, path))
            if not as_json:
                click.echo(f"{asset.digest.hex()}  {terminal.visible(path.name)}")
                terminal.say(f"{terminal.visible(path.name)}: {asset.media_type}, {asset.size:,} bytes.")
    if as_json:
        terminal.show_json(stored)


@contextmanager
def reading(file: BinaryIO) -> Iterator[Iterator[bytes]]:
    """The file in pieces, with a bar on the terminal when it is a large one."""
    size = _size(file)
    if size is None or size < LARGE or not sys.stderr.isatty():
        yield iter(lambda: file.read(CHUNK), b"")
        return
    with click.progressbar(length=size, label="Storing", file=sys.stderr) as bar:

        def counted() -> Iterator[bytes]:
            while chunk := file.read(CHUNK):
                yield chunk
                bar.update(len(chunk))

        yield counted()


def _size(file: BinaryIO) -> int | None:
    """The bytes of a regular file; ``None`` of a pipe."""
    try:
        found = os.fstat(file.fileno())
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _plain(asset: Asset, path: Path) -> dict[str, Any]:
    return {
        "file": path.name,
        "sha256": asset.digest.hex(),
        "kind": asset.kind,
        "mediaType": asset.media_type,
        "bytes": asset.size,
        "facts": asset.facts,
    }
