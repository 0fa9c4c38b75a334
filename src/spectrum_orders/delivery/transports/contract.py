"""What a transport is given, what it gives back, and how it fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import msgspec


class Content(Protocol):
    """What is delivered. The values do not change between calls, and every ``chunks()`` begins anew."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def sha256(self) -> bytes:
        """The digest of all of it, 32 bytes."""

    @property
    def media_type(self) -> str:
        """As in a Content-Type header."""

    def chunks(self) -> Iterator[bytes]:
        """All of it, in pieces of any size. Is run in threads, one at a time."""


class Proof(msgspec.Struct, frozen=True, rename="camel"):
    """That a destination has a file, whole."""

    name: str
    size: int
    sha256: str
    """In hexadecimal."""
    where: str
    """For a person's eyes: the destination and the name there, without secrets."""
    checked: str
    """How it is known that the bytes there are the right ones, as a sentence."""
    already_there: bool = False
    """The same bytes stood there before, and nothing was written."""

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


class DeliveryFailed(Exception):
    """A delivery did not happen, or nobody knows whether it did; the destination shows nothing partial.

    Not one of ``SpectrumError``, whose codes and statuses are answers to a caller: nobody waits for this
    one but the timetable. ``code`` is a word for programs, ``message`` and ``next_step`` are sentences for
    a person; none holds a secret or anything that the other side wrote. ``permanent``: repeating it as it
    is cannot help. ``retry_after`` are the seconds that the other side asked for.

        host-key, auth              it is not who it was, or does not take us for who we are
        refused                     the guard: the address is not allowed
        unreachable, timeout, certificate, unresolved     the way there
        no-folder, read-only, no-space, symlink, cross-device, exists-different, name, too-large, too-long,
        folder                      the place there
        busy                        somebody else is at the same file
        receiver, gone, rejected    an answer that is no success
        damaged                     what arrived is not what was sent
        content-changed, unreadable what was to be sent is not what was promised: our own fault
        configuration               the destination itself cannot be understood
        lease-lost, removed         set by the worker
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        permanent: bool,
        next_step: str,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
        self.next_step = next_step
        self.retry_after = retry_after


class Transport(Protocol):
    """One destination, with whatever connection it keeps. Several ``put`` may run at once."""

    async def put(self, name: str, content: Content) -> Proof:
        """Have ``content`` at the destination under a relative ``name``, whole or not at all.

        Repeating it is harmless. Raises DeliveryFailed, and whatever ``content`` raises.
        """

    async def is_there(self, name: str) -> bool:
        """Whether a file stands there under a relative ``name``. Raises DeliveryFailed."""

    async def names(self, folder: str, ending: str) -> list[str] | None:
        """The names, ending so, of the files in one folder there; none when there is no such folder.

        ``None``: it takes files and shows no list, so that each name has to be asked for. Raises
        DeliveryFailed.
        """

    async def close(self) -> None:
        """Let go of connections. What is under way fails as unreachable."""
