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
    """``tickets`` are the forms of the job ticket beside JSON: ``xjdf``, ``csv``.

    ``sla_days`` are the working days that it takes to ship, ``None`` for no promise. Days are those of
    ``timezone`` (``None``: the client's), without the holidays of ``holidays`` (a country, perhaps with a
    subdivision: ``DE``, ``DE-BY``).
    ``collect_hours`` is when a package that it has not said to have received becomes an exception; ``None``
    when it never says so."""

    cut: Cut = Cut.ORDER
    tickets: tuple[str, ...] = ()
    people: tuple[str, ...] = DEFAULT_PEOPLE
    sla_days: int | None = None
    timezone: str | None = None
    holidays: str = ""
    collect_hours: float | None = None
