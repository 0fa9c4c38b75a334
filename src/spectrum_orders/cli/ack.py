"""`spectrum ack`: send orders from a file to a server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec

from spectrum_orders.cli import terminal
from spectrum_orders.errors import NotJson, SpectrumError

if TYPE_CHECKING:
    from spectrum_orders.client import Client


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    orders: list[msgspec.Raw]


@click.command("ack")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--url",
    envvar="SPECTRUM_URL",
    default="http://127.0.0.1:8000",
    show_default=True,
    metavar="URL",
    help="The server's base URL (SPECTRUM_URL).",
)
@click.option(
    "--token",
    envvar="SPECTRUM_TOKEN",
    required=True,
    metavar="TOKEN",
    help="The API token. Better in SPECTRUM_TOKEN: other users of this machine can see options.",
)
@click.option("--full", is_flag=True, help="The one order comes with both its addresses (POST /api/order).")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@click.option("--bulk", is_flag=True, help="Send the lines of NDJSON in one request instead of a stream.")
def command(file: BinaryIO, url: str, token: str, full: bool, dry_run: bool, bulk: bool) -> int:
    """Send the orders in FILE to be acknowledged; - reads standard input.

    FILE is one order as JSON, an array of orders, {"orders": […]}, or NDJSON with one order a line.
    Answers are printed as JSON, one a line. Exits with 0 when every order was acknowledged.
    """
    from spectrum_orders.client import Client

    with Client(url, token) as client:
        if file.name.endswith((".ndjson", ".jsonl")) and not bulk:
            return _report(client.stream((line for line in file if line.strip()), dry_run=dry_run))
        body = file.read()
        orders = _several(body)
        if orders is None:
            return _send_one(client, body, full=full, dry_run=dry_run)
        if isinstance(orders, Lines) and not bulk:
            return _report(client.stream(orders, dry_run=dry_run))
        return _report(client.acknowledge_many(orders, dry_run=dry_run)["results"])


class Lines(list[bytes]):
    """Orders that stood on lines of their own, which can be streamed."""


def _several(body: bytes) -> list[bytes] | None:
    """The orders of a body that holds several, as they stand there; ``None`` when it is a single one.

    Raises NotJson when it is neither JSON nor lines of it.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if text.startswith(b"["):
            return [bytes(raw) for raw in msgspec.json.decode(text, type=list[msgspec.Raw])]
        try:
            msgspec.json.decode(text)
        except msgspec.DecodeError:
            lines = Lines(line for line in text.splitlines() if line.strip())
            for line in lines:
                msgspec.json.decode(line)
            return lines
        return [bytes(raw) for raw in msgspec.json.decode(text, type=_Envelope).orders]
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson("The file holds neither JSON nor NDJSON.") from None


def _send_one(client: Client, body: bytes, *, full: bool, dry_run: bool) -> int:
    try:
        answer = (client.send_full if full else client.acknowledge)(body, dry_run=dry_run)
    except SpectrumError as error:
        # What the server answered, for programs; the sentence follows on standard error.
        if error.extra:
            _print(error.extra)
        raise
    _print(answer)
    return 0


def _report(results: Iterable[dict[str, Any]]) -> int:
    refused = seen = 0
    for result in results:
        seen += 1
        refused += result.get("httpStatus") != 200
        _print(result)
    if refused:
        terminal.say(f"Error: {refused} of {seen} orders were not acknowledged; their lines say why.")
    else:
        terminal.say(f"{seen} orders.")
    return 1 if refused else 0


def _print(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
