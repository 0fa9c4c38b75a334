"""The results of a bulk request: gathered in memory while they are few, and on the disk when they are many.

Ten thousand orders, and up to two hundred findings about each: a body of 16 MiB may be answered by 100. What
is on the disk holds no person, as no answer about an order does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import msgspec

from spectrum_orders.errors import Problem
from spectrum_orders.web import answers
from spectrum_orders.web.allowance import Allowance
from spectrum_orders.web.answers import Answer, Counts
from spectrum_orders.web.exchange import JSON, Exchange

IN_MEMORY = 1 << 20
"""Bytes of one request's results that are kept in memory: those of 1 000 plain orders are a third of it."""

ON_DISK = 128 << 20
"""Bytes of one request's results beyond which they become brief: eight times the largest body."""

PIECE = 64 * 1024

_encode = msgspec.json.Encoder().encode


class Results:
    """The results of one request, in the order of its orders. Use it in a ``with`` block."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed in __exit__
        self._allowance = Allowance(ON_DISK)
        self._counts = Counts()
        self._index = 0
        self._statuses: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def statuses(self) -> set[int]:
        """The different statuses so far."""
        return self._statuses

    def add(self, found: Sequence[Answer]) -> None:
        """Note the answers to the next orders."""
        for answer in found:
            self._counts.add(answer.status)
            self._statuses.add(answer.status)
            self._file.write(b"," if self._index else b'{"results":[')
            self._file.write(answers.result(self._index, self._allowance.answer(answer)))
            self._index += 1

    async def send(self, exchange: Exchange, warnings: tuple[Problem, ...]) -> None:
        """Answer the request: 200 when every order was stored, 207 otherwise.

        What is on the disk is read as the client takes it, and no other request waits for that.
        """
        counts = self._counts
        self._file.write(b'{"results":[],' if not self._index else b"],")
        self._file.write(b'"counts":%s,"allSuccessful":' % _encode(counts))
        self._file.write(b"true" if counts.all_successful else b"false")
        if warnings:
            self._file.write(b',"warnings":' + _encode(warnings))
        self._file.write(b"}")
        status = 200 if counts.all_successful else 207
        size = self._file.tell()
        self._file.seek(0)
        if size <= IN_MEMORY:
            await exchange.respond(status, self._file.read())
            return
        exchange.give_room()
        await exchange.start(status, JSON, ((b"content-length", b"%d" % size),))
        while piece := self._file.read(PIECE):
            await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
        await exchange.send({"type": "http.response.body", "body": b""})
