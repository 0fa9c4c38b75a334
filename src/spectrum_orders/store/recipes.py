"""Recipe sets: every version, sealed, and which one is the current one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.crypto import KeyRing
from spectrum_orders.domain.catalogue.judgement import Judged, forbidding
from spectrum_orders.errors import NotFound
from spectrum_orders.store import bulk, together
from spectrum_orders.store.bulk import Rows
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.schema import artworks, clients, order_keys, print_files, recipe_sets
from spectrum_orders.store.sealed import WrappedKey
from spectrum_orders.store.together import Part
from spectrum_orders.store.transaction import Transaction

_KEYS = Part(order_keys)
_ARTWORKS = Part(artworks, ("client_id", "recipe_version"))

FIELD = "recipeSet"
"""The field that a sealed document is bound to."""


# Driver SQL, as for the inserts beside it: every captured order pays for this one.
_CURRENT_SQLITE = (
    "SELECT r.client_id, r.key, r.id FROM jsonb_each(?) AS wanted CROSS JOIN recipe_sets AS r "
    "WHERE r.client_id = wanted.value->>0 AND r.key = wanted.value->>1 AND r.superseded_at IS NULL"
)
_CURRENT_POSTGRES = (
    "SELECT r.client_id, r.key, r.id FROM jsonb_array_elements(%s::jsonb) AS wanted "
    "JOIN recipe_sets AS r ON r.client_id = (wanted->>0)::bigint AND r.key = wanted->>1 "
    "AND r.superseded_at IS NULL"
)


class Version(msgspec.Struct, frozen=True):
    """One version of a recipe set. ``products``: product version ids by handle; ``assets``: digests, hex."""

    client_id: int
    id: int
    readable_id: str
    document: bytes
    digest: bytes
    products: dict[str, int]
    assets: tuple[str, ...]
    created_at: int
    current: bool

    def __repr__(self) -> str:
        return f"Version({self.readable_id!r}, {self.id})"  # the document is a person's


def key_of(readable_id: str) -> str:
    """Ids are compared without regard to case."""
    return readable_id.strip().casefold()


def current_versions(
    connection: Connection, wanted: Collection[tuple[int, str]]
) -> dict[tuple[int, str], int]:
    """The current version's id for each (client, readable id) that is known; on the way in of every order."""
    rows = msgspec.json.encode([(client, key_of(readable)) for client, readable in wanted]).decode()
    sqlite = connection.dialect.name == "sqlite"
    found = {
        (client, key): version
        for client, key, version in connection.exec_driver_sql(
            _CURRENT_SQLITE if sqlite else _CURRENT_POSTGRES, (rows,)
        )
    }
    if not found:
        return {}
    return {
        (client, readable): version
        for client, readable in wanted
        if (version := found.get((client, key_of(readable)))) is not None
    }


def put(
    tx: Transaction,
    keys: KeyRing,
    client_id: int,
    readable_id: str,
    document: bytes,
    digest: bytes,
    *,
    products: dict[str, int],
    assets: Collection[str],
    actor: str,
) -> tuple[int, bool]:
    """Store a recipe set; its version's id, and whether it is a new one. The same again changes nothing."""
    names = msgspec.json.encode(products, order="sorted").decode()
    there = tx.connection.execute(_current(client_id, readable_id).with_for_update()).first()
    if there is not None and bytes(there.digest) == digest and there.products == names:
        return there.id, False
    number = tx.ids.take()
    if there is not None:
        tx.connection.execute(
            sa.update(recipe_sets)
            .where(recipe_sets.c.client_id == client_id, recipe_sets.c.id == there.id)
            .values(superseded_at=tx.now)
        )
    key = keys.new_order_key(client_id, number)
    sealed = key.seal(FIELD, document.decode())
    needed = msgspec.json.encode(sorted(assets)).decode()
    row = (
        client_id,
        number,
        key_of(readable_id),
        readable_id,
        sealed.hex(),
        digest.hex(),
        names,
        needed,
        tx.now,
        None,
    )
    bulk.insert(
        tx.connection,
        Rows(order_keys, [(client_id, number, key.version, key.wrapped.hex())]),
        Rows(recipe_sets, [row]),
    )
    # The digest of a person's text could be guessed back; the journal names the version alone.
    tx.record("recipe-set.put", actor, {"version": str(number)}, client_id=client_id)
    return number, True


