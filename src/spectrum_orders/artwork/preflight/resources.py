"""What the names in a content stream stand for."""

from __future__ import annotations

import pikepdf

from spectrum_orders.artwork.preflight import colours, graphics
from spectrum_orders.artwork.preflight.colours import Inks, Model
from spectrum_orders.artwork.preflight.graphics import Graphics
from spectrum_orders.artwork.preflight.streams import called

_DEFAULTS = {
    Model.GREY: "/DefaultGray",
    Model.RGB: "/DefaultRGB",
    Model.CMYK: "/DefaultCMYK",
}


class Resources:
    """A resource dictionary, read once for each name. What is not there is None."""

    def __init__(self, resources: object) -> None:
        self.object = resources if isinstance(resources, pikepdf.Dictionary) else pikepdf.Dictionary()
        self._kinds: dict[str, pikepdf.Dictionary | None] = {}
        self._found: dict[tuple[str, str], pikepdf.Object | None] = {}
        self._spaces: dict[str, Inks] = {}
        self._graphics: dict[str, Graphics] = {}

    def find(self, kind: str, name: str) -> pikepdf.Object | None:
        """An entry by its kind (``/Font``) and name."""
        key = (kind, name)
        if key not in self._found:
            if kind not in self._kinds:
                entries = self.object.get(kind)
                self._kinds[kind] = entries if isinstance(entries, pikepdf.Dictionary) else None
            table = self._kinds[kind]
            self._found[key] = table.get(name) if table is not None else None
        return self._found[key]

    def graphics(self, name: str) -> Graphics:
        """What a graphics state dictionary sets."""
        known = self._graphics.get(name)
        if known is None:
            known = self._graphics[name] = graphics.read(self.find("/ExtGState", name))
        return known

    def space(self, name: str) -> Inks:
        """The colour space of a name: one of the device's, or one of the resources."""
        known = self._spaces.get(name)
        if known is None:
            plain = colours.device(name)
            known = self._spaces[name] = (
                self.device(plain) if plain is not None else self.read(self.find("/ColorSpace", name))
            )
        return known

    def device(self, inks: Inks) -> Inks:
        """A device's colours, which the resources may have given another meaning."""
        default = _DEFAULTS.get(inks.model)
        if default is None:
            return inks
        meant = self.find("/ColorSpace", default)
        if meant is None:
            return inks
        found = colours.read(meant)
        return found if found.parts == inks.parts else inks

    def read(self, space: object) -> Inks:
        """A colour space that is written out, or named."""
        if isinstance(space, pikepdf.Name):
            plain = colours.device(called(space))
            return self.device(plain) if plain is not None else colours.UNKNOWN
        return colours.read(space)
