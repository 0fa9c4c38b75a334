"""Promise: in a folder a file appears whole or not at all, and nothing is written outside it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.delivery.transports import DeliveryFailed, Proof, Transport
from spectrum_orders.delivery.transports.folder import THREADS, FolderTransport
from spectrum_orders.delivery.transports.names import split_name, temporary_name
from tests.delivery import putting
from tests.delivery.contents import NAME, Changed, Held, failure, files, noise, opened, put, using, visible
from tests.durability.disk import BROKEN, FULL, UNSYNCED, Disk, compile_disk

ROOT = Path(__file__).parents[2]
SMALL = noise(5_000)
LARGE = noise(2_500_000, seed=2)


@pytest.fixture
def factory(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def to(factory: Path) -> Transport:
    return opened(f"folder://{factory}")


def child(what: str, folder: Path, **environment: str) -> list[dict[str, Any]]:
    """What a process of its own said; see putting.py."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.delivery.putting", what, str(folder)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}/src", **environment},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("content", [noise(0), noise(1), SMALL, LARGE], ids=lambda one: one.size)
def test_a_file_arrives_whole_and_nothing_else_is_left(factory: Path, content: Held) -> None:
    proof = put(to(factory), content)
    assert files(factory) == {NAME: content.data}
    assert (proof.size, proof.sha256, proof.already_there) == (content.size, content.sha256.hex(), False)
    assert proof.where == f"{factory}/{NAME}"
    assert (factory / NAME).stat().st_mode & 0o007 == 0


def test_a_repeat_finds_the_file_and_does_not_touch_it(factory: Path) -> None:
    put(to(factory), LARGE)
    before = (factory / NAME).stat()
    assert put(to(factory), LARGE).already_there
    after = (factory / NAME).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("same_size", [True, False])
def test_an_earlier_version_is_replaced_at_once_and_a_reader_keeps_the_old_one(
    factory: Path, same_size: bool
) -> None:
    earlier = noise(LARGE.size if same_size else 10, seed=9)
    put(to(factory), earlier)
    with (factory / NAME).open("rb") as reading:
        assert not put(to(factory), LARGE).already_there
        assert reading.read() == earlier.data
    assert files(factory) == {NAME: LARGE.data}


def test_whoever_looks_all_the_time_sees_only_whole_files(factory: Path) -> None:
    versions = {noise(1_200_000, seed).data for seed in range(6)}
    seen, done = set(), threading.Event()

    def look() -> None:
        while not done.is_set():
            with contextlib.suppress(FileNotFoundError):
                seen.add((factory / NAME).read_bytes())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for seed in range(6):
            put(to(factory), noise(1_200_000, seed))
    finally:
        done.set()
        looking.join()
    assert seen
    assert seen <= versions


def test_killed_before_any_system_call_it_shows_nothing_partial_and_a_repeat_cleans_up(factory: Path) -> None:
    told = child("kills", factory)
    calls = [one["call"] for one in told]
    # Each step of the promise was killed at least once, or this test tells nothing.
    assert {"mkdir", "open", "flock", "ftruncate", "write", "fsync", "read", "rename"} <= set(calls)
    assert calls.count("write") == 3
    assert calls.count("fsync") == 4  # two folders that were made, the file, and the folder after the rename
    for one in told:
        assert one["signal"] == 9, one
        assert one["visible"] in ({}, {NAME: "whole"}), one
        assert one["after"] == {NAME: "whole"}, one
    renamed = calls.index("rename")
    assert [bool(one["visible"]) for one in told] == [number > renamed for number in range(len(told))]
    assert [one["repeat"]["already"] for one in told] == [number > renamed for number in range(len(told))]


