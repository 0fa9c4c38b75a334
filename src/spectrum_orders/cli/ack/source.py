"""What is in a file of orders: one, a list, or a stream; seen by its first line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from spectrum_orders.errors import NotJson

SLICE_ORDERS = 1_000
SLICE_BYTES = 4 * 1024**2
"""A list goes in requests of this size, well below what any server takes at once, so that the
progress shown is what is really stored."""

MOST_BYTES = 1024**3
"""A document of JSON is read into memory; what is larger goes as NDJSON."""

_BOM = b"\xef\xbb\xbf"
_raws = msgspec.json.Decoder(list[msgspec.Raw])


class One(msgspec.Struct, frozen=True):
    """One order's JSON, or what claims to be: the server is the judge of it."""

    body: bytes


class Bulk(msgspec.Struct, frozen=True):
    """Orders of one document, each as it stands there."""

    orders: list[bytes]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.orders)

    def slices(self) -> Iterator[list[bytes]]:
        """The orders in requests of a moderate size."""
        part: list[bytes] = []
        size = 0
        for order in self.orders:
            if part and (len(part) >= SLICE_ORDERS or size + len(order) > SLICE_BYTES):
                yield part
                part, size = [], 0
            part.append(order)
            size += len(order)
        if part:
            yield part


class Stream(msgspec.Struct, frozen=True):
    """One order a line. ``total`` is ``None`` when they come from a pipe."""

    lines: Iterator[bytes]
    total: int | None


class _Many(msgspec.Struct):
    orders: list[msgspec.Raw]


def open_source(file: BinaryIO) -> One | Bulk | Stream:
    """See what ``file`` holds. Raises NotJson for what is empty or too large.

    When its first line is a whole JSON object and more follows, it is NDJSON; an array or an object
    over several lines is one document.
    """
    first = _next_line(file)
    if not first:
        raise NotJson("The file is empty.")
    if first.lstrip().startswith(b"{") and _is_json(first):
        second = _next_line(file)
        if second:
            return Stream(
                itertools.chain((first, second), file), None if not file.seekable() else 2 + _count(file)
            )
        return _document(first)
    rest = file.read(MOST_BYTES)
    if file.read(1):
        raise NotJson("The file is too large for one JSON document. Send it as NDJSON, one order a line.")
    return _document(first + rest)


def _document(body: bytes) -> One | Bulk:
    try:
        if body.lstrip().startswith(b"["):
            return Bulk([bytes(raw) for raw in _raws.decode(body)])
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        if "orders" in members and "purchaseOrderNumber" not in members:
            return Bulk([bytes(raw) for raw in msgspec.json.decode(body, type=_Many).orders])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The server's own words say better what is wrong with it.
        return One(body)
    return One(body)


def _next_line(file: BinaryIO) -> bytes:
    """The next line that is not blank; empty at the end."""
    while line := file.readline().removeprefix(_BOM):
        if line.strip():
            return line
    return b""


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _count(file: BinaryIO) -> int:
    """The lines from here on that are not blank; leaves the file where it was."""
    here = file.tell()
    count = sum(1 for line in file if line.strip())
    file.seek(here)
    return count
