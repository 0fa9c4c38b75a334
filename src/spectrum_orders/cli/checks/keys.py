"""The key ring: there, readable by us alone, and holding every version the orders need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from spectrum_orders.cli.checks.check import Check, fail, ok, warn
from spectrum_orders.config import Settings
from spectrum_orders.errors import SpectrumError

if TYPE_CHECKING:
    from spectrum_orders.crypto import KeyRing


def check_keys(settings: Settings) -> Iterator[Check]:
    """The key ring and what is wrapped under it. Makes none."""
    from spectrum_orders.crypto import BadKeyRing, KeyRing, load

    used = _used(settings)
    file = settings.keyring_file
    if settings.keyring is None and not file.exists():
        if used:
            yield fail(
                "key ring",
                f"{file} is missing, and {sum(used.values())} orders are sealed under it",
                "Restore it from its backup, and do not start the server before: it would make a new one, "
                "which opens nothing.",
            )
        else:
            yield warn(
                "key ring",
                f"{file} is not there yet",
                "Nothing to do: the first start makes it. Then back it up.",
            )
        return
    try:
        ring = KeyRing.parse(settings.keyring) if settings.keyring is not None else load(file)
    except BadKeyRing as error:
        yield fail("key ring", error.message, "Mend what is said, or restore the ring from its backup.")
        return
    where = "from the settings" if settings.keyring is not None else str(file)
    yield ok("key ring", f"{where}, version {ring.active} active of {len(ring.versions)}; is it backed up?")
    yield from _versions(ring, used)


def _versions(ring: KeyRing, used: dict[int, int]) -> Iterator[Check]:
    lost = {version: count for version, count in used.items() if version not in ring.versions}
    old = sum(count for version, count in used.items() if version != ring.active and version not in lost)
    if lost:
        yield fail(
            "key versions",
            f"{sum(lost.values())} orders need versions that are not on the ring ({_listed(lost)})",
            "This may be another deployment's ring or an old backup: restore the right one.",
        )
    elif old:
        yield warn(
            "key versions", f"{old} orders are wrapped under an old version", "Run: spectrum keys rotate"
        )
    else:
        yield ok("key versions", "every order is wrapped under the active one")


def _listed(versions: Iterable[int]) -> str:
    return ", ".join(str(version) for version in sorted(versions))


def _used(settings: Settings) -> dict[int, int]:
    """How many orders each version wraps; nothing where the database cannot say."""
    import sqlalchemy

    from spectrum_orders.runtime import SQLITE_FILE, open_database
    from spectrum_orders.store import people

    if not settings.on_postgresql and not (settings.data_dir / SQLITE_FILE).exists():
        return {}
    database = open_database(settings)
    try:
        with database.read() as connection:
            return people.count_by_version(connection)
    except (SpectrumError, sqlalchemy.exc.SQLAlchemyError):
        return {}  # the database's own check says what is wrong with it
    finally:
        database.close()
