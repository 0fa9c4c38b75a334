"""What preflight may find, and what each finding does unless a product says otherwise."""
# ruff: noqa: E501 - a table is read by its rows, and each has its two sentences on one

from __future__ import annotations

import msgspec

from spectrum_orders.domain.catalogue.product import Level


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """One thing about a file: what was found, what was wanted, and how to mend it.

    None of the three repeats a text or a name of the artwork: findings are stored and shown in the
    clear. ``page`` counts from 1, 0 is the file as a whole.
    """

    code: str
    level: Level
    found: str
    wanted: str
    mend: str
    page: int = 0


class Kind(msgspec.Struct, frozen=True):
    """A kind of finding: its usual level, what it means, and how to mend it, all of which is printed in the docs.

    ``of_recipe``: a recipe has it and no file, so it forbids no file to be made again that was printed before
    it was looked for. Whoever took the recipe once took this with it. A glyph that is missing is none of
    these: the file would be another.
    """

    code: str
    level: Level
    meaning: str
    mend: str
    of_recipe: bool = False


REJECT, WARN = Level.REJECT, Level.WARN

# What would be printed wrongly, or cannot be judged at all, is rejected; what may be meant is a warning.
_TABLE = (
    # The file as a whole
    Kind("wrong-format", REJECT, "The file is not of the area's file format.", "Export the artwork in the area's format."),
    Kind("unreadable", REJECT, "The file cannot be opened.", "Export the file again and upload it whole."),
    Kind("damaged", REJECT, "The file opens, but a part of it is broken or cut off and had to be guessed.", "Export the file again and upload it whole."),
    Kind("too-complex", REJECT, "The file is nested too deeply, or unpacks to more than is examined, so that a part of it was not checked.", "Flatten or simplify the artwork, or join what is drawn again and again."),
    Kind("encrypted", REJECT, "The file is encrypted or has a password.", "Save it without any password or restriction."),
    Kind("script", REJECT, "The file holds a script.", "Remove the script; export for print, not for screens."),
    Kind("external-content", REJECT, "The file refers to something outside of itself.", "Embed what it refers to."),
    Kind("page-count", REJECT, "The file does not have exactly one page or picture.", "Export each area as one file of one page."),
    # Size
    Kind("page-size", REJECT, "The finished size is not that of the area.", "Set the document to the area's size and export again without scaling."),
    Kind("bleed", REJECT, "The artwork does not reach over the trim as far as the area's bleed.", "Let backgrounds run over the edge and export with bleed."),
    Kind("trim-box-missing", REJECT, "The page has no TrimBox, so that nobody knows where to cut.", "Export with trim and bleed boxes, for instance as PDF/X-4."),
    Kind("box-order", REJECT, "The boxes do not lie within each other: TrimBox in BleedBox in MediaBox.", "Export again with the application's own trim and bleed settings."),
    Kind("bleed-box-missing", WARN, "The area has bleed and the page no BleedBox; the MediaBox is taken for it.", "Export with a BleedBox."),
    Kind("page-rotated", WARN, "The page is turned by its Rotate entry, which some workflows overlook.", "Turn the artwork itself and export it upright."),
    Kind("units", WARN, "The drawing does not say in which unit it is measured; millimetres are taken.", "Set the drawing's unit to millimetres."),
    # PDF
    Kind("pdf-version", WARN, "The PDF is of a version that PDF/X-4 does not know.", "Export as PDF/X-4, which is PDF 1.6."),
    Kind("pdfx-missing", WARN, "The file does not call itself PDF/X-4.", "Export with the PDF/X-4 preset."),
    Kind("output-intent-missing", REJECT, "There is no print output intent with an embedded profile, so that the colours are not defined.", "Export as PDF/X-4 with the area's profile as output intent."),
    Kind("output-intent-space", REJECT, "The output intent's profile is not of the area's colour space.", "Export with the area's profile as output intent."),
    Kind("output-intent-other", WARN, "The output intent's profile is another one than the area's.", "Export with the area's profile as output intent."),
    Kind("action", WARN, "The file holds actions, which do something on a screen.", "Remove links, buttons and open actions."),
    Kind("annotation", WARN, "The page has annotations or form fields, which print or do not print as a workflow likes.", "Flatten annotations and form fields into the page, or remove them."),
    Kind("embedded-file", WARN, "Other files are embedded.", "Remove attachments."),
    Kind("layers", WARN, "There are layers that can be switched on and off.", "Flatten the layers, so that what is seen is what is printed."),
    Kind("transfer-function", WARN, "A transfer function changes the tones when it is printed.", "Export without transfer functions."),
    Kind("font-not-embedded", REJECT, "A font is used that is not embedded; the press would take another.", "Embed all fonts, or turn the text into outlines."),
    Kind("glyph-missing", REJECT, "A text has characters that no font has.", "Choose a font for this script, or upload one."),
    Kind("font-substituted", REJECT, "An uploaded font has not all letters of a text, and the rest is printed in another font.", "Upload a font that has them, or choose another font for the text.", of_recipe=True),
    Kind("font-fallback", WARN, "A text has letters that its font has not, and they are printed in another font.", "Choose a font for this script, or upload one.", of_recipe=True),
    Kind("font-style", WARN, "A text is to be bold or italic, and its font has no such face.", "Upload the bold or italic font and name that, or choose a font that has it.", of_recipe=True),
    # What a recipe places
    Kind("text-cut", REJECT, "A text reaches beyond the trim, or nothing of it stands on the area, so that it is cut off or missing.", "Shorten the text, make it smaller or let it shrink, or move its box inside the trim.", of_recipe=True),
    Kind("code-cut", REJECT, "A QR code or barcode reaches beyond the trim and cannot be read.", "Move the code inside the trim, or make it smaller.", of_recipe=True),
    Kind("text-over-box", WARN, "A text that is to be wrapped is larger than its box, and may lie on something else.", "Shorten the text, make it smaller or let it shrink, or give it a larger box.", of_recipe=True),
    Kind("outside-safe", WARN, "A text or a code stands nearer to the trim than the area's safe margin, and may be cut when the cut is not exact.", "Move it inwards, or make it smaller.", of_recipe=True),
    Kind("code-small", WARN, "The modules of a QR code or barcode are so small that many readers fail.", "Make the code larger, or put less into it: a shorter address.", of_recipe=True),
    Kind("code-contrast", WARN, "A QR code or barcode is hardly darker than what is below it, or brighter.", "Print it dark on light: best black on white, and no barcode in red.", of_recipe=True),
    Kind("code-quiet", WARN, "The quiet zone around a QR code or barcode is not free, or is cut off.", "Leave the code's whole box free and inside the trim.", of_recipe=True),
    # Colour
    Kind("rgb-in-cmyk", REJECT, "Something is painted in RGB on an area of process inks.", "Convert all colours to the area's profile."),
    Kind("cmyk-in-rgb", REJECT, "Something is painted in process inks on an area of RGB.", "Convert all colours to the area's profile."),
    Kind("blend-space", REJECT, "Transparency is blended in another colour space than the area's.", "Set the document's blending space to that of the area."),
    Kind("lab-colour", WARN, "A colour is given as it looks (Lab), not in inks.", "Convert all colours to the area's profile."),
    Kind("icc-cmyk", WARN, "CMYK with a profile of its own is converted once more, so that pure black may become four inks.", "Export process inks as they are, without profiles of their own."),
    Kind("unknown-spot", REJECT, "Something is painted on a spot plate that the area does not have.", "Name the plates exactly as the area does, or convert them to process inks."),
    Kind("registration-colour", REJECT, "Something is painted in the colour of registration marks, which is on every plate.", "Use black instead."),
    Kind("missing-spot", WARN, "Nothing is painted on a spot plate that the area has.", "Paint on a plate of this exact name, if it is meant to be used."),
    Kind("spot-overprint", WARN, "A spot plate overprints where the area wants it to knock out, or the other way round.", "Set overprint of what is painted on this plate as the area says."),
    Kind("white-overprint", REJECT, "White is set to overprint: it prints nothing and disappears.", "Set white to knock out."),
    Kind("total-ink", WARN, "More ink lies on one place than dries.", "Convert with a profile that limits the ink, or use less of it."),
    Kind("profile-missing", WARN, "The picture has no colour profile.", "Save it with the area's profile embedded."),
    Kind("profile-other", WARN, "The picture's colour profile is another one than the area's.", "Convert it to the area's profile and embed that."),
    Kind("profile-broken", REJECT, "A colour profile is broken, or not for the colours it stands with.", "Embed the right profile."),
    Kind("colour-mode", REJECT, "The picture's colour mode cannot be printed.", "Save it with 8 bits a channel in the area's colour space."),
    # Details
    Kind("image-ppi", WARN, "A picture has too few pixels for its size, and looks coarse.", "Use a larger picture or print it smaller."),
    Kind("pixel-size", WARN, "The picture is of the right shape but has not the area's resolution.", "Export it with exactly the area's pixels."),
    Kind("hairline", WARN, "A line is too thin to print safely.", "Make lines at least as wide as wanted."),
    Kind("small-text", WARN, "A text is too small to be read.", "Make texts larger."),
    Kind("small-text-inks", WARN, "A small text is made of several inks, and blurs when they do not meet exactly.", "Print small texts with one ink, or make them larger."),
    Kind("empty", WARN, "Nothing is painted.", "Check that the right file was exported."),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.code: kind for kind in _TABLE}
"""Every kind of finding by its code."""
