"""What a reader of orders may complain about: a closed table of codes.

A *problem* rejects the order; a *warning* travels with the answer of an accepted one. A code
that stands in both tables is a problem where a member is required and a warning elsewhere.
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
    "more",
]

WarningCode = Literal[
    "unknown-member",
    "blank",
    "number-as-text",
    "no-offset",
    "surrounding-space",
    "unusual-recipe-set-id",
    "differing-recipe-set-id",
    "differing-sku",
    "differing-state",
    "unusual-email",
    "more",
]

PROBLEMS: dict[str, str] = {
    "missing": "A required member was not sent, or was sent as null or empty text.",
    "blank": "A required text shows nothing: it is only white space or invisible characters.",
    "wrong-type": "The member is of another JSON type than the one that can be read there.",
    "too-long": "The text has more characters than may stand there.",
    "too-few": "The list has fewer entries than are needed.",
    "too-many": "The list has more entries than one order may hold.",
    "control-character": "The text holds a control character, such as U+0000.",
    "not-a-date": "The text is not an ISO 8601 date or date-time of the years 1970 to 2999.",
    "not-whole": "The quantity is not a whole number.",
    "out-of-range": "The quantity is below 1 or above 1000000.",
    "unknown-value": "The word or number is not one of those that the member knows.",
    "several-skus": "A line names several SKUs, so that it is unclear how many of each are wanted.",
    "recipe-set-format": "The order is in the withdrawn RecipeSet format, without line items.",
    "more": "There are more problems than are listed.",
}
"""Code of a problem -> what it means."""

WARNINGS: dict[str, str] = {
    "unknown-member": "The member is not known here; it was neither read nor stored.",
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
    "more": "There are more warnings than are listed.",
}
"""Code of a warning -> what it means."""

CODES: dict[str, str] = {
    **WARNINGS,
    **PROBLEMS,
    "blank": "The text shows nothing: a problem where it is required, else it counts as not sent.",
    "more": "There are more problems, or more warnings, than are listed.",
}
"""Every code that may stand in ``errors`` or ``warnings`` of an answer about an order."""
