"""The power goes, again and again, at any moment of one run over SQLite."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import sqlalchemy as sa

from spectrum_orders.runtime import SQLITE_FILE
from spectrum_orders.store.database import Database
from spectrum_orders.store.schema import orders
from tests.durability.disk import Disk, Note, Platter, read_notes
from tests.durability.history import KEPT
from tests.durability.load import Attempt, Load
from tests.durability.opened import check_connection
from tests.harness.place import SQLITE, Place
from tests.harness.server import Server
from tests.harness.shop import Shop


class Recording:
    """One run of a server, with what its disk was told and when each order was acknowledged.

    `base` is the data directory as it was before; `acknowledged` maps each number to the size of
    the notes when its answer had arrived: a power cut after that may not lose it.
    """

    def __init__(self, library: Path, folder: Path, orders_wanted: int) -> None:
        place = Place(SQLITE, folder)
        with Server(place) as plain, Shop(plain) as shop:
            token = shop.token
        self.folder = folder
        self.base = folder.with_name("base")
        shutil.copytree(folder, self.base)
        self.disk = Disk(library, folder)
        self.acknowledged: dict[str, int] = {}
        server = Server(place, self.disk.settings)
        with server, Load(server, token, "p", after=self._note) as load:
            load.wait_for(orders_wanted, 200)
            # Killed, so that no tidy end hides what was left unsynced.
            server.kill()
        self.sent = {attempt.number for attempt in load.attempts}

    def _note(self, attempt: Attempt) -> None:
        if attempt.status in KEPT:
            noted = self.disk.noted()
            self.acknowledged.setdefault(attempt.number, noted)

    def notes(self) -> list[Note]:
        """Everything the disk was told."""
        return list(read_notes(self.disk.log))


def cut_power_often(
    recording: Recording, cuts: int, folder: Path, *, seed: str, believing_syncs: bool = True
) -> set[str]:
    """The power goes after `cuts` of the notes. Gives the orders that were lost: none, one hopes.

    Each time the database must open by itself, whole, with nothing in it that nobody sent.
    """
    chance = random.Random(seed)
    notes = recording.notes()
    # A checkpoint, which writes to the main file, is where most can go wrong and only a small part of a run.
    checkpoints = [place for place, note in enumerate(notes[:-30]) if note.name.endswith(SQLITE_FILE)]
    near = [place + chance.randrange(30) for place in chance.sample(checkpoints, cuts // 3)]
    moments = sorted({*near, *chance.sample(range(len(notes)), cuts - len(near)), len(notes) - 1})
    # The platter knows the folder under the name that stands in the notes.
    shutil.rmtree(recording.folder)
    shutil.copytree(recording.base, recording.folder)
    platter = Platter(recording.folder)
    lost: set[str] = set()
    upcoming = iter(moments)
    moment = next(upcoming)
    for place, note in enumerate(notes):
        platter.take(note, believing_syncs=believing_syncs)
        if place != moment:
            continue
        target = folder / f"cut-{place}"
        platter.cut_power(target, None if place % 3 == 0 or not believing_syncs else chance)
        there = _open(target, whole=believing_syncs)
        assert there <= recording.sent, f"nobody sent these: {there - recording.sent}"
        lost |= {number for number, end in recording.acknowledged.items() if end <= note.end} - there
        shutil.rmtree(target)
        moment = next(upcoming, -1)
    return lost


def _open(folder: Path, *, whole: bool) -> set[str]:
    database = Database(path=folder / SQLITE_FILE)
    try:
        with database.read() as connection:
            if whole:
                check_connection(connection)
            return set(connection.execute(sa.select(orders.c.purchase_order_number)).scalars())
    finally:
        database.close()
