"""Reading what is to be delivered: in blocks of one size, checked against what was promised."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator

from spectrum_orders.delivery.transports.contract import Content, DeliveryFailed

BLOCK = 1024 * 1024

SLOWEST = 128 * 1024
"""Bytes a second. What comes slower is taken for dead in the end."""

LEAST_SECONDS = 20.0


def patience(size: int) -> float:
    """The seconds that a transfer of so many bytes may take altogether."""
    return LEAST_SECONDS + size / SLOWEST


def blocks(content: Content) -> Iterator[bytes]:
    """All of the content in blocks of 1 MiB, the last one shorter.

    Raises DeliveryFailed before the last block when size or hash are not what was promised, so that
    whoever writes blocks never has the whole of something wrong; and when our own disk cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    held = bytearray()
    for chunk in _read(content):
        digest.update(chunk)
        size += len(chunk)
        held += chunk
        while len(held) > BLOCK:
            yield bytes(held[:BLOCK])
            del held[:BLOCK]
    if size != content.size or digest.digest() != content.sha256:
        raise DeliveryFailed(
            "content-changed",
            "The file is not the one that was promised: its size or hash differs.",
            permanent=False,
            next_step="It is made anew. If this repeats, run: spectrum doctor",
        )
    if held:
        yield bytes(held)


def _read(content: Content) -> Iterator[bytes]:
    try:
        yield from content.chunks()
    except OSError as error:
        # Told apart here, because the other end of a transport fails by the same exception.
        raise DeliveryFailed(
            "unreadable",
            f"The file cannot be read here: {os.strerror(error.errno or 0)}.",
            permanent=False,
            next_step="Check the disk of this server: nothing is wrong with the destination.",
        ) from None


async def pumped(content: Content) -> AsyncIterator[bytes]:
    """The same blocks for the event loop; reading and hashing happen in threads."""
    found = blocks(content)
    while (block := await asyncio.to_thread(next, found, None)) is not None:
        yield block
