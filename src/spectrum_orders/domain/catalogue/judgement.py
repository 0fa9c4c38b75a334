"""What preflight says of a version's files, as it is kept, and the worst of it."""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.catalogue.product import Level

MOST = 5
"""So many findings are told where an order is read; the recipe set itself has them all."""


class Found(msgspec.Struct, frozen=True, rename="camel"):
    """Findings of one area, as they are stored and shown."""

    product: str
    area: str
    findings: tuple[Finding, ...]


class Judged(msgspec.Struct, frozen=True, rename="camel"):
    """One finding with the area that it is of. Like a finding it repeats nothing of the artwork."""

    product: str
    area: str
    code: str
    level: Level
    found: str
    wanted: str
    mend: str

    @property
    def sentence(self) -> str:
        """Where, what was found, and what was wanted; without a full stop."""
        found, wanted = (text.rstrip(".") for text in (self.found, self.wanted))
        return f"{self.product}/{self.area} has {found}; wanted: {wanted}"


_decode = msgspec.json.Decoder(tuple[Found, ...]).decode


def forbidding(findings: str) -> tuple[Judged, ...]:
    """What forbids to print a version, of its ``findings`` in JSON, in their order."""
    return tuple(
        Judged(place.product, place.area, one.code, one.level, one.found, one.wanted, one.mend)
        for place in _decode(findings)
        for one in place.findings
        if one.level is Level.REJECT
    )
