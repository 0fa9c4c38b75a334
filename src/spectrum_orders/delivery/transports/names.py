"""The names of delivered files, checked once more before they become paths."""

from __future__ import annotations

import unicodedata

from spectrum_orders.delivery.transports.contract import DeliveryFailed

LONGEST_PART = 200
"""Bytes. File systems take 255, of which a temporary name needs some."""

LONGEST = 900
"""Bytes. Keys of S3 end at 1024, with the prefix."""

LONGEST_LIST = 1_000_000
"""Names that are read of one folder: some 200 MB of memory. What goes on after that may never end."""


def split_name(name: str) -> tuple[str, ...]:
    """The parts of a relative name like ``SHOP/PO-1/pkg.zip``. Raises DeliveryFailed."""
    parts = tuple(name.split("/"))
    trouble = None
    if len(name.encode(errors="replace")) > LONGEST:
        trouble = "is too long"
    elif "\\" in name or any(unicodedata.category(char).startswith("C") for char in name):
        trouble = "holds a backslash or a control character"
    elif any(part in ("", ".", "..") for part in parts):
        trouble = "is not relative, or has an empty, . or .. part"
    elif any(part.startswith((".", "-", "~")) for part in parts):
        trouble = "has a part that begins with a dot, a dash or a tilde"
    elif any(len(part.encode()) > LONGEST_PART for part in parts):
        trouble = f"has a part of more than {LONGEST_PART} bytes"
    if trouble is not None:
        raise DeliveryFailed(
            "name",
            f"The name of the file {trouble}.",
            permanent=True,
            next_step="Change the file naming of the product.",
        )
    return parts


def check_length(names: int, host: str) -> None:
    """Raises DeliveryFailed when a list of so many names is longer than any that is read."""
    if names > LONGEST_LIST:
        raise DeliveryFailed(
            "too-long",
            f"{host} lists more than {LONGEST_LIST:,} files in one folder.",
            permanent=True,
            next_step="Have the factory move away what it has taken.",
        )


def temporary_name(leaf: str, sha256: bytes) -> str:
    """Where a file grows, beside its final place.

    The same for the same content, so that a resume finds it and nothing is left over when it is done;
    another one for other content, so that no resume splices two files.
    """
    return f".{leaf}.{sha256.hex()[:16]}.part"
