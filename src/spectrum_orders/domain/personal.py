"""The one list of what is personal.

What stands here is sealed before the database sees it, never logged, never shown in an
error, and destroyed by an erasure. Everything that needs to know asks this file.
"""

from __future__ import annotations

ORDER_FIELDS = (
    "customerServiceContact",
    "emailAddress",
    "phoneNumber",
    "customerAddress",
    "shippingAddress",
)
"""Wire names of the personal members of an order."""

LINE_FIELDS = ("giftMessage",)
"""Wire names of the personal members of a line item."""

ADDRESS_FIELDS = (
    "firstName",
    "lastName",
    "company",
    "address1",
    "address2",
    "city",
    "state",
    "postalCode",
    "country",
    "phone",
    "email",
)
"""Wire names of the members of an address, all of them personal."""
