"""`spectrum ack`: send orders from a file to a server."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from spectrum_orders.cli.ack.report import Report, show_one, show_refusal
from spectrum_orders.cli.ack.source import Bulk, One, Stream, open_source
from spectrum_orders.errors import SpectrumError

if TYPE_CHECKING:
    from spectrum_orders.client import Client

DEFAULT_URL = "http://127.0.0.1:8000"


@click.command("ack")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--url", metavar="URL", envvar="SPECTRUM_URL", default=DEFAULT_URL, show_default=True, help="The server."
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="SPECTRUM_API_TOKEN",
    help="The API token; better given as SPECTRUM_API_TOKEN, which other users of the machine cannot see.",
)
@click.option("--dry-run", is_flag=True, help="Only ask what would happen; nothing is stored.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the server's answer to one order; of many, one result a line and the counts last.",
)
@click.pass_context
def command(
    context: click.Context, file: BinaryIO, url: str, token: str | None, dry_run: bool, as_json: bool
) -> int:
    """Send the orders in FILE to be acknowledged; - reads standard input.

    FILE holds one order, an array of orders, {"orders": […]}, or one order a line (NDJSON); which, is
    seen by itself. NDJSON may be of any length, and is sent and answered as it is read.

    Exits with 1 when any order was refused. To send the same file again is safe: what is stored
    already is not stored twice, and where it is identical that counts as done.
    """
    from spectrum_orders.client import Client

    if not token:
        raise click.UsageError("Give the API token in SPECTRUM_API_TOKEN or with --token.", context)
    source = open_source(_apart(file))
    with Client(url, token) as client:
        if isinstance(source, One):
            try:
                answer = client.acknowledge(source.body, dry_run=dry_run)
            except SpectrumError as error:
                if not error.extra:  # nobody judged it: there was no answer, or not a server's
                    raise
                return show_refusal(error, as_json=as_json)
            show_one(answer, as_json=as_json)
            return 0
        report = Report(as_json=as_json, dry_run=dry_run, bar=sys.stderr.isatty())
        try:
            with report.progress(source.total):
                for result in _results(client, source, dry_run):
                    report.add(result)
        except SpectrumError:
            if report.total:
                report.close(whole=False)  # what came before it broke off is true
            raise
        return report.close()


def _apart(file: BinaryIO) -> BinaryIO:
    """Standard input by a handle of its own: the thread that reads a stream may still wait for its next line
    when the answer has come, and an interpreter that ends and finds its own handle in use aborts."""
    return os.fdopen(os.dup(file.fileno()), "rb") if file is sys.stdin.buffer else file


def _results(client: Client, source: Bulk | Stream, dry_run: bool) -> Iterator[dict[str, Any]]:
    if isinstance(source, Stream):
        yield from client.stream(source.lines, dry_run=dry_run)
        return
    first = 0
    for part in source.slices():
        answer = client.acknowledge_many(part, dry_run=dry_run)
        for result in answer["results"]:
            yield {**result, "index": first + int(result["index"])}
        first += len(part)
