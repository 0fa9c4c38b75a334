"""What a partner wants: how its packages are cut, which tickets are in them, which people it may see."""

from __future__ import annotations

import enum

import msgspec

DEFAULT_PEOPLE = ("shippingAddress", "emailAddress", "phoneNumber")
"""The personal fields that a partner sees unless told otherwise; never the customer address."""


class Cut(enum.Enum):
    """One package for each order, or one for each of its lines."""

    ORDER = "order"
    LINE = "line"


class PartnerSettings(msgspec.Struct, frozen=True, rename="camel"):
    """``tickets`` are the forms of the job ticket beside JSON: ``xjdf``, ``csv``."""

    cut: Cut = Cut.ORDER
    tickets: tuple[str, ...] = ()
    people: tuple[str, ...] = DEFAULT_PEOPLE
