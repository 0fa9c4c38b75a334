"""`spectrum person export`: everything that is held about a person, as one file."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.person.asking import Asked, whose

if TYPE_CHECKING:
    from spectrum_orders.lifecycle.exporting import Exported, File
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.parties import Client
    from spectrum_orders.store.people import Held

ACTOR = "cli"
MEMBER = "person.json"


@click.command("export")
@whose()
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it here, readable by nobody else. Default: standard output.",
)
@click.option("--files", "with_files", is_flag=True, help="A ZIP with the print files and uploads as well.")
@click.pass_context
def export(context: click.Context, asked: Asked, output: Path | None, with_files: bool) -> None:
    """Write everything that is held about the people of one order, or of every order of a person, as JSON.

    Each opening is in the journal before it is made. With --files it is a ZIP, which needs --output.
    """
    if with_files and output is None:
        raise click.UsageError("--files makes a ZIP, which is written to a file: give --output.", context)
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client, held = asked.find(runtime, connection)
        if output is None:
            with click.open_file("-", "wb") as stream:
                _write(stream, runtime, client, held)
        else:
            with _private(output) as stream:
                if with_files:
                    _write_zip(stream, runtime, client, held)
                else:
                    _write(stream, runtime, client, held)
    terminal.say(f"Exported {terminal.count(len(held), 'order')}." if held else "No orders of this person.")


def _write(stream: IO[bytes], runtime: Runtime, client: Client, held: list[Held]) -> None:
    for piece, _ in _pieces(runtime, client, held):
        stream.write(piece)


def _write_zip(stream: IO[bytes], runtime: Runtime, client: Client, held: list[Held]) -> None:
    files: dict[str, File] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(MEMBER, "w", force_zip64=True) as member:
            for piece, some in _pieces(runtime, client, held):
                member.write(piece)
                files |= {one.name: one for one in some}
        for name, file in files.items():
            with archive.open(name, "w", force_zip64=True) as member:
                for chunk in file.read(runtime.files):
                    member.write(chunk)


def _pieces(runtime: Runtime, client: Client, held: list[Held]) -> Iterator[tuple[bytes, tuple[File, ...]]]:
    """The document piece by piece, one order in memory at a time, each with the files that belong to it."""
    import msgspec

    from spectrum_orders.lifecycle import exporting
    from spectrum_orders.store.transaction import now_us

    head = msgspec.json.encode(exporting.head(client.handle, now_us()))
    yield head[:-1] + b',"orders":[', ()
    for place, one in enumerate(held):
        exported = _open(runtime, client, one)
        text = msgspec.json.format(msgspec.json.encode(exported.order), indent=2)
        yield (b",\n" if place else b"\n") + text, exported.files
    yield b"]}\n", ()


def _open(runtime: Runtime, client: Client, one: Held) -> Exported:
    from spectrum_orders.lifecycle import exporting
    from spectrum_orders.receipting import signed_receipt

    return exporting.export(
        runtime,
        client.id,
        one.order_id,
        actor=ACTOR,
        receipts=lambda connection, number: signed_receipt(
            runtime, connection, client.id, client.handle, number
        ),
    )


@contextmanager
def _private(output: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner reads; one of this name is replaced when all is written."""
    temporary = output.with_name(f".{output.name}.part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        temporary.replace(output)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
