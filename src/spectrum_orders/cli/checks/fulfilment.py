"""From an order to its factory: files, partners with a destination of this environment, a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spectrum_orders.cli.checks.check import Check, fail, ok, warn
from spectrum_orders.config import Settings
from spectrum_orders.errors import SpectrumError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

MOST_NAMED = 5
"""Partners or destinations that one finding names; the rest is counted."""


def check_fulfilment(settings: Settings) -> Iterator[Check]:
    """Everything that an acknowledged order needs to become files at a factory."""
    import sqlalchemy

    from spectrum_orders.runtime import SQLITE_FILE, open_database

    yield _files(settings)
    if not settings.on_postgresql and not (settings.data_dir / SQLITE_FILE).exists():
        return
    database = open_database(settings)
    try:
        with database.read() as connection:
            yield from _files_known(connection, settings)
            yield from _destinations(connection, settings)
            yield _worker(connection, settings)
            yield _mail(connection, settings)
    except (SpectrumError, sqlalchemy.exc.SQLAlchemyError):
        return  # the database's own check says what is wrong with it
    finally:
        database.close()


def _files(settings: Settings) -> Check:
    folder = settings.files_dir
    if not folder.exists():
        return ok("files folder", f"{folder} is not there yet")
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail(
            "files folder",
            f"{folder} is not a folder that this user may read and write",
            "Give it to the server's user, or set SPECTRUM_FILES_DIR to another.",
        )
    return ok("files folder", str(folder))


def _files_known(connection: Connection, settings: Settings) -> Iterator[Check]:
    from spectrum_orders.files import ARTWORK, ASSETS, Files, FilesAway
    from spectrum_orders.runtime import need_files

    for folder in (ARTWORK, ASSETS):
        try:
            need_files(Files(settings.files_dir), connection, folder)
        except FilesAway:
            yield fail(
                folder,
                f"files are known, and {settings.files_dir / folder} is missing",
                "Mount the disk with the files. If it is lost: docs/operations.md, sealed files are lost.",
            )


def _destinations(connection: Connection, settings: Settings) -> Iterator[Check]:
    from spectrum_orders.store import exceptions, partners, routing

    needed = {row.partner_id for row in routing.list_all(connection)}
    if not needed:
        yield ok("destinations", "no rule leads anywhere yet: orders are kept, and nothing is made of them")
        return
    ways = partners.list_destinations(connection)
    marked = {one.partner_id for one in ways if one.environment == settings.environment}
    homeless = [one.handle for one in partners.everybody(connection) if one.id in needed - marked]
    if homeless:
        yield warn(
            "destinations",
            f"no destination is marked for {settings.environment!r} at: {_named(homeless)}",
            "Their packages wait. Say where they go: spectrum destination add --partner HANDLE URL",
        )
    else:
        yield ok("destinations", f"every partner that a rule leads to has one for {settings.environment!r}")
    ailing = [
        f"{one.destination_id} of {one.partner} ({one.last_error})"
        for one in exceptions.find_ailing(connection)
    ]
    if ailing:
        yield warn(
            "deliveries", f"the last attempt failed at: {_named(ailing)}", "Run: spectrum destination test ID"
        )


def _worker(connection: Connection, settings: Settings) -> Check:
    from spectrum_orders.store import exceptions, queue
    from spectrum_orders.store.transaction import now_us

    idle = [one for one in exceptions.find_behind(connection, now_us()) if one.lane != queue.PLAN]
    if idle:
        count = sum(one.rows for one in idle)
        return warn(
            "worker",
            f"{count} files or deliveries have been due for over five minutes and nobody takes them",
            "Start the server with SPECTRUM_DELIVER=on, or spectrum worker; or see: spectrum exceptions",
        )
    if settings.deliver == "on":
        return ok("worker", "spectrum serve makes files and delivers")
    if settings.on_postgresql:
        return ok("worker", "left to spectrum worker (SPECTRUM_DELIVER is off); nothing is overdue")
    return warn(
        "worker",
        "nobody makes files or delivers: SPECTRUM_DELIVER is off, and SQLite has no workers of their own",
        "Set SPECTRUM_DELIVER to on.",
    )


def _mail(connection: Connection, settings: Settings) -> Check:
    from spectrum_orders.store import endpoints

    if settings.smtp_url is not None:
        return ok("mail", "contacts of webhooks are told by mail")
    untold = [one.readable_id for one in endpoints.in_use(connection) if one.contact]
    if not untold:
        return ok("mail", "no webhook in use has a contact who would have to be told")
    return warn(
        "mail",
        f"nobody can tell the contact, should it be parked, of: {_named(untold)}",
        "Say by which server mail is sent: SPECTRUM_SMTP_URL.",
    )


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
