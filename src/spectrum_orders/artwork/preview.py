"""Small pictures of an area's trim, for sheets and people."""

from __future__ import annotations

import io

from PIL import Image

from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.raster import Planes
from spectrum_orders.artwork.scene import Scene
from spectrum_orders.domain.catalogue.product import Area

# Six hundred are allowed. A sheet shows them 60 mm wide, where 400 are 170 ppi, and the PNG takes
# less than half the time, which is what most of a small vector file's time would go into.
LONGEST = 400
# Photographs gain nothing from a higher level; 1 is three times as fast as 6.
_LEVEL = 1


def of_scene(scene: Scene, area: Area, profile: Profile) -> bytes:
    """A PNG of the trim."""
    scale = LONGEST / max(area.width, area.height)
    size = max(1, round(area.width * scale)), max(1, round(area.height * scale))
    planes = Planes(profile, 0, 0, size, scale)
    planes.paint(scene)
    return png(planes.seen())


def png(picture: Image.Image) -> bytes:
    """The picture as PNG, shrunk to the size of a preview."""
    if max(picture.size) > LONGEST:
        picture = picture.copy()
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=_LEVEL)
    return out.getvalue()
