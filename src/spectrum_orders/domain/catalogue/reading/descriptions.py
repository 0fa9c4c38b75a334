"""What each object and member of a product and a recipe set means, for whoever writes one."""

from __future__ import annotations

RECORDS: dict[str, str] = {
    "Product": "What can be printed on, with its print areas.",
    "Area": "One place on a product that is printed, cut or stitched. Lengths in millimetres.",
    "Spot": "A plate of its own beside the process colours: an ink, white, a varnish, a line to cut along.",
    "Cmyk": "Process inks, each from 0 (none) to 1 (solid).",
    "Rgb": "sRGB, each from 0 to 1.",
    "Tint": "A spot plate of the area, from 0 (none) to 1 (solid).",
    "RecipeSet": "What one customer designed: what a line of an order names by `recipeSetId`.",
    "Recipe": "One product with each of its print areas filled.",
    "Filling": "What stands on one area: layers, or a finished print file.",
    "Box": "A rectangle in millimetres from the top left corner of the finished size, y downwards. The bleed "
    "has negative coordinates.",
    "Image": "An uploaded picture.",
    "Text": "A text in any script.",
    "Fill": "A rectangle of one colour.",
    "Outline": "A closed line around a box, for plates such as `CutContour`.",
    "Code": "A QR code or a barcode, as large as fits its box with its quiet zone.",
}
"""Value -> what it is."""

_AREA_OR_BOX = "Without one it fills the area and its bleed."

MEMBERS: dict[str, dict[str, str]] = {
    "Product": {
        "handle": "Its name in paths and recipes. The path gives it; a body may repeat it.",
        "name": "Its name for people.",
        "areas": "Its print areas. A recipe fills every one of them.",
        "fileName": "What its print files are called, before `_<area>` and the suffix. In braces may stand "
        "`{recipeSetId}`, `{product}`, `{sku}`, `{line}`, `{quantity}` and `{purchaseOrderNumber}`.",
        "preflight": "Levels that differ from the usual ones, by code of finding: `reject`, `warn`, `off`.",
    },
    "Area": {
        "handle": "Its name in recipes and file names, such as `front`. Unique in the product.",
        "width": "Finished width (the TrimBox), mm.",
        "height": "Finished height, mm.",
        "bleed": "Added on every side, mm. Less than half of the smaller side.",
        "safe": "Nothing important should stand so near the edge, mm. Less than half of that side too.",
        "output": "The file format of its print file.",
        "dpi": "Dots per inch of what is made of pixels.",
        "space": "Its process colours. Not sent it is `rgb` for `png` and `svg`, which know nothing else.",
        "profile": "SHA-256 of an uploaded ICC profile. Without one: libvips' own CMYK, or sRGB.",
        "spots": "Its spot plates.",
        "minimumPpi": "Pixels per inch that a picture needs at its printed size.",
    },
    "Spot": {
        "name": "The plate's name in the file, exactly. Unique in the area; not the name of a process ink, "
        "`All` or `None`.",
        "alternate": "What shows it where there is no such ink.",
        "overprint": "Whether it leaves what lies below it as it is. Otherwise it knocks it out.",
    },
    "Cmyk": {"c": "Cyan.", "m": "Magenta.", "y": "Yellow.", "k": "Black."},
    "Rgb": {"r": "Red.", "g": "Green.", "b": "Blue."},
    "Tint": {"name": "The plate's name, exactly.", "tint": "How much of it."},
    "RecipeSet": {
        "readableId": "Usually 8 upper-case letters and digits; compared without regard to case. The path "
        "gives it; a body may repeat it.",
        "recipes": "One for each product.",
    },
    "Recipe": {
        "product": "The product's handle. Each product stands in a set once.",
        "fillings": "One for each of the product's areas.",
    },
    "Filling": {
        "area": "The area's handle.",
        "layers": "Painted in their order, the last on top.",
        "file": "SHA-256 of an uploaded print file of the area's format, in place of layers.",
    },
    "Box": {
        "x": "Left edge, mm.",
        "y": "Top edge, mm.",
        "width": "Width, mm.",
        "height": "Height, mm.",
        "rotation": "Degrees clockwise, about the box's centre.",
    },
    "Image": {
        "asset": "SHA-256 of the uploaded picture.",
        "box": f"Where it stands. {_AREA_OR_BOX}",
        "fit": "`cover` fills the box, `contain` shows the whole picture, `stretch` takes the box's shape.",
        "spot": "A plate of the area that the picture's darkness becomes.",
    },
    "Text": {
        "text": "What is written. Line ends are kept.",
        "box": "Where it stands.",
        "font": "A family that the renderer has, or the SHA-256 of an uploaded font.",
        "size": "Type size, points.",
        "bold": "Bold.",
        "italic": "Italic.",
        "colour": "Its colour.",
        "across": "Where it stands in its box; start and end follow the direction of the script.",
        "down": "Where it stands in the height of its box.",
        "fit": "What becomes of a text that is wider than its box.",
    },
    "Fill": {"colour": "Its colour.", "box": f"Where it stands. {_AREA_OR_BOX}"},
    "Outline": {
        "colour": "Its colour.",
        "box": "What it runs around. Without one, the area and its bleed.",
        "width": "Width of the line, points.",
        "radius": "Radius of the corners, mm.",
    },
    "Code": {
        "value": "What it says.",
        "box": "Where it stands.",
        "symbology": "The kind of code.",
        "colour": "The colour of its dark parts.",
    },
}
"""Value -> member of the wire -> what it means."""
