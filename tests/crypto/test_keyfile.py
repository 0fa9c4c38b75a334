"""The ring's file: made once, private, whole, and never lost in a race."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spectrum_orders.crypto import BadKeyRing, KeyRing, RingFile, load, load_or_create, save, update


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keyring.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_a_ring_and_the_second_reads_it(path: Path) -> None:
    ring, created = load_or_create(path)
    again, created_again = load_or_create(path)
    assert (created, created_again) == (True, False)
    assert again.dump() == ring.dump() == load(path).dump()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o377])
def test_only_the_owner_may_read_it_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        ring, _ = load_or_create(path)
        assert mode(path) == 0o600
        save(path, ring.with_new_version())
    finally:
        os.umask(before)
    assert mode(path) == 0o600
    assert load(path).versions == (1, 2)


def test_the_folders_on_the_way_are_made_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "var" / "deep" / "keyring.json"
    ring, _ = load_or_create(path)
    save(path, ring.with_new_version())
    assert [item.name for item in path.parent.iterdir()] == ["keyring.json"]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o601, 0o620, 0o602, 0o644, 0o777])
def test_a_file_that_others_may_touch_is_refused_with_the_remedy(path: Path, bits: int) -> None:
    load_or_create(path)
    path.chmod(bits)
    for read in (load, load_or_create, RingFile):
        with pytest.raises(BadKeyRing, match=f"chmod 600 {path}"):
            read(path)
    path.chmod(0o600)
    load(path)


@pytest.mark.parametrize("bits", [0o600, 0o400])
def test_a_file_of_the_owner_alone_is_accepted(path: Path, bits: int) -> None:
    ring, _ = load_or_create(path)
    path.chmod(bits)
    assert load(path).dump() == ring.dump()


def test_a_missing_file_is_named_and_not_made_up(path: Path) -> None:
    for read in (load, RingFile):
        with pytest.raises(BadKeyRing, match=f"no key ring at {path}"):
            read(path)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"canary-secret", b'{"format": 1}'])
def test_a_file_that_holds_no_ring_is_refused_untouched_and_unshown(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(BadKeyRing, match=str(path)) as caught:
        load_or_create(path)
    assert "canary" not in str(caught.value)
    assert path.read_bytes() == content


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for there in (tmp_path, pipe, Path("/dev/zero")):
        with pytest.raises(BadKeyRing, match="not a regular file"):
            load(there)


def test_a_huge_file_is_refused_before_it_is_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)  # Sparse: takes no room on disk, and would take 1 TiB of memory.
    path.chmod(0o600)
    with pytest.raises(BadKeyRing, match="far too large"):
        load(path)


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    there = tmp_path / "file" / "keyring.json"
    with pytest.raises(BadKeyRing, match=str(there)):
        load_or_create(there)
    with pytest.raises(BadKeyRing, match=str(there)):
        save(there, KeyRing.generate())


STARTER = """
import pathlib, sys
from spectrum_orders.crypto import load_or_create
for line in sys.stdin:
    ring, created = load_or_create(pathlib.Path(line.strip()))
    print(ring.dump().replace(chr(10), " "), created, sep="|", flush=True)
"""


def test_processes_that_start_at_once_agree_on_one_ring(tmp_path: Path) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    try:
        for attempt in range(50):
            path = tmp_path / str(attempt) / "keyring.json"
            for starter in starters:
                assert starter.stdin
                starter.stdin.write(f"{path}\n")
            for starter in starters:
                assert starter.stdin
                starter.stdin.flush()
            seen = [starter.stdout.readline().split("|") for starter in starters if starter.stdout]
            assert {text for text, _ in seen} == {load(path).dump().replace("\n", " ")}
            assert sorted(created for _, created in seen) == ["False\n", "False\n", "False\n", "True\n"]
            assert [item.name for item in path.parent.iterdir()] == ["keyring.json"]
    finally:
        for starter in starters:
            starter.communicate()


def test_saving_replaces_the_ring_and_keeps_a_link_a_link(tmp_path: Path, path: Path) -> None:
    ring, _ = load_or_create(path)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    save(link, ring.with_new_version())
    assert link.is_symlink()
    assert load(path).versions == load(link).versions == (1, 2)


def test_a_save_that_fails_leaves_the_old_ring_and_no_secret_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    path.mkdir()  # A name that no file can replace.
    with pytest.raises(BadKeyRing, match="could not be written"):
        save(path, KeyRing.generate())
    assert [item.name for item in tmp_path.iterdir()] == ["keyring.json"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_ring_that_root_rotates_still_belongs_to_the_server(path: Path) -> None:
    load_or_create(path)
    os.chown(path, 65534, 65534)
    update(path, KeyRing.with_new_version)
    assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (65534, 65534, 0o600)


def test_no_version_is_lost_when_many_rotate_at_once(path: Path) -> None:
    load_or_create(path)
    threads = [threading.Thread(target=update, args=(path, KeyRing.with_new_version)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load(path).versions == tuple(range(1, 14))


def test_an_update_that_is_refused_changes_nothing(path: Path) -> None:
    ring, _ = load_or_create(path)
    with pytest.raises(ZeroDivisionError):
        update(path, lambda _: 1 // 0)  # type: ignore[arg-type,return-value]  # it never returns
    assert load(path).dump() == ring.dump()
    assert update(path, KeyRing.with_new_version).dump() == load(path).dump()


def test_a_running_process_notices_a_rotation(path: Path) -> None:
    load_or_create(path)
    file = RingFile(path)
    assert not file.refresh()
    key = update(path, KeyRing.with_new_version).new_order_key(1, 2)
    assert file.refresh()
    assert not file.refresh()
    assert file.ring.open_order_key(1, 2, key.wrapped, key.version).salt == key.salt


def test_a_running_process_keeps_its_keys_when_the_file_goes_bad(path: Path) -> None:
    load_or_create(path)
    file = RingFile(path)
    ring = file.ring
    good = path.read_bytes()
    for spoil, sentence in (
        (path.unlink, "is gone"),
        (lambda: path.write_bytes(b"{}"), "chmod 600"),
        (lambda: path.chmod(0o600), "not of format"),
        (lambda: save(path, KeyRing.generate()), "another deployment's"),
    ):
        spoil()
        with pytest.raises(BadKeyRing, match=sentence):
            file.refresh()
        assert file.ring is ring
    path.write_bytes(good)
    assert file.refresh()
    assert file.ring.dump() == ring.dump()
    assert repr(file) == f"RingFile({file.ring!r})"