def test_what_is_put_together_shares_the_sync_of_its_folder_and_nothing_else(
    factory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    sync = os.fsync

    def noted(handle: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    (factory / "SHOP" / "blocked.zip").mkdir(parents=True)
    (factory / "OTHER").mkdir()
    sent = {f"SHOP/{number}.zip": noise(1000, number) for number in range(5)} | {"OTHER/9.zip": SMALL}
    asked = [
        *sent.items(),
        ("SHOP/../out.zip", SMALL),
        ("SHOP/blocked.zip", SMALL),
        ("SHOP/bad.zip", Changed(LARGE.data)),
    ]
    monkeypatch.setattr(os, "fsync", noted)
    folder = FolderTransport(factory)
    found = using(folder, lambda _: folder.put_all(asked))
    assert files(factory) == {name: content.data for name, content in sent.items()}
    assert [one.name for one in found[:6] if isinstance(one, Proof)] == [*sent]
    codes = [one.code for one in found[6:] if isinstance(one, DeliveryFailed)]
    assert codes == ["name", "exists-different", "content-changed"]
    assert sorted(synced) == ["file"] * 6 + ["folder"] * 2


def test_a_folder_that_cannot_be_synced_has_taken_none_of_what_was_put_together(
    factory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (factory / "SHOP").mkdir()
    sync = os.fsync

    def broken(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "as on a broken disk")
        sync(handle)

    monkeypatch.setattr(os, "fsync", broken)
    folder = FolderTransport(factory)

    async def twice(_: Transport) -> list[Proof | Exception]:
        several = [("SHOP/1.zip", SMALL), ("SHOP/2.zip", LARGE)]
        # The second time they stand there, and nobody knows whether their names would last.
        return [*await folder.put_all(several), *await folder.put_all(several)]

    found = using(folder, twice)
    assert [one.code for one in found if isinstance(one, DeliveryFailed)] == ["folder"] * 4


@pytest.fixture(scope="module")
def disk_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_disk(tmp_path_factory.mktemp("disk"))


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(FULL, "no-space"), (BROKEN, "folder"), (UNSYNCED, "folder")],
    ids=["full", "io-error", "sync-error"],
)
def test_a_disk_that_fails_shows_nothing_and_is_tried_again(
    disk_library: Path, factory: Path, trouble: str, code: str
) -> None:
    (factory / NAME).parent.mkdir(parents=True)
    disk = Disk(disk_library, factory)
    disk.fail(trouble)
    assert child("once", factory, **disk.settings) == [{"code": code, "permanent": False}]
    assert files(factory) == {}
    disk.heal()
    assert child("once", factory, **disk.settings) == [{"already": False}]
    assert files(factory) == {NAME: putting.CONTENT.data}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="spectrum-factory-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_folder_without_the_right_to_write_waits_for_a_person(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    assert child("nobody", open_folder) == [{"code": "read-only", "permanent": True}]
    assert files(open_folder) == {}
    open_folder.chmod(0o777)
    assert child("nobody", open_folder) == [{"already": False}]


def test_a_share_that_is_not_mounted_is_not_made(tmp_path: Path) -> None:
    failed = failure(to(tmp_path / "gone"), SMALL)
    assert (failed.code, failed.permanent) == ("no-folder", False)
    assert list(tmp_path.iterdir()) == []


def in_place_of(factory: Path, what: str, path: Path) -> Path:
    """Something else stands at `path`. Gives a folder outside, into which the links lead."""
    outside = factory.parent / "outside"
    outside.mkdir()
    path.parent.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[], object]] = {
        "link to a folder": lambda: path.symlink_to(outside),
        "link to a file": lambda: path.symlink_to(outside / "file"),
        "link within": lambda: path.symlink_to(factory),
        "folder": path.mkdir,
        "file": lambda: path.write_bytes(b"something else"),
        "pipe": lambda: os.mkfifo(path),
    }
    makers[what]()
    return outside


@pytest.mark.parametrize(
    ("what", "where", "code"),
    [
        ("link to a folder", "SHOP", "symlink"),
        ("link to a folder", "SHOP/PO-1", "symlink"),
        ("link within", "SHOP/PO-1", "symlink"),
        ("file", "SHOP", "symlink"),
        ("pipe", "SHOP/PO-1", "symlink"),
        ("link to a file", NAME, "symlink"),
        ("link to a folder", NAME, "symlink"),
        ("folder", NAME, "exists-different"),
        ("pipe", NAME, "exists-different"),
    ],
)
def test_what_stands_in_the_way_is_neither_followed_nor_replaced(
    factory: Path, what: str, where: str, code: str
) -> None:
    outside = in_place_of(factory, what, factory / where)
    before = sorted(str(path) for path in factory.rglob("*"))
    failed = failure(to(factory), SMALL)
    assert (failed.code, failed.permanent) == (code, True)
    assert list(outside.iterdir()) == []
    assert sorted(str(path) for path in factory.rglob("*")) == before


