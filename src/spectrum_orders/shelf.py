"""Whether what was made is still there: the rows of the store outlive a file that is lost."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from spectrum_orders.artwork.places import SHEET, file_name
from spectrum_orders.files import ARTWORK, Files, FilesAway
from spectrum_orders.store import recipes
from spectrum_orders.store.recipes import READY, Artwork


def has(files: Files, client_id: int, version: int, places: Iterable[int]) -> bool:
    """Whether all files of a version that is ready lie there: those at ``places``, and the sheet.

    Raises FilesAway when nothing of any version does.
    """
    if not files.has_folder(ARTWORK):
        raise FilesAway
    names = (file_name(client_id, version, member) for member in (*map(str, places), SHEET))
    return all(map(files.has, names))


def find(connection: Connection, files: Files, client_id: int, version: int) -> tuple[Artwork | None, bool]:
    """What became of a version, and whether its files are lost. Raises as ``has`` does."""
    artwork = recipes.find_artwork(connection, client_id, version)
    if artwork is None or artwork.state != READY:
        return artwork, False
    rows = recipes.find_print_files(connection, client_id, version)
    return artwork, not has(files, client_id, version, (row.place for row in rows))
