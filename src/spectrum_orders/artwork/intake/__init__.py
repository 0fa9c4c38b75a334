"""What is this file? Judged from its bytes alone, before anything is kept of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from spectrum_orders.artwork.intake import (
    documents,
    drawings,
    fontfiles,
    images,
    profilefiles,
    stitches,
    vectors,
)
from spectrum_orders.artwork.intake.sniffing import sniff
from spectrum_orders.artwork.intake.verdict import Verdict, refused
from spectrum_orders.domain.catalogue.asset import AssetKind
from spectrum_orders.errors import Invalid

__all__ = ["Verdict", "judge"]

_LOOK: dict[AssetKind, Callable[[bytes], dict[str, Any]]] = {
    AssetKind.PNG: images.look,
    AssetKind.JPEG: images.look,
    AssetKind.TIFF: images.look,
    AssetKind.WEBP: images.look,
    AssetKind.SVG: vectors.look,
    AssetKind.PDF: documents.look,
    AssetKind.DXF: drawings.look,
    AssetKind.DST: stitches.look,
    AssetKind.FONT: fontfiles.look,
    AssetKind.PROFILE: profilefiles.look,
}

# The largest picture that is allowed takes 400 MB while it is decoded: one at a time in each process.
_one = threading.Lock()


def judge(data: bytes) -> Verdict:
    """The kind of a file, with what people want to know about it.

    Every file is opened, and pictures are decoded to the end. Memory is bounded by about 500 MB, the
    time by a few seconds for the largest file.

    Raises:
        Invalid: it is of no known kind, is damaged, holds what is not allowed (a script, a password, a
            font's prohibition to embed it), or grows beyond measure when it is opened. Nothing else,
            whatever the bytes are.
    """
    kind, media_type = sniff(data)
    try:
        with _one:
            facts = _LOOK[kind](data)
    except Invalid:
        raise
    except Exception as error:
        # Parsers of a dozen formats raise what they like when a stranger's file surprises them.
        message = "The file is damaged: it begins as what it is and cannot be read to its end."
        raise refused("damaged", message, "Export it again and upload it whole.") from error
    return Verdict(kind, media_type, facts)
