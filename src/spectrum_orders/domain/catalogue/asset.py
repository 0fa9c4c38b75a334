"""What an uploaded asset is, as far as products and recipes care."""

from __future__ import annotations

import enum

from spectrum_orders.domain.catalogue.product import Output


class AssetKind(enum.Enum):
    """The kinds of file that may be uploaded."""

    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    WEBP = "webp"
    SVG = "svg"
    PDF = "pdf"
    DXF = "dxf"
    DST = "dst"
    FONT = "font"
    PROFILE = "profile"

    @classmethod
    def of_media_type(cls, media_type: str) -> AssetKind | None:
        """The kind of a media type, parameters and case aside; ``None`` when it is none of these."""
        return _BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower())


IMAGES = frozenset((AssetKind.PNG, AssetKind.JPEG, AssetKind.TIFF, AssetKind.WEBP, AssetKind.SVG))
"""What an image layer may show."""

FINISHED: dict[Output, AssetKind] = {
    Output.PDF_X4: AssetKind.PDF,
    Output.TIFF: AssetKind.TIFF,
    Output.PNG: AssetKind.PNG,
    Output.SVG: AssetKind.SVG,
    Output.DXF: AssetKind.DXF,
    Output.DST: AssetKind.DST,
}
"""What a finished print file must be for each output."""

_BY_MEDIA_TYPE = {
    **{output.media_type: kind for output, kind in FINISHED.items()},
    "image/jpeg": AssetKind.JPEG,
    "image/webp": AssetKind.WEBP,
    "application/dxf": AssetKind.DXF,
    "image/x-dxf": AssetKind.DXF,
    "font/ttf": AssetKind.FONT,
    "font/otf": AssetKind.FONT,
    "font/sfnt": AssetKind.FONT,
    "font/collection": AssetKind.FONT,
    "application/vnd.iccprofile": AssetKind.PROFILE,
}
