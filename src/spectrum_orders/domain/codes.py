"""What a reader of orders, products or recipe sets may complain about: a closed table of codes.

A *problem* rejects what was sent; a *warning* travels with the answer of what was accepted. A code
that stands in both tables is a problem where more depends on it and a warning elsewhere.
"""

from __future__ import annotations

from typing import Literal

ProblemCode = Literal[
    "missing",
    "blank",
    "wrong-type",
    "too-long",
    "too-few",
    "too-many",
    "control-character",
    "not-a-date",
    "not-whole",
    "out-of-range",
    "unknown-value",
    "several-skus",
    "recipe-set-format",
    "malformed",
    "duplicate",
    "reserved",
    "contradiction",
    "differing-name",
    "unknown-product",
    "unknown-area",
    "unfilled-area",
    "unknown-plate",
    "unknown-font",
    "unknown-asset",
    "wrong-asset",
    "unknown-member",
    "more",
]

WarningCode = Literal[
    "unknown-member",
    "repeated-member",
    "blank",
    "number-as-text",
    "no-offset",
    "surrounding-space",
    "unusual-recipe-set-id",
    "differing-recipe-set-id",
    "differing-sku",
    "differing-state",
    "unusual-email",
    "large-file",
    "more",
]

PROBLEMS: dict[str, str] = {
    "missing": "A required member was not sent, or was sent as null or empty text.",
    "blank": "A required text shows nothing: it is only white space or invisible characters.",
    "wrong-type": "The member is of another JSON type than the one that can be read there.",
    "too-long": "The text has more characters than may stand there.",
    "too-few": "The list has fewer entries than are needed.",
    "too-many": "The list has more entries than may stand there.",
    "control-character": "The text holds a control character, such as U+0000.",
    "not-a-date": "The text is not an ISO 8601 date or date-time of the years 1970 to 2999.",
    "not-whole": "The number is not a whole number.",
    "out-of-range": "The number is below the least or above the most that may stand there; a quantity is "
    "1 to 1000000.",
    "unknown-value": "The word or number is not one of those that the member knows.",
    "several-skus": "A line names several SKUs, so that it is unclear how many of each are wanted.",
    "recipe-set-format": "The order is in the withdrawn RecipeSet format, without line items.",
    "malformed": "The text has another form than that of a handle, a SHA-256 or whatever is wanted there.",
    "duplicate": "The name stands twice where each may stand once.",
    "reserved": "The plate's name means something else in a print file.",
    "contradiction": "Two members cannot both be as they were sent.",
    "differing-name": "The body names another handle or readable id than the path.",
    "unknown-product": "No product of this client has that handle.",
    "unknown-area": "The product has no print area of that handle.",
    "unfilled-area": "A print area of the product is left without a filling.",
    "unknown-plate": "The print area has no spot plate of that name.",
    "unknown-font": "There is no font family of that name here.",
    "unknown-asset": "Nothing with that SHA-256 was uploaded by this client.",
    "wrong-asset": "The asset with that SHA-256 is of another kind than the one wanted there.",
    "unknown-member": "The member is not known here, and nothing was done: without it more might be than was "
    "wanted.",
    "more": "There are more problems than are listed.",
}
"""Code of a problem -> what it means."""

WARNINGS: dict[str, str] = {
    "unknown-member": "The member is not known here; it was neither read nor stored.",
    "repeated-member": "The object holds the member more than once; the last one was taken.",
    "blank": "An optional text shows nothing; it counts as not sent.",
    "number-as-text": "A number was sent where a text was wanted; its decimal digits were taken.",
    "no-offset": "A date-time has no UTC offset; it was read in the client's time zone.",
    "surrounding-space": "The text begins or ends with white space: taken away around a recipe set id or "
    "a SKU, kept around a purchase order number.",
    "unusual-recipe-set-id": "The id is not 8 upper-case letters and digits; it was kept as it was sent.",
    "differing-recipe-set-id": "recipeSetReadableId differs from recipeSetId; recipeSetId was taken.",
    "differing-sku": "The line's own sku or quantity differs from skuQuantities; skuQuantities was taken.",
    "differing-state": "An address's province differs from its state; state was taken.",
    "unusual-email": "The e-mail address has no at sign; it was kept as it was sent.",
    "large-file": "At its size and dpi the print area may get a picture that is too large to be made.",
    "more": "There are more warnings than are listed.",
}
"""Code of a warning -> what it means."""

CODES: dict[str, str] = {
    **WARNINGS,
    **PROBLEMS,
    "blank": "The text shows nothing: a problem where it is required, else it counts as not sent.",
    "unknown-member": "The member is not known here: a problem where an order is moved or a person erased, "
    "else it was neither read nor stored.",
    "more": "There are more problems, or more warnings, than are listed.",
}
"""Every code that may stand in ``errors`` or ``warnings`` of an answer."""