def test_a_socket_in_place_of_the_file_is_a_failure(factory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(factory)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as standing:
        standing.bind("pkg_1.zip")
        assert failure(to(factory), SMALL, "pkg_1.zip").code == "folder"
    assert files(factory) == {}


def test_a_link_in_place_of_the_temporary_file_is_not_followed(factory: Path) -> None:
    place = factory / "SHOP" / "PO-1" / temporary_name("pkg_1.zip", SMALL.sha256)
    outside = in_place_of(factory, "link to a file", place)
    assert failure(to(factory), SMALL).code == "symlink"
    assert list(outside.iterdir()) == []


def test_the_folder_itself_may_be_a_link(factory: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(factory)
    put(to(tmp_path / "link"), SMALL)
    assert files(factory) == {NAME: SMALL.data}


@pytest.mark.parametrize("size", [0, 17, LARGE.size, LARGE.size + 1000])
def test_what_a_killed_worker_left_is_never_spliced(factory: Path, size: int) -> None:
    place = factory / "SHOP" / "PO-1" / temporary_name("pkg_1.zip", LARGE.sha256)
    place.parent.mkdir(parents=True)
    place.write_bytes(noise(size, seed=9).data)
    put(to(factory), LARGE)
    assert files(factory) == {NAME: LARGE.data}


def test_a_file_that_another_worker_is_writing_is_left_to_it(factory: Path) -> None:
    place = factory / "SHOP" / "PO-1" / temporary_name("pkg_1.zip", SMALL.sha256)
    place.parent.mkdir(parents=True)
    with place.open("wb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        theirs.write(b"half")
        theirs.flush()
        failed = failure(to(factory), SMALL)
        assert (failed.code, failed.permanent) == ("busy", False)
        assert place.read_bytes() == b"half"
    put(to(factory), SMALL)
    assert files(factory) == {NAME: SMALL.data}


def test_many_workers_with_the_same_package_do_no_harm(factory: Path) -> None:
    async def race(transport: Transport) -> list[object]:
        found: list[object] = []
        for _ in range(10):
            puts = (transport.put(NAME, LARGE) for _ in range(5))
            found += await asyncio.gather(*puts, return_exceptions=True)
            assert files(factory) == {NAME: LARGE.data}
            (factory / NAME).unlink()
        return found

    for one in using(to(factory), race):
        assert not isinstance(one, BaseException) or (isinstance(one, DeliveryFailed) and one.code == "busy")


def test_content_that_is_not_what_was_promised_never_gets_its_name(factory: Path) -> None:
    failed = failure(to(factory), Changed(LARGE.data))
    assert (failed.code, failed.permanent) == ("content-changed", False)
    assert files(factory) == {}


class Unreadable(Held, frozen=True):
    def chunks(self) -> Iterator[bytes]:
        yield self.data[:1_500_000]
        raise PermissionError(13, "not of the factory's folder")


def test_our_own_disk_is_not_taken_for_the_factory_s(factory: Path) -> None:
    failed = failure(to(factory), Unreadable(LARGE.data))
    assert (failed.code, failed.permanent) == ("unreadable", False)
    assert files(factory) == {}


HOSTILE = [
    "", "/", ".", "..", "/etc/passwd", "../outside.zip", "SHOP/../../outside.zip", "SHOP/./x.zip",
    "SHOP//x.zip", "SHOP/", "SHOP\\x.zip", "..\\x.zip", "SHOP/x\0.zip", "SHOP/x\n.zip", "SHOP/\u202ex.zip",
    "SHOP/\ud800.zip",
    ".hidden", "SHOP/.x.zip", "-rf", "SHOP/-x.zip", "~root/x.zip", "SHOP/~x.zip",
    "x" * 201, "SHOP/" + "ß" * 101, "/".join(["folder"] * 130),
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_elsewhere_is_no_name(factory: Path, name: str) -> None:
    failed = failure(to(factory), SMALL, name)
    assert (failed.code, failed.permanent) == ("name", True)
    assert list(factory.iterdir()) == []


@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from(["..", ".", "", "a", "/", "\\"]), max_size=6).map("/".join)
)
def test_whatever_name_is_taken_stays_below_and_fits(name: str) -> None:
    try:
        parts = split_name(name)
    except DeliveryFailed as failed:
        assert failed.code == "name"
        return
    assert "/".join(parts) == name
    assert os.path.normpath(f"/in/{name}") == f"/in/{name}"
    assert len(temporary_name(parts[-1], SMALL.sha256).encode()) <= 255 - 9  # the longest one adds a number


def test_the_longest_name_still_has_room_for_its_temporary_one(factory: Path) -> None:
    name = "x" * 196 + ".zip"
    put(to(factory), SMALL, name)
    assert visible(factory) == {name: SMALL.data}


def test_what_waits_for_its_turn_when_the_folder_is_let_go_of_fails_and_ends_nobodys_look(
    factory: Path,
) -> None:
    go_on = threading.Event()

    class Slow(Held, frozen=True):
        def chunks(self) -> Iterator[bytes]:
            assert go_on.wait(60)
            yield from super().chunks()

    async def look(transport: Transport) -> DeliveryFailed:
        writing = [
            asyncio.create_task(transport.put(f"{place}.zip", Slow(SMALL.data))) for place in range(THREADS)
        ]
        asked = asyncio.create_task(transport.is_there(NAME))
        await asyncio.sleep(0)  # one turn of the loop: all of them have asked
        await transport.close()
        go_on.set()
        with pytest.raises(DeliveryFailed) as failed:
            await asked
        await asyncio.gather(*writing)
        return failed.value

    failed = using(to(factory), look)
    assert (failed.code, failed.permanent) == ("unreachable", False)


def test_a_folder_is_listed_and_not_made(factory: Path) -> None:
    assert using(to(factory), lambda one: one.names("SHOP", ".received")) == []
    assert list(factory.iterdir()) == []
    put(to(factory), SMALL, "SHOP/1.zip.received")
    put(to(factory), SMALL, "SHOP/2.zip")
    (factory / "SHOP" / "link.received").symlink_to("1.zip.received")
    (factory / "SHOP" / "below.received").mkdir()
    assert using(to(factory), lambda one: one.names("SHOP", ".received")) == ["1.zip.received"]
    (factory / "LINK").symlink_to(factory / "SHOP")
    with pytest.raises(DeliveryFailed) as failed:
        using(to(factory), lambda one: one.names("LINK", ".received"))
    assert failed.value.code == "symlink"
