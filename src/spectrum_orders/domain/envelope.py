"""One body, one order or many: opened without reading the orders."""

from __future__ import annotations

import re

import msgspec

from spectrum_orders.domain.reading import MOST_FINDINGS, kind, token
from spectrum_orders.domain.syntax import NO_JSON, not_json
from spectrum_orders.errors import Invalid, Problem, TooLarge

MOST_ORDERS = 10_000
_BOM = b"\xef\xbb\xbf"
_FIRST = re.compile(rb"[ \t\r\n]*([\[{])")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
# Possessive, and a text without its end is a token too: otherwise every quote in a body of
# unfinished texts would be tried to the end of the body, in quadratic time.

_UNCOUNTED = 200_000
"""A body with fewer commas than this is taken apart without counting its orders first: 200 000
entries cost 16 MB at most. A body of 16 MiB may hold millions, which must not become objects."""

_SIBLINGS = 65_536
"""Bytes beside ``orders`` that are looked into for the names of unknown members."""


class Many(msgspec.Struct, frozen=True):
    """The orders of one request, each still raw JSON, and what stood beside them."""

    orders: list[msgspec.Raw]
    warnings: tuple[Problem, ...]


class _Envelope(msgspec.Struct):
    orders: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    number: msgspec.Raw | msgspec.UnsetType = msgspec.field(name="purchaseOrderNumber", default=msgspec.UNSET)


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def unmarked(body: bytes) -> bytes:
    """The body without the byte order mark that some senders put before UTF-8.

    Spaces take its place, so that offsets in messages stay those of the body that was sent.
    """
    return b"   " + body[3:] if body.startswith(_BOM) else body


def open_envelope(body: bytes, most: int = MOST_ORDERS) -> Many | None:
    """The many orders of a body that is an array or ``{"orders": […]}``; ``None``: it is one order.

    An object with both ``orders`` and ``purchaseOrderNumber`` is one order. The orders may be
    anything, and even be broken JSON inside: each is judged when it is read. Raises ``NotJson``
    when the array or object cannot be taken apart, ``Invalid`` when ``orders`` is no array, and
    ``TooLarge`` when there are more than ``most``.
    """
    body = unmarked(body)
    first = _FIRST.match(body)
    if first is None or (first[1] == b"{" and b'"orders"' not in body):
        return None
    try:
        if first[1] == b"[":
            return Many(_split(body, body.count(b","), most), ())
        envelope = _decode_envelope(body)
        if envelope.orders is msgspec.UNSET or envelope.number is not msgspec.UNSET:
            return None
        inner = memoryview(envelope.orders)  # not bytes, which would be the body a second time
        if inner[0] != ord("["):
            found = kind(msgspec.json.decode(inner))
            problem = Problem("/orders", "wrong-type", f"A list of orders was wanted, {found} was sent.")
            raise Invalid("The request holds no list of orders.", problems=(problem,))
        return Many(_split(inner, body.count(b","), most), _beside(body, len(inner)))
    except NO_JSON as error:
        raise not_json(body, error) from None


def _split(array: bytes | memoryview, commas: int, most: int) -> list[msgspec.Raw]:
    """The entries of an array. ``commas``: as many as it may hold."""
    orders = None
    if commas < _UNCOUNTED or _entries(array, most) <= most:
        orders = _decode_list(array)
    if orders is None or len(orders) > most:
        raise TooLarge(f"One request may hold at most {most} orders.")
    return orders


def _entries(array: bytes | memoryview, most: int) -> int:
    """Entries of a JSON array, not counted further than just above ``most``."""
    depth, entries = 0, 1
    for found in _TOKEN.finditer(array):
        mark = found.group()
        if mark in (b"[", b"{"):
            depth += 1
        elif mark in (b"]", b"}"):
            depth -= 1
        elif mark == b"," and depth == 1:
            entries += 1
            if entries > most:
                break
    return entries


def _repeats(body: bytes, members: dict[str, msgspec.Raw]) -> bool:
    """As in ``repeats``: a member that gave way to a later one has left its colon."""
    return body.count(b":") > sum(
        name.count(":") + 1 + bytes(value).count(b":") for name, value in members.items()
    )


def _beside(body: bytes, inner: int) -> tuple[Problem, ...]:
    if len(body) - inner > _SIBLINGS:
        return (
            Problem("", "unknown-member", "Beside orders stands more than can be named; it was not read."),
        )
    members = _decode_members(body)
    names = [name for name in members if name != "orders"]
    warnings = []
    if body.count(b'"orders"') > 1 and _repeats(body, members):
        message = "A member beside or named orders was sent more than once; the last one was taken."
        warnings.append(Problem("", "repeated-member", message))
    warnings += [
        Problem(f"/{token(name)}", "unknown-member", "The member is not known; it was not read.")
        for name in names[:MOST_FINDINGS]
    ]
    if len(names) > MOST_FINDINGS:
        unlisted = len(names) - MOST_FINDINGS
        warnings.append(Problem("", "more", f"There are {unlisted} more warnings, which are not listed."))
    return tuple(warnings)
