"""Promise: a package is one ZIP, stored, the same bytes every time, and its lists agree with its bytes."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.artwork.zipping import Member, Zipped
from spectrum_orders.delivery.transports import DeliveryFailed
from spectrum_orders.delivery.transports.reading import BLOCK, blocks
from spectrum_orders.delivery.zipping import packed
from spectrum_orders.domain.package import naming
from spectrum_orders.domain.package.people import allowed_people
from spectrum_orders.errors import Internal
from tests.delivery.contents import failure, opened
from tests.domain.package_samples import PACKAGE, PEOPLE

FILES = [
    Member.of("RS-1_front.pdf", b"%PDF front" * 1000, "application/pdf"),
    Member.of("RS-1_back.pdf", b"%PDF back", "application/pdf"),
]
SHEETS = [Member.of("s_RS-1.pdf", b"%PDF sheet", "application/pdf")]
TICKETS = ("xjdf", "csv")


def package() -> Zipped:
    allow = ("shippingAddress",)
    return packed(PACKAGE, allowed_people(PEOPLE, allow), FILES, SHEETS, TICKETS)


def whole(zipped: Zipped) -> bytes:
    return b"".join(zipped.chunks())


def read(zipped: Zipped) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(whole(zipped)))


def test_a_package_holds_everything_in_its_order_stored() -> None:
    archive = read(package())
    assert archive.testzip() is None
    assert archive.namelist() == [
        *(one.name for one in (*FILES, *SHEETS)), *naming.FIXED,
    ]  # fmt: skip
    assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
    assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {one.external_attr >> 16 for one in archive.infolist()} == {0o100644}
    # No data descriptors: readers that stream refuse them on what is stored.
    assert not [one for one in archive.infolist() if one.flag_bits & 8]
    assert archive.read(FILES[0].name) == b"%PDF front" * 1000


def test_size_and_hash_are_known_before_and_are_those_of_the_bytes() -> None:
    zipped = package()
    data = whole(zipped)
    assert zipped.size == len(data)
    assert zipped.sha256 == hashlib.sha256(data).digest()
    assert whole(zipped) == data == whole(package())


def test_the_manifest_and_the_sums_agree_with_the_bytes() -> None:
    archive = read(package())
    listed = json.loads(archive.read(naming.MANIFEST))["members"]
    others = [name for name in archive.namelist() if name not in (naming.MANIFEST, naming.CHECKSUMS)]
    assert {one["name"] for one in listed} == set(others)
    for one in listed:
        data = archive.read(one["name"])
        assert (one["bytes"], one["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    lines = archive.read(naming.CHECKSUMS).decode().splitlines()
    assert lines == [
        f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}"
        for name in archive.namelist()
        if name != naming.CHECKSUMS
    ]


def test_no_name_and_no_manifest_holds_a_person() -> None:
    archive = read(package())
    told = " ".join(archive.namelist()) + archive.read(naming.MANIFEST).decode()
    assert "Kingston" in archive.read(naming.TICKET_JSON).decode()
    assert "Kingston" not in told
    assert "Kingston" not in repr(package())


@pytest.mark.parametrize("tool", ["unzip", "sha256sum"])
def test_the_usual_tools_find_it_in_order(tmp_path: Path, tool: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool}")
    (tmp_path / "package.zip").write_bytes(whole(package()))
    if tool == "unzip":
        done = subprocess.run(["unzip", "-tq", "package.zip"], cwd=tmp_path, capture_output=True, text=True)
    else:
        zipfile.ZipFile(tmp_path / "package.zip").extractall(tmp_path)
        done = subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout + done.stderr


@given(
    st.dictionaries(
        st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0/\\"), min_size=1, max_size=20
        ),
        st.binary(max_size=200),
        max_size=6,
    )
)
def test_whatever_is_packed_is_read_back(files: dict[str, bytes]) -> None:
    zipped = Zipped(Member.of(name, data, "application/octet-stream") for name, data in files.items())
    assert zipped.size == len(whole(zipped))
    archive = read(zipped)
    assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.mark.parametrize("count", [65_534, 65_535])
def test_more_members_than_the_old_format_counts(count: int) -> None:
    empty = Member.of("", b"", "text/plain")
    zipped = Zipped(msgspec.structs.replace(empty, name=str(number)) for number in range(count))
    data = whole(zipped)
    assert len(data) == zipped.size
    assert (b"PK\6\6" in data[-200:]) is (count >= 65_535)
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == count


class Sparse(io.RawIOBase):
    """A file of which only what is not zero is kept."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, bytes]] = []
        self._size = self._here = 0

    def add(self, chunk: bytes) -> None:
        if chunk is not ZEROS:
            self._kept.append((self._size, chunk))
        self._size += len(chunk)

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._here

    def seek(self, offset: int, whence: int = 0) -> int:
        self._here = offset + (0, self._here, self._size)[whence]
        return self._here

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._size, self._here + size)
        found = bytearray(max(0, end - self._here))
        for start, chunk in self._kept:
            low, high = max(start, self._here), min(start + len(chunk), end)
            if low < high:
                found[low - self._here : high - self._here] = chunk[low - start : high - start]
        self._here += len(found)
        return bytes(found)


