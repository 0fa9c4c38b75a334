"""Uploads: pictures, fonts, profiles and finished files, sealed, under the SHA-256 of their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from spectrum_orders.artwork import tasks
from spectrum_orders.artwork.places import asset_name
from spectrum_orders.cataloguing.changing import change
from spectrum_orders.errors import TooLarge, Unavailable
from spectrum_orders.files import ASSETS
from spectrum_orders.runtime import Runtime, need_files
from spectrum_orders.store import assets
from spectrum_orders.store.assets import Asset
from spectrum_orders.store.parties import Client
from spectrum_orders.store.sealed import WrappedKey
from spectrum_orders.store.transaction import now_us

if TYPE_CHECKING:
    from spectrum_orders.artwork.intake import Verdict

Judge = Callable[[bytes], "Verdict"]
"""Says what an upload is, or raises Invalid."""


def store_asset(
    runtime: Runtime, client: Client, chunks: Iterable[bytes], actor: str, judge: Judge = tasks.judge
) -> Asset:
    """Store a picture, font, profile or finished file, sealed, under the SHA-256 of its bytes.

    What is there already is not stored twice. ``judge`` looks into what strangers sent: a server has
    that done in a process of its own. Raises TooLarge, FilesAway, and Invalid for what is of
    no known kind, is damaged, or grows beyond measure when it is opened.
    """
    with runtime.database.read() as connection:
        need_files(runtime.files, connection, ASSETS)
    number = runtime.ledger.ids.take()
    key = runtime.keys.new_order_key(client.id, number)
    name = asset_name(client.id, number)
    stored = runtime.files.write(name, key, _bounded(chunks, runtime.settings.max_asset_bytes))
    needed = False
    try:
        there = _known(runtime, client, stored.sha256)
        if there is not None:
            return there
        verdict = judge(runtime.files.whole(name, key))
        asset = Asset(
            client.id,
            stored.sha256,
            number,
            verdict.kind.value,
            verdict.media_type,
            stored.size,
            verdict.facts,
            now_us(),
            WrappedKey(key.version, key.wrapped),
        )
        try:
            needed = change(runtime, client, lambda tx: assets.add(tx, asset, actor=actor))
        except Unavailable:
            # A connection that is lost during the commit leaves open whether the row is there. A file that
            # nobody names does no harm; a row without its file would.
            needed = True
            raise
        return asset if needed else _known(runtime, client, stored.sha256) or asset
    finally:
        if not needed:
            runtime.files.delete(name)


def _known(runtime: Runtime, client: Client, digest: bytes) -> Asset | None:
    with runtime.database.read() as connection:
        return assets.find(connection, client.id, [digest]).get(digest)


def _bounded(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooLarge(f"An asset may have at most {most:,} bytes (SPECTRUM_MAX_ASSET_BYTES).")
        yield chunk
