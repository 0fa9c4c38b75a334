"""What it means for an area that something is painted: judges colours, plates and overprint."""

from __future__ import annotations

from spectrum_orders.artwork.preflight.colours import Inks, Model
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.domain.catalogue.product import Area, Space

MOST_INK = 3.0
"""Sum of the process inks, 1 each: 300 %, what coated sheets in offset bear (ISO 12647-2 allows up to
350, most presses and all digital ones ask for less)."""

_ROUNDING = 0.01


class Judge:
    """Judges what is painted on one page. ``painted`` tells afterwards whether anything was."""

    def __init__(self, area: Area, report: Report) -> None:
        self._area = area
        self._report = report
        self._spots = {spot.name: spot for spot in area.spots}
        self._used: set[str] = set()
        self._seen: set[tuple[object, ...]] = set()
        self.painted = False

    @property
    def process(self) -> str:
        """The area's process colours, as findings call them."""
        return "process inks (CMYK)" if self._area.space is Space.CMYK else "RGB"

    def paint(
        self, inks: Inks, values: tuple[float, ...] | None, overprint: bool, opm: int, masked: bool
    ) -> None:
        """Something is painted in a colour; ``values`` None is a picture's or shading's many.
        ``masked``: on a soft mask, which is never printed itself."""
        key = (inks, values, overprint, opm, masked)
        if key in self._seen:
            return
        if len(self._seen) < 10_000:
            self._seen.add(key)
        self._model(inks)
        if masked:
            return
        self.painted = True
        self._plates(inks, values, overprint)
        if values is None:
            return
        ink = inks.ink(values)
        if ink is not None:
            self.ink(ink, _ROUNDING)
        if overprint and opm == 1 and inks.model is Model.CMYK and not inks.icc and not any(values):
            self._report.add(
                "white-overprint", "white that overprints", "white that knocks out what is below", page=1
            )

    def ink(self, ink: float, tolerance: float) -> None:
        """That much ink lies on one place."""
        if self._area.space is Space.CMYK and ink > MOST_INK + tolerance:
            self._report.add("total-ink", f"{ink:.0%} of ink", f"at most {MOST_INK:.0%}", page=1, rank=-ink)

    def channels(self, names: list[str | None], painted: bool) -> None:
        """A picture has channels of these names (None is opacity), with something on them or not."""
        for name in names:
            if name is None:
                continue
            if name not in self._spots:
                self._report.add("unknown-spot", self._stranger(name), self._known())
            elif painted:
                self._used.add(name)
                self.painted = True

    def blending(self, inks: Inks) -> None:
        """Transparency is blended in a colour space."""
        other = Model.RGB if self._area.space is Space.CMYK else Model.CMYK
        if inks.model is other:
            self._report.add(
                "blend-space", f"blending in {inks.model.value}", f"blending in {self.process}", page=1
            )

    def finish(self) -> None:
        """After the whole page: what should have been painted and was not."""
        if not self.painted:
            self._report.add("empty", "a page on which nothing is painted", "artwork", page=1)
        left = [spot.name for spot in self._area.spots if spot.name not in self._used]
        if left:
            self._report.add(
                "missing-spot",
                "nothing on these plates of the area: " + ", ".join(left),
                "artwork on each",
                page=1,
            )

    def _model(self, inks: Inks) -> None:
        profile = " with a profile" if inks.icc else ""
        if inks.broken:
            self._report.add(
                "profile-broken",
                "a profile that does not fit its colours",
                "a profile for these colours",
                page=1,
            )
        if inks.model is Model.RGB and self._area.space is Space.CMYK:
            self._report.add("rgb-in-cmyk", f"RGB{profile}", self.process, page=1)
        elif inks.model is Model.CMYK and self._area.space is Space.RGB:
            self._report.add("cmyk-in-rgb", f"CMYK{profile}", self.process, page=1)
        elif inks.model is Model.LAB:
            self._report.add("lab-colour", "Lab", self.process, page=1)
        elif inks.model is Model.CMYK and inks.icc:
            self._report.add("icc-cmyk", "CMYK with a profile", "CMYK without one", page=1)
        elif inks.model is Model.UNKNOWN:
            self._report.add("damaged", "a colour space that cannot be read", "a whole file", page=1)

    def _plates(self, inks: Inks, values: tuple[float, ...] | None, overprint: bool) -> None:
        for name in inks.spots():
            spot = self._spots.get(name)
            if name == "All":
                self._report.add(
                    "registration-colour", "the colour of registration marks", self.process, page=1
                )
            elif spot is None:
                self._report.add("unknown-spot", self._stranger(name), self._known(), page=1)
            else:
                if values is None or any(values):
                    self._used.add(name)
                if spot.overprint is not overprint:
                    words = ("knocks out", "overprints")
                    self._report.add(
                        "spot-overprint",
                        f"{name} {words[overprint]}",
                        f"{name} {words[spot.overprint]}",
                        page=1,
                    )

    def _stranger(self, name: str) -> str:
        # The name itself may hold anything, also a person's, so it is not repeated.
        if not name:
            return "a plate without a name"
        plain = name.casefold().replace(" ", "")
        near = [known for known in self._spots if known.casefold().replace(" ", "") == plain]
        if near:
            return f"a plate that differs from {near[0]} only in upper and lower case or spaces"
        return "a plate with another name"

    def _known(self) -> str:
        if self._spots:
            return f"the area's plates: {', '.join(self._spots)}"
        return f"no spot plates, only {self.process}"