def find_current(connection: Connection, keys: KeyRing, client_id: int, readable_id: str) -> Version | None:
    """This client's recipe set as it stands."""
    return _opened(connection, keys, connection.execute(_current(client_id, readable_id)).first())


def find_version(connection: Connection, keys: KeyRing, client_id: int, number: int) -> Version | None:
    """One version of a recipe set, the current one or not."""
    query = sa.select(recipe_sets).where(recipe_sets.c.client_id == client_id, recipe_sets.c.id == number)
    return _opened(connection, keys, connection.execute(query).first())


def current_id(connection: Connection, client_id: int, readable_id: str) -> int | None:
    """The id of the current version."""
    row = connection.execute(_current(client_id, readable_id)).first()
    return None if row is None else row.id


def find_key(connection: Connection, client_id: int, number: int) -> WrappedKey | None:
    """The wrapped key of a version, or ``None`` when it was erased."""
    row = connection.execute(
        sa.select(order_keys).where(order_keys.c.client_id == client_id, order_keys.c.order_id == number)
    ).first()
    return None if row is None else WrappedKey(row.version, bytes(row.wrapped))


class Making(msgspec.Struct, frozen=True):
    """Under which key a version was made, and when: another for whatever is made again."""

    key: WrappedKey
    made_at: int | None


def find_makings(connection: Connection, marks: Sequence[Mark]) -> dict[Mark, Making]:
    """The newest making of many versions, by client and version; those that were erased are left out."""
    keys, made = together.read(connection, marks, _KEYS, _ARTWORKS)
    return {
        mark: Making(WrappedKey(row.version, row.wrapped), made[mark][0].made_at if mark in made else None)
        for mark, [row] in keys.items()
    }


def find_artworks(connection: Connection, marks: Sequence[Mark]) -> dict[Mark, Artwork]:
    """What became of many versions, by client and version; those that nobody has made yet are left out."""
    [found] = together.read(connection, marks, _ARTWORKS)
    return {mark: read_artwork(row) for mark, [row] in found.items()}


def client_handle(connection: Connection, client_id: int) -> str:
    """Whose recipe sets these are."""
    return str(connection.execute(sa.select(clients.c.handle).where(clients.c.id == client_id)).scalar_one())