ZEROS = bytes(1 << 24)


def zeros(size: int) -> Iterator[bytes]:
    """So many bytes, most of them the same object."""
    for _ in range(size // len(ZEROS)):
        yield ZEROS
    yield bytes(size % len(ZEROS))


@pytest.mark.parametrize("size", [0xFFFF_FFFE, 0xFFFF_FFFF, 0x1_0000_0000 + 12345])
def test_a_member_and_what_stands_behind_it_may_lie_beyond_four_gigabytes(size: int) -> None:
    # The CRC does not matter here, and finding it would take seconds.
    large = Member("large.tif", size, bytes(32), 0, "image/tiff", lambda: zeros(size))
    zipped = Zipped(
        [
            Member.of("before.txt", b"before", "text/plain"),
            large,
            Member.of("after.txt", b"after", "text/plain"),
        ]
    )
    kept = Sparse()
    for chunk in zipped.chunks():
        kept.add(chunk)
    assert kept.seek(0, 2) == zipped.size
    archive = zipfile.ZipFile(kept)  # type: ignore[type-overload, arg-type, unused-ignore]  # a raw file is enough
    assert [(one.filename, one.file_size) for one in archive.infolist()] == [
        ("before.txt", 6), ("large.tif", size), ("after.txt", 5),
    ]  # fmt: skip
    assert archive.read("after.txt") == b"after"
    assert archive.read("before.txt") == b"before"
    with archive.open("large.tif") as member:
        assert member.read(10) == bytes(10)


@pytest.mark.parametrize("length", [0, 9, 11, 1000])
def test_a_member_that_is_not_as_long_as_it_was_is_not_sent(tmp_path: Path, length: int) -> None:
    changed = Member("a.pdf", 10, bytes(32), 0, "application/pdf", lambda: (bytes(length),))
    zipped = Zipped([changed])
    with pytest.raises(Internal):
        whole(zipped)

    with pytest.raises(Internal):
        failure(opened(f"folder://{tmp_path}"), zipped)
    assert not list(tmp_path.rglob("*.zip"))


def test_a_member_whose_bytes_changed_is_found_before_the_last_block_leaves() -> None:
    data = bytearray(b"x" * 3_000_000)
    zipped = Zipped(
        [Member("a.pdf", len(data), bytes(32), zlib.crc32(data), "application/pdf", lambda: (bytes(data),))]
    )
    assert len(zipped.sha256) == 32
    data[5] = 0
    sent: list[int] = []
    with pytest.raises(DeliveryFailed) as caught:
        sent.extend(map(len, blocks(zipped)))
    assert caught.value.code == "content-changed"
    assert 0 < sum(sent) < zipped.size


def test_a_stored_member_finds_its_own_sum() -> None:
    data = b"a" * 100_000
    member = Member.stored(
        "a", len(data), hashlib.sha256(data).digest(), "text/plain", lambda: (data[:7], data[7:])
    )
    assert member == Member.of("a", data, "text/plain") or member.crc32 == zlib.crc32(data)
    assert read(Zipped([member])).testzip() is None


@given(st.lists(st.binary(max_size=BLOCK // 3), max_size=8))
def test_blocks_are_the_content_in_pieces_of_one_size(chunks: list[bytes]) -> None:
    zipped = Zipped([Member("a", sum(map(len, chunks)), bytes(32), 0, "text/plain", lambda: chunks)])
    found = list(blocks(zipped))
    assert b"".join(found) == whole(zipped)
    assert {len(one) for one in found[:-1]} <= {BLOCK}
    assert 0 < len(found[-1]) <= BLOCK
