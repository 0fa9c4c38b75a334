"""Uploaded SVG pictures as pixels, as fine as they are printed."""

from __future__ import annotations

import pyvips
from PIL import Image

from spectrum_orders.artwork.intake import vectors
from spectrum_orders.domain.catalogue.recipe import Box
from spectrum_orders.errors import Invalid

# The drawing library's own limit of one side.
_LONGEST = 32_000


def is_drawing(data: bytes) -> bool:
    """Whether it is text that can only be an SVG: no picture of pixels begins with a bracket."""
    return data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def picture(data: bytes, box: Box, dpi: int, most_pixels: int) -> Image.Image:
    """The drawing with its opacity, with enough pixels to fill the box at this resolution.

    Raises:
        Invalid: it holds text, whose font would be the machine's own, or what an upload may not hold.
    """
    if vectors.look(data)["text"]:
        raise Invalid("The SVG has text in it, whose font is not here. Turn the text into outlines.")
    try:
        whole = pyvips.Image.svgload_buffer(data)
        wanted = max(box.width / whole.width, box.height / whole.height) / 25.4 * dpi
        most = min(
            (most_pixels / (whole.width * whole.height)) ** 0.5, _LONGEST / max(whole.width, whole.height)
        )
        made = pyvips.Image.svgload_buffer(data, scale=min(wanted, most))
        pixels = bytes(made.write_to_memory())
    except pyvips.Error as error:
        raise Invalid("The SVG cannot be drawn. Simplify it, or save it as PNG.") from error
    return Image.frombytes("RGBA", (made.width, made.height), pixels)
