"""By what a file was made, so that a later difference can be explained."""

from __future__ import annotations

from importlib.metadata import version

import pyvips

VERSION = 5
"""Goes up with every change that may change the bytes of a file."""

RENDERER = ", ".join(
    (
        f"spectrum-artwork {VERSION}",
        *(f"{name} {version(name)}" for name in ("typst", "reportlab", "pikepdf", "pillow", "segno")),
        f"ezdxf {version('ezdxf')}",
        f"pyembroidery {version('pyembroidery')}",
        f"libvips {'.'.join(str(pyvips.version(part)) for part in range(3))}",
    )
)
