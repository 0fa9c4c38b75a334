"""Where artwork lies among the sealed files, and which assets a print file is made of."""

from __future__ import annotations

from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.recipe import Filling, Image, Text
from spectrum_orders.files import asset_name, version_folder

__all__ = ["SHEET", "asset_name", "file_name", "needs"]

SHEET = "sheet"
"""The name of the sheet among a version's files; its print files are named by their places."""


def file_name(client_id: int, version: int, member: str) -> str:
    """Where a version's file lies among the sealed files."""
    return f"{version_folder(client_id, version)}/{member}"


def needs(area: Area, filling: Filling) -> set[str]:
    """The SHA-256 (hex) of every asset that a file is made of."""
    wanted = {one for one in (area.profile, filling.file) if one is not None}
    for layer in filling.layers:
        if isinstance(layer, Image):
            wanted.add(layer.asset)
        elif isinstance(layer, Text):
            wanted.add(layer.font)  # a family's name is simply not among the assets
    return wanted
