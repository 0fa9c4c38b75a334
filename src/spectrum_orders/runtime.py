"""What a process holds while it runs: settings, database, ledger and keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.engine import Connection

from spectrum_orders import crypto
from spectrum_orders.config import Settings
from spectrum_orders.crypto import KeyRing, RingFile
from spectrum_orders.errors import Conflict
from spectrum_orders.files import ARTWORK, ASSETS, Files, FilesAway
from spectrum_orders.store import assets, deployment, migrations, recipes
from spectrum_orders.store.database import Database
from spectrum_orders.store.transaction import Ledger

_log = structlog.get_logger()

SQLITE_FILE = "orders.sqlite3"

_RESTORE = (
    "Restore the ring from its backup, or let SPECTRUM_DATA_DIR or SPECTRUM_DATABASE_URL name the "
    "right database: another ring opens no order that is already there."
)


class Runtime:
    """Opened once per process and handed down; nothing here is global."""

    def __init__(self, settings: Settings, database: Database, ring: KeyRing | RingFile) -> None:
        self.settings = settings
        self.database = database
        self.ledger = Ledger(database)
        self._ring = ring
        self.files = Files(settings.files_dir)

    @property
    def keys(self) -> KeyRing:
        """The key ring as it stands: a rotation replaces it while the process runs."""
        return self._ring.ring if isinstance(self._ring, RingFile) else self._ring

    def refresh_keys(self) -> bool:
        """Read the key ring again if its file was replaced; whether it was. Raises BadKeyRing."""
        return isinstance(self._ring, RingFile) and self._ring.refresh()


def need_files(files: Files, connection: Connection, folder: str) -> None:
    """Raises FilesAway when ``folder`` is missing, and files are known that should lie there or beside it.

    A mount point on which nothing is mounted looks like a folder in which nothing was ever stored.
    """
    if files.has_folder(folder):
        return
    for one, holds in ((ARTWORK, recipes.any_print_files), (ASSETS, assets.any_there)):
        if not files.has_folder(one) and holds(connection):
            raise FilesAway


def open_database(settings: Settings) -> Database:
    """The database of these settings, not yet connected. Makes the data directory (mode 0700)."""
    if settings.database_url is not None:
        return Database(url=settings.database_url)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.data_dir / SQLITE_FILE
    # SQLite gives its log and its index the mode of the database, which it would make world-readable.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return Database(path=path, cache_mib=settings.sqlite_cache_mib)


def load_keys(settings: Settings) -> KeyRing | RingFile:
    """The key ring: from its setting, or from its file, which the first start makes."""
    if settings.keyring is not None:
        return KeyRing.parse(settings.keyring)
    settings.keyring_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _, created = crypto.load_or_create(settings.keyring_file)
    if created:
        _log.warning(
            "new key ring: back it up now, apart from the database; without it no address can be read",
            file=str(settings.keyring_file),
        )
    return RingFile(settings.keyring_file)


@contextmanager
def open_runtime(settings: Settings) -> Iterator[Runtime]:
    """Open everything, bring the schema up to date, and check that the database is ours.

    SQLite is migrated on the way; PostgreSQL only by ``spectrum migrate``, because there more
    than one version may be running. Raises Conflict with what to do, or Unavailable.
    """
    database = open_database(settings)
    try:
        _check_schema(database)
        _check_environment(database, settings)
        keys = _load_own_keys(database, settings)
        yield Runtime(settings, database, keys)
    finally:
        database.close()


def _check_environment(database: Database, settings: Settings) -> None:
    with database.read() as connection:
        environment = deployment.read_environment(connection)
    if environment is None:
        with database.write() as connection:
            environment = deployment.claim_environment(connection, settings.environment)
    if environment != settings.environment:
        raise Conflict(
            f"This database belongs to the environment {environment!r}, but SPECTRUM_ENVIRONMENT is "
            f"{settings.environment!r}. One database holds one environment: correct the setting, or let "
            "SPECTRUM_DATA_DIR or SPECTRUM_DATABASE_URL name the right database."
        )


def _load_own_keys(database: Database, settings: Settings) -> KeyRing | RingFile:
    """The key ring, once it is certain that it is the one this database is sealed under."""
    with database.read() as connection:
        needed = deployment.read_key_ring(connection)
    if needed is not None and settings.keyring is None and not settings.keyring_file.exists():
        # Before load_keys makes one: orders sealed under it could never be told from the others.
        raise Conflict(
            f"The key ring {settings.keyring_file} is missing, and this database is sealed under it "
            f"(key id {needed}). {_RESTORE}"
        )
    keys = load_keys(settings)
    ring = keys.ring if isinstance(keys, RingFile) else keys
    if ring.key_id == needed:
        return keys
    with database.write() as connection:
        needed = deployment.claim_key_ring(connection, ring.key_id)
    if ring.key_id != needed:
        raise Conflict(
            f"This database is sealed under another key ring: it needs the one with the key id {needed}, "
            f"and was given {ring.key_id}. {_RESTORE}"
        )
    return keys


def _check_schema(database: Database) -> None:
    with database.read() as connection:
        revision = migrations.current(connection)
    if revision == migrations.head():
        return
    if revision is not None and not migrations.known(revision):
        raise Conflict(
            f"The database has schema {revision}, which this version does not know: it was used by a newer "
            "version. Run that version, or restore the backup made before the upgrade."
        )
    if not database.is_sqlite:
        raise Conflict(
            f"The database's schema is {revision or 'empty'}, this version needs {migrations.head()}. "
            "Run: spectrum migrate"
        )
    migrations.upgrade(database)
