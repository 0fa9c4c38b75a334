"""What the system says of a folder, in words that say what to do."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from spectrum_orders.delivery.transports.contract import DeliveryFailed

UNKNOWN = "folder"
"""The code of what the system says and nobody here has a better word for."""

_MEANINGS: dict[int, tuple[str, str, bool, str]] = {
    errno.ENOSPC: ("no-space", "The disk is full.", False, "Make room there."),
    errno.EDQUOT: ("no-space", "The quota is used up.", False, "Make room there, or raise the quota."),
    errno.EROFS: ("read-only", "It is mounted read-only.", True, "Mount it writable, then replay."),
    errno.EACCES: ("read-only", "It may not be written to.", True, "Give this user the right, then replay."),
    errno.EPERM: ("read-only", "It may not be written to.", True, "Give this user the right, then replay."),
    errno.ELOOP: (
        "symlink",
        "A link stands where a file or folder belongs.",
        True,
        "Replace it, then replay.",
    ),
    errno.ENOTDIR: ("symlink", "A file or link stands in place of a folder.", True, "Move it, then replay."),
    errno.EISDIR: ("exists-different", "A folder stands in place of a file.", True, "Move it, then replay."),
    errno.ENAMETOOLONG: ("name", "A name is too long for it.", True, "Shorten the file naming."),
    errno.EXDEV: ("cross-device", "It spans two devices.", True, "Mount nothing below it, then replay."),
}
"""By error number: code, what is so about the folder, permanent, what to do."""


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turns what the system says of a folder into DeliveryFailed."""
    try:
        yield
    except OSError as error:
        code, why, permanent, next_step = _MEANINGS.get(
            error.errno or 0,
            (
                UNKNOWN,
                f"The system says: {os.strerror(error.errno or 0)}.",
                False,
                "Check the disk or share.",
            ),
        )
        raise DeliveryFailed(
            code, f"The folder did not take the file. {why}", permanent=permanent, next_step=next_step
        ) from None