def _current(client_id: int, readable_id: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(recipe_sets).where(
        recipe_sets.c.client_id == client_id,
        recipe_sets.c.key == key_of(readable_id),
        recipe_sets.c.superseded_at.is_(None),
    )


def _opened(connection: Connection, keys: KeyRing, row: sa.Row[tuple[object, ...]] | None) -> Version | None:
    if row is None:
        return None
    fields = row._mapping
    client_id, number = fields["client_id"], fields["id"]
    wrapped = find_key(connection, client_id, number)
    if wrapped is None:  # erased
        return None
    key = keys.open_order_key(client_id, number, wrapped.wrapped, wrapped.version)
    return Version(
        client_id,
        number,
        fields["readable_id"],
        key.open(FIELD, bytes(fields["sealed"])).encode(),
        bytes(fields["digest"]),
        msgspec.json.decode(fields["products"], type=dict[str, int]),
        msgspec.json.decode(fields["assets"], type=tuple[str, ...]),
        fields["created_at"],
        fields["superseded_at"] is None,
    )


READY, REJECTED, FAILED, ERASED = "ready", "rejected", "failed", "erased"
UNPRINTABLE = (REJECTED, FAILED)


class Artwork(msgspec.Struct, frozen=True):
    """What became of a version: ``ready``, ``rejected``, ``failed`` or ``erased``; ``findings`` is JSON."""

    state: str
    findings: str
    renderer: str
    made_at: int

    @property
    def against(self) -> tuple[Judged, ...]:
        """What forbids to print it, in the order of its findings; empty unless it is ``UNPRINTABLE``."""
        return forbidding(self.findings) if self.state in UNPRINTABLE else ()


class PrintFileRow(msgspec.Struct, frozen=True):
    """A print file that lies sealed in ``files`` under its version's key."""

    place: int
    product: str
    area: str
    suffix: str
    media_type: str
    size: int
    digest: bytes
    crc32: int
    earlier: str = "[]"


def find_artwork(connection: Connection, client_id: int, version: int) -> Artwork | None:
    """What became of a version, or ``None`` when nobody has made it yet."""
    row = connection.execute(
        sa.select(artworks).where(artworks.c.client_id == client_id, artworks.c.recipe_version == version)
    ).first()
    return None if row is None else read_artwork(row)


def read_artwork(row: Any) -> Artwork:
    """An artwork from its row."""
    return Artwork(row.state, row.findings, row.renderer, row.made_at)


def any_print_files(connection: Connection) -> bool:
    """Whether anything was ever made that has not been erased."""
    return connection.execute(sa.select(print_files.c.recipe_version).limit(1)).first() is not None


def find_print_files(connection: Connection, client_id: int, version: int) -> list[PrintFileRow]:
    """The print files of a version, in the order of its recipes and areas."""
    query = (
        sa.select(print_files)
        .where(print_files.c.client_id == client_id, print_files.c.recipe_version == version)
        .order_by(print_files.c.place)
    )
    return [
        PrintFileRow(
            row.place,
            row.product,
            row.area,
            row.suffix,
            row.media_type,
            row.bytes,
            bytes(row.digest),
            row.crc32,
            row.earlier,
        )
        for row in connection.execute(query)
    ]


def forget_failed(tx: Transaction, client_id: int, versions: Collection[int]) -> int:
    """Let versions that could not be made be made again; how many. What was made stays as it is."""
    done = tx.connection.execute(
        sa.delete(artworks).where(
            artworks.c.client_id == client_id,
            artworks.c.recipe_version.in_(versions),
            artworks.c.state == FAILED,
        )
    )
    return done.rowcount


def note_artwork(
    tx: Transaction, client_id: int, version: int, artwork: Artwork, files: Collection[PrintFileRow]
) -> None:
    """Record what became of a version. Made again, it replaces what was there. Raises NotFound when the
    version was erased while it was made.
    """
    key = sa.select(order_keys.c.version).where(
        order_keys.c.client_id == client_id, order_keys.c.order_id == version
    )
    # Held, so that an erasure comes before this or after it, and finds what this has written.
    if tx.connection.execute(key.with_for_update(read=True)).first() is None:
        raise NotFound("The artwork of this line was erased.")
    mine = (artworks.c.client_id == client_id, artworks.c.recipe_version == version)
    tx.connection.execute(sa.delete(artworks).where(*mine))
    tx.connection.execute(
        sa.delete(print_files).where(
            print_files.c.client_id == client_id, print_files.c.recipe_version == version
        )
    )
    bulk.insert(
        tx.connection,
        Rows(
            artworks,
            [(client_id, version, artwork.state, artwork.findings, artwork.renderer, artwork.made_at)],
        ),
        Rows(
            print_files,
            [
                (
                    client_id,
                    version,
                    one.place,
                    one.product,
                    one.area,
                    one.suffix,
                    one.media_type,
                    one.size,
                    one.digest.hex(),
                    one.crc32,
                    one.earlier,
                )
                for one in files
            ],
        ),
    )
    tx.record(f"artwork.{artwork.state}", "worker", {"version": str(version)}, client_id=client_id)
