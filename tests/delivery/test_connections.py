"""One connection to each destination, that ends when it failed or when the destination is another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from spectrum_orders.delivery import vault
from spectrum_orders.delivery.connections import Connections
from spectrum_orders.delivery.transports import DeliveryFailed
from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import partners
from spectrum_orders.store.partners import DestinationRow
from tests.delivery.contents import LOCAL, NAME, noise
from tests.harness.place import Place
from tests.harness.sftp import PASSWORD, Sftp
from tests.store.opening import opened

SMALL = noise(5_000)


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Sftp]:
    (tmp_path / "in").mkdir()
    with Sftp(tmp_path / "in") as running:
        yield running


@pytest.fixture
def runtime(database: Place) -> Iterator[Runtime]:
    with opened(database, SPECTRUM_OUTBOUND_NETWORKS=",".join(LOCAL)) as running:
        yield running


def added(runtime: Runtime, factory: Sftp, secret: str) -> DestinationRow:
    with runtime.ledger.write() as tx:
        number = tx.ids.take()
        sealed, key = vault.seal_secret(runtime.keys, number, secret)
        maker = partners.create(tx, "press", name="", settings=PartnerSettings())
        options = {"host_key": factory.host_key}
        partners.add_destination(
            tx, maker, factory.url, "test", options=options, number=number, secret=sealed, key=key
        )
        (row,) = partners.list_destinations(tx.connection)
    return row


def with_secret(runtime: Runtime, row: DestinationRow, secret: str) -> DestinationRow:
    """The destination with another secret, once that is stored."""
    with runtime.ledger.write() as tx:
        sealed = vault.seal_another(tx.connection, runtime.keys, row.id, secret)
        partners.change_destination(tx, row, (row.url, row.options, sealed), ["secret"])
        (changed,) = partners.list_destinations(tx.connection)
    return changed


def test_a_mended_secret_is_used_at_once_and_the_same_one_keeps_its_connection(
    runtime: Runtime, factory: Sftp
) -> None:
    row = added(runtime, factory, "not the password")

    async def go() -> None:
        connections = Connections(runtime)
        with pytest.raises(DeliveryFailed):
            async with connections.use(row) as before:
                await before.names("SHOP", ".received")
        mended = with_secret(runtime, row, PASSWORD)
        for health in (0, 3):
            async with connections.use(msgspec.structs.replace(mended, failures=health)) as transport:
                assert await transport.names("SHOP", ".received") == []
        await connections.close()

    asyncio.run(go())
    assert factory.logins == 2


def test_whoever_has_just_read_a_secret_that_was_replaced_fails_at_the_factory_and_not_here(
    runtime: Runtime, factory: Sftp
) -> None:
    row = added(runtime, factory, "not the password")
    with_secret(runtime, row, PASSWORD)

    async def go() -> None:
        connections = Connections(runtime)
        with pytest.raises(DeliveryFailed) as failed:
            async with connections.use(row) as transport:
                await transport.names("SHOP", ".received")
        assert failed.value.code == "auth"
        await connections.close()

    asyncio.run(go())
    assert factory.logins == 1


def test_another_secret_ends_the_earlier_connection_once_nobody_uses_it(
    runtime: Runtime, factory: Sftp
) -> None:
    row = added(runtime, factory, PASSWORD)

    async def go() -> None:
        connections = Connections(runtime)
        async with connections.use(row) as before:
            await before.put(NAME, SMALL)
            async with connections.use(with_secret(runtime, row, PASSWORD)) as after:
                assert after is not before
                await after.put(NAME, SMALL)
            assert (factory.connections, factory.open_connections) == (2, 2)
            assert (await before.put(NAME, SMALL)).already_there
        assert factory.connections == 2
        await gone(factory, 1)
        await connections.close()
        await gone(factory, 0)

    asyncio.run(go())


def test_a_failure_closes_no_connection_under_somebody_else(runtime: Runtime, factory: Sftp) -> None:
    row = added(runtime, factory, PASSWORD)

    async def go() -> None:
        connections = Connections(runtime)
        async with connections.use(row) as listing:
            assert await listing.names("SHOP", ".received") == []
            factory.full = True
            with pytest.raises(DeliveryFailed):
                async with connections.use(row) as sending:
                    await sending.put(NAME, SMALL)
            assert sending is listing
            assert await listing.names("SHOP", ".received") == []
            assert (factory.connections, factory.open_connections) == (1, 1)
        await gone(factory, 0)
        async with connections.use(row) as anew:
            assert anew is not listing
        await connections.close()

    asyncio.run(go())


async def gone(factory: Sftp, left: int) -> None:
    """Wait until the server has seen connections end."""
    for _ in range(2_000):
        if factory.open_connections == left:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{factory.open_connections} connections are open")
