"""A whole package as one ZIP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spectrum_orders.artwork.zipping import Member, Zipped
from spectrum_orders.domain.package import naming
from spectrum_orders.domain.package.facts import Package
from spectrum_orders.domain.package.manifest import checksums, manifest
from spectrum_orders.domain.package.table import table
from spectrum_orders.domain.package.ticket import ticket
from spectrum_orders.domain.package.xjdf import MEDIA_TYPE as XJDF_TYPE
from spectrum_orders.domain.package.xjdf import xjdf

__all__ = ["Member", "Zipped", "packed"]


def packed(
    package: Package,
    people: Mapping[str, Any],
    files: Sequence[Member],
    sheets: Sequence[Member] = (),
    tickets: Sequence[str] = (),
) -> Zipped:
    """A whole package: print files, sheets, manifest, tickets, checksums, in this order.

    ``tickets`` are the forms beside JSON (``xjdf``, ``csv``) that the partner wants.
    """
    written = [Member.of(naming.TICKET_JSON, ticket(package, people), "application/json")]
    if "xjdf" in tickets:
        written.append(Member.of(naming.TICKET_XJDF, xjdf(package, people), XJDF_TYPE))
    if "csv" in tickets:
        written.append(Member.of(naming.TICKET_CSV, table(package, people), "text/csv"))
    listed = manifest(package, [*files, *sheets, *written])
    before = [*files, *sheets, Member.of(naming.MANIFEST, listed, "application/json"), *written]
    return Zipped([*before, Member.of(naming.CHECKSUMS, checksums(before), "text/plain")])
