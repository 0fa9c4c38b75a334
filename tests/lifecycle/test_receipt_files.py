"""Files that say "received" while another factory hangs, refuses, or shows nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FreshServer
from tests.harness.factory import Factory, order, sell
from tests.harness.server import Server
from tests.harness.sftp import PASSWORD, Sftp
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, read, until

UNHEARD = "receipt files not looked for"


def quick_server(fresh_server: FreshServer) -> Server:
    return fresh_server(
        SPECTRUM_DELIVER="on",
        SPECTRUM_RECEIPT_FILE_INTERVAL="100 ms",
        SPECTRUM_OUTBOUND_NETWORKS="127.0.0.0/8",
    )


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Sftp]:
    (tmp_path / "served").mkdir()
    with Sftp(tmp_path / "served") as running:
        yield running


def by_sftp(server: Server, sftp: Sftp, shop: Shop, tmp_path: Path, sku: str) -> Path:
    """A second factory, at an SFTP server; where its packages lie."""
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD)
    server.spectrum("partner", "create", "far")
    at = ("--host-key", sftp.host_key, "--secret-file", str(secret))
    server.spectrum("destination", "add", "--partner", "far", sftp.url, *at)
    server.spectrum("route", "add", "--client", shop.handle, "--partner", "far", "--sku", sku, "--rank", "1")
    return sftp.root / shop.handle


@contextmanager
def selling_by_sftp(server: Server, sftp: Sftp, tmp_path: Path) -> Iterator[tuple[Shop, Path]]:
    """A shop all of whose orders go to a factory at an SFTP server; where its packages lie."""
    with Shop(server) as shop:
        folder = by_sftp(server, sftp, shop, tmp_path, "*")
        sell(shop, "ABCD1234")
        yield shop, folder


def have_delivered(shop: Shop, *numbers: str) -> None:
    for number in numbers:
        shop.acknowledge(order(number, "ABCD1234"))
        until(shop, number, all_delivered)


def collected(shop: Shop, *numbers: str) -> list[bool]:
    return [read(shop, one)["progress"]["collected"] == 1 for one in numbers]


def is_collected(found: dict[str, Any]) -> bool:
    return bool(found["progress"]["collected"] == 1)


def say_received(folder: Path) -> None:
    for package in folder.glob("*.zip"):
        package.with_name(package.name + ".received").touch()


def test_a_factory_that_hangs_keeps_no_other_from_saying_what_it_received(
    sftp: Sftp, fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = quick_server(fresh_server)
    near = Factory(server, tmp_path / "near")
    with Shop(server) as shop:
        near.receives(shop)
        by_sftp(server, sftp, shop, tmp_path, "FAR*")
        sell(shop, "ABCD1234")
        for place in range(4):
            shop.acknowledge(order(f"FAR-{place}", "ABCD1234", sku="FAR-MUG"))
        for place in range(4):
            until(shop, f"FAR-{place}", all_delivered)
        with sftp.stopped():
            time.sleep(1)  # long enough for a look to hang there
            shop.acknowledge(order("NEAR-1", "ABCD1234"))
            until(shop, "NEAR-1", all_delivered)
            began = time.monotonic()
            say_received(near.folder / shop.handle)
            until(shop, "NEAR-1", is_collected)
            assert time.monotonic() - began < 10  # one question to a server that hangs takes 15 s or longer


def test_a_factory_without_a_program_says_what_it_received_whatever_it_shows(
    sftp: Sftp, fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = quick_server(fresh_server)
    with selling_by_sftp(server, sftp, tmp_path) as (shop, folder):
        numbers = [f"PO-{place}" for place in range(3)]
        have_delivered(shop, *numbers[:2])
        (first,) = folder.glob("PO-0_*.zip")
        first.with_name(first.name + ".received").touch()
        (folder / "PO-1_pkg_zzzzzzzzzzzzz.zip.received").touch()
        (folder / f"PO-9{first.name.removeprefix('PO-0')}.received").touch()
        until(shop, "PO-0", is_collected)
        assert collected(shop, "PO-1") == [False]
        asked = sftp.operations.count("list")
        sftp.lists = False
        have_delivered(shop, numbers[2])
        say_received(folder)
        for number in numbers:
            until(shop, number, is_collected)
        assert asked > 0
        # Nothing more is there to be said, and nobody looks.
        time.sleep(0.5)
        looked = sftp.operations.count("list")
        time.sleep(1)
        assert sftp.operations.count("list") == looked


# About a wire: the database has no part in it.
@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
def test_a_factory_that_is_down_is_one_warning_and_not_one_for_every_look(
    fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = quick_server(fresh_server)
    (tmp_path / "served").mkdir()
    with Shop(server) as shop:
        with Sftp(tmp_path / "served") as sftp:
            by_sftp(server, sftp, shop, tmp_path, "*")
            sell(shop, "ABCD1234")
            have_delivered(shop, "PO-1", "PO-2")
        deadline = time.monotonic() + 30
        while UNHEARD not in server.logs():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(7)  # the first rest after a failure is 5 s
        assert server.logs().count(UNHEARD) == 1


# About a wire: the database has no part in it.
@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
def test_a_factory_that_changed_its_password_is_looked_at_again_once_it_is_told(
    sftp: Sftp, fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = quick_server(fresh_server)
    with selling_by_sftp(server, sftp, tmp_path) as (shop, folder):
        have_delivered(shop, "PO-1")
        sftp.password = "another"
        sftp.cut_at = "list"
        deadline = time.monotonic() + 60
        while '"code": "auth"' not in server.logs().replace('":"', '": "'):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        say_received(folder)
        (row,) = json.loads(server.spectrum("destination", "list", "--json").stdout)
        server.spectrum("destination", "set", row["id"], "--secret-file", "-", given="another")
        until(shop, "PO-1", is_collected)
