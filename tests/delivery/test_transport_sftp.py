"""Promise: over SFTP a file appears whole or not at all, at a server whose key was pinned."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from spectrum_orders.delivery.transports import DeliveryFailed, Transport, fetch_host_key, fingerprint
from spectrum_orders.delivery.transports.ssh import Login
from spectrum_orders.outbound import parse_networks
from tests.delivery.contents import (
    LOCAL,
    NAME,
    Changed,
    failure,
    files,
    is_there,
    noise,
    opened,
    put,
    using,
    visible,
)
from tests.harness.receiver import Receiver
from tests.harness.sftp import PASSWORD, USER, Sftp

SMALL = noise(5_000)
KEY_OF_NOBODY = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
LARGE = noise(3_500_000, seed=2)
"""Four blocks, the last one short."""


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Sftp]:
    (tmp_path / "in").mkdir()
    with Sftp(tmp_path / "in") as running:
        yield running


def to(factory: Sftp, secret: str = PASSWORD, *, host_key: str | None = None) -> Transport:
    return opened(factory.url, secret, {"host_key": host_key or factory.host_key})


@pytest.mark.parametrize(
    "content", [noise(0), SMALL, LARGE, noise(2 * 1024 * 1024)], ids=lambda one: one.size
)
def test_a_file_arrives_whole_and_nothing_else_is_left(factory: Sftp, content: object) -> None:
    assert isinstance(content, type(SMALL))
    proof = put(to(factory), content)
    assert files(factory.root) == {NAME: content.data}
    assert (proof.size, proof.sha256, proof.already_there) == (content.size, content.sha256.hex(), False)
    assert proof.where == f"sftp://{USER}@127.0.0.1:{factory.port}/{NAME}"


def test_a_repeat_finds_the_file_and_writes_nothing(factory: Sftp) -> None:
    put(to(factory), LARGE)
    written = factory.written
    assert put(to(factory), LARGE).already_there
    assert factory.written == written


def test_a_connection_is_kept_for_many_files_and_several_at_once(factory: Sftp) -> None:
    async def many(transport: Transport) -> None:
        await asyncio.gather(*(transport.put(f"SHOP/{n}.zip", noise(20_000, n)) for n in range(12)))

    using(to(factory), many)
    assert files(factory.root) == {f"SHOP/{n}.zip": noise(20_000, n).data for n in range(12)}
    assert factory.logins == 1


def test_a_private_key_logs_in(factory: Sftp) -> None:
    put(to(factory, factory.secret_key), SMALL)
    assert factory.logins == 0
    assert files(factory.root) == {NAME: SMALL.data}


def test_a_pinned_fingerprint_is_as_good_as_the_key(factory: Sftp) -> None:
    put(to(factory, host_key=fingerprint(factory.host_key)), SMALL)
    assert files(factory.root) == {NAME: SMALL.data}


@pytest.mark.parametrize("pin", ["line", "fingerprint"])
def test_another_host_key_ends_before_the_password_is_told(factory: Sftp, pin: str) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    failed = failure(to(factory, host_key=other if pin == "line" else fingerprint(other)), SMALL)
    assert (failed.code, failed.permanent) == ("host-key", True)
    assert factory.logins == 0
    assert files(factory.root) == {}


def test_a_wrong_password_is_tried_once_and_never_told(factory: Sftp) -> None:
    failed = failure(to(factory, "not the password"), SMALL)
    assert (failed.code, failed.permanent) == ("auth", True)
    assert "not the password" not in f"{failed!r} {failed.message} {failed.next_step}"
    assert factory.logins == 1


def test_without_a_pinned_key_it_does_not_open(factory: Sftp) -> None:
    options: list[dict[str, str]] = [{}, {"host_key": ""}, {"host_key": "trust me"}]
    for missing in options:
        with pytest.raises(DeliveryFailed) as caught:
            opened(factory.url, PASSWORD, missing)
        assert caught.value.code == "configuration"


def test_the_guard_stands_before_ssh_too(factory: Sftp) -> None:
    failed = failure(opened(factory.url, PASSWORD, {"host_key": factory.host_key}, allowed=()), SMALL)
    assert (failed.code, failed.permanent) == ("refused", True)


def test_the_host_key_can_be_fetched_and_compared(factory: Sftp) -> None:
    shown = asyncio.run(fetch_host_key("127.0.0.1", factory.port, parse_networks(LOCAL)))
    assert shown.split()[:2] == factory.host_key.split()[:2]
    with pytest.raises(DeliveryFailed) as caught:
        asyncio.run(fetch_host_key("127.0.0.1", factory.port, ()))
    assert caught.value.code == "refused"


def test_a_cut_at_every_chunk_shows_no_partial_file(factory: Sftp) -> None:
    content = noise(1_300_000, seed=3)
    step = 32 * 1024
    for cut in range(0, content.size, step * 4):
        name = f"SHOP/{cut}.zip"
        factory.written, factory.cut_after = 0, cut
        failed = failure(to(factory), content, name)
        assert (failed.code, failed.permanent) == ("unreachable", False), cut
        assert name not in visible(factory.root)
        put(to(factory), content, name)
        assert (factory.root / name).read_bytes() == content.data
    assert files(factory.root) == visible(factory.root)


@pytest.mark.parametrize("operation", ["mkdir", "open-write", "fsync", "open-read", "read", "posix-rename"])
def test_a_cut_before_any_operation_is_mended_by_a_repeat(factory: Sftp, operation: str) -> None:
    factory.cut_at = operation
    failed = failure(to(factory), LARGE)
    assert (failed.code, failed.permanent) == ("unreachable", False)
    assert visible(factory.root) == {}
    put(to(factory), LARGE)
    assert files(factory.root) == {NAME: LARGE.data}


def test_an_upload_goes_on_where_it_was_cut(factory: Sftp) -> None:
    factory.cut_after = 2 * 1024 * 1024 + 70_000
    failure(to(factory), LARGE)
    factory.written = 0
    put(to(factory), LARGE)
    # The last whole block that stood there is not sent again; the one that was cut is.
    assert factory.written <= LARGE.size - 2 * 1024 * 1024
    assert files(factory.root) == {NAME: LARGE.data}


@pytest.mark.parametrize("operation", ["mkdir", "fsync", "posix-rename"])
def test_an_answer_that_was_lost_is_found_out_by_the_repeat(factory: Sftp, operation: str) -> None:
    factory.lost_at = operation
    # After the rename the connection is gone, and with it the way to look: so it counts as a failure.
    failed = failure(to(factory), LARGE)
    assert (failed.code, failed.permanent) == ("unreachable", False)
    assert visible(factory.root) in ({}, {NAME: LARGE.data})
    assert put(to(factory), LARGE).already_there is (operation == "posix-rename")
    assert files(factory.root) == {NAME: LARGE.data}


@pytest.mark.parametrize("how", ["cut_at", "lost_at"])
def test_a_plain_rename_that_was_cut_is_mended_too(factory: Sftp, how: str) -> None:
    factory.replaces = False
    setattr(factory, how, "rename")
    assert failure(to(factory), LARGE).code == "unreachable"
    assert put(to(factory), LARGE).already_there is (how == "lost_at")
    assert files(factory.root) == {NAME: LARGE.data}


def leftover(factory: Sftp, data: bytes) -> Path:
    folder = factory.root / "SHOP" / "PO-1"
    folder.mkdir(parents=True)
    path = folder / f".pkg_1.zip.{LARGE.sha256.hex()[:16]}.part"
    path.write_bytes(data)
    return path


def test_what_is_left_of_something_else_is_never_spliced(factory: Sftp) -> None:
    leftover(factory, noise(2_000_000, seed=9).data)
    put(to(factory), LARGE)
    assert files(factory.root) == {NAME: LARGE.data}


def test_a_leftover_that_is_too_long_is_left_alone(factory: Sftp) -> None:
    path = leftover(factory, noise(LARGE.size + 1, seed=9).data)
    put(to(factory), LARGE)
    assert visible(factory.root) == {NAME: LARGE.data}
    assert path.stat().st_size == LARGE.size + 1


def test_a_link_that_stands_in_the_way_is_not_written_through(factory: Sftp, tmp_path: Path) -> None:
    folder = factory.root / "SHOP" / "PO-1"
    folder.mkdir(parents=True)
    (folder / f".pkg_1.zip.{LARGE.sha256.hex()[:16]}.part").symlink_to("elsewhere")
    (folder / "pkg_1.zip").symlink_to("elsewhere")
    put(to(factory), LARGE)
    assert not (folder / "elsewhere").exists()
    assert not (folder / "pkg_1.zip").is_symlink()
    assert (folder / "pkg_1.zip").read_bytes() == LARGE.data


def test_a_server_that_cannot_sync_is_taken_as_it_is(factory: Sftp) -> None:
    factory.syncs = False
    put(to(factory), LARGE)
    assert files(factory.root) == {NAME: LARGE.data}


def test_a_slow_server_gets_its_time(factory: Sftp) -> None:
    factory.slow = 0.02
    put(to(factory), LARGE)
    assert files(factory.root) == {NAME: LARGE.data}


def test_whoever_cancels_does_not_wait_for_a_server_that_hangs(
    factory: Sftp, caplog: pytest.LogCaptureFixture
) -> None:
    factory.slow = 10

    async def cancelled(transport: Transport) -> None:
        sending = asyncio.create_task(transport.put(NAME, SMALL))
        await asyncio.to_thread(factory.writing.wait, 10)
        sending.cancel()
        done, _ = await asyncio.wait([sending], timeout=5)
        assert done

    using(to(factory), cancelled)
    gc.collect()
    assert "never retrieved" not in caplog.text
    assert visible(factory.root) == {}


@pytest.mark.slow
def test_a_server_that_takes_for_ever_is_given_up(factory: Sftp) -> None:
    factory.slow = 60
    began = time.monotonic()
    failed = failure(to(factory), SMALL)
    assert (failed.code, failed.permanent) == ("timeout", False)
    assert time.monotonic() - began < 30
    assert visible(factory.root) == {}


def test_an_earlier_version_is_replaced_at_once(factory: Sftp) -> None:
    put(to(factory), SMALL)
    put(to(factory), LARGE)
    assert files(factory.root) == {NAME: LARGE.data}
    assert factory.operations.count("posix-rename") == 2


def test_a_server_that_cannot_replace_keeps_what_it_has(factory: Sftp) -> None:
    factory.replaces = False
    put(to(factory), SMALL)
    assert put(to(factory), SMALL).already_there
    failed = failure(to(factory), LARGE)
    assert (failed.code, failed.permanent) == ("exists-different", True)
    assert files(factory.root) == {NAME: SMALL.data}


def test_two_workers_with_the_same_package_do_no_harm(factory: Sftp) -> None:
    async def race() -> list[object]:
        two = to(factory), to(factory)
        try:
            return list(await asyncio.gather(*(one.put(NAME, LARGE) for one in two), return_exceptions=True))
        finally:
            for one in two:
                await one.close()

    done = asyncio.run(race())
    assert not [one for one in done if isinstance(one, BaseException)]
    assert files(factory.root) == {NAME: LARGE.data}


def test_a_full_server_is_told_from_a_broken_one_and_tried_again(factory: Sftp) -> None:
    factory.full = True
    failed = failure(to(factory), LARGE)
    assert (failed.code, failed.permanent) == ("no-space", False)
    assert visible(factory.root) == {}
    factory.full = False
    put(to(factory), LARGE)
    assert files(factory.root) == {NAME: LARGE.data}


def test_a_read_only_folder_waits_for_a_person(factory: Sftp) -> None:
    factory.read_only = True
    failed = failure(to(factory), SMALL)
    assert (failed.code, failed.permanent) == ("read-only", True)


def test_a_folder_in_place_of_the_file_is_no_success(factory: Sftp) -> None:
    (factory.root / NAME).mkdir(parents=True)
    assert failure(to(factory), SMALL).code == "exists-different"


@pytest.mark.parametrize(
    ("path", "where"),
    [("/", ""), ("/in", "in/"), ("/in/deep/", "in/deep/"), ("/~", "home/"), ("/~/in", "home/in/")],
)
@pytest.mark.parametrize("name", [NAME, "pkg_1.zip"])
def test_the_path_of_the_destination_is_where_it_says(
    tmp_path: Path, path: str, where: str, name: str
) -> None:
    (tmp_path / where).mkdir(parents=True, exist_ok=True)
    with Sftp(tmp_path, home="home") as factory:
        transport = opened(f"{factory.url.rstrip('/')}{path}", PASSWORD, {"host_key": factory.host_key})
        put(transport, SMALL, name)
        assert files(tmp_path) == {f"{where}{name}": SMALL.data}


def test_a_file_in_place_of_a_folder_is_a_failure(factory: Sftp) -> None:
    (factory.root / "SHOP").write_bytes(b"something else")
    failed = failure(to(factory), SMALL)
    assert (failed.code, failed.permanent) == ("receiver", False)
    assert files(factory.root) == {"SHOP": b"something else"}


def test_a_missing_base_folder_is_not_made(factory: Sftp) -> None:
    transport = opened(f"{factory.url}incoming", PASSWORD, {"host_key": factory.host_key})
    failed = failure(transport, SMALL)
    assert (failed.code, failed.permanent) == ("no-folder", False)
    assert files(factory.root) == {}


def test_content_that_is_not_what_was_promised_never_gets_its_name(factory: Sftp) -> None:
    assert failure(to(factory), Changed(SMALL.data)).code == "content-changed"
    assert visible(factory.root) == {}


def test_a_server_that_is_gone_is_unreachable_and_comes_back(tmp_path: Path) -> None:
    with Sftp(tmp_path) as factory:
        transport = to(factory)
    failed = failure(transport, SMALL)
    assert (failed.code, failed.permanent) == ("unreachable", False)


def test_a_lost_connection_is_made_anew_by_the_same_transport(factory: Sftp) -> None:
    async def twice(transport: Transport) -> None:
        await transport.put("first.zip", SMALL)
        factory.cut_at = "open-write"
        with pytest.raises(DeliveryFailed):
            await transport.put("second.zip", SMALL)
        await transport.put("second.zip", SMALL)

    using(to(factory), twice)
    assert sorted(files(factory.root)) == ["first.zip", "second.zip"]


def test_of_several_host_keys_the_pinned_one_is_asked_for(tmp_path: Path) -> None:
    keys = [asyncssh.generate_private_key(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256")]
    with Sftp(tmp_path, keys=keys) as factory:
        second = keys[1].export_public_key("openssh").decode()
        put(to(factory, host_key=second), SMALL)
        assert files(tmp_path) == {NAME: SMALL.data}


def test_an_ssh_server_without_sftp_keeps_no_connection_of_ours(tmp_path: Path) -> None:
    with Sftp(tmp_path, files=False) as factory:

        async def thrice(transport: Transport) -> None:
            for _ in range(3):
                with pytest.raises(DeliveryFailed) as caught:
                    await transport.put(NAME, SMALL)
                assert not caught.value.permanent
            for _ in range(100):
                if not factory.open_connections:
                    break
                await asyncio.sleep(0.02)
            assert factory.open_connections == 0

        using(to(factory), thrice)
        assert factory.connections == 3


def test_something_else_than_ssh_is_unreachable() -> None:
    with Receiver() as web:
        transport = opened(f"sftp://{USER}@127.0.0.1:{web.port}/", PASSWORD, {"host_key": KEY_OF_NOBODY})
        failed = failure(transport, SMALL)
        assert (failed.code, failed.permanent) == ("unreachable", False)
        assert web.posted == []


@pytest.mark.parametrize(
    ("kind", "word"), [("locked", "passphrase"), ("torn", "cannot be read")], ids=["locked", "torn"]
)
def test_a_private_key_that_does_not_serve_is_told_at_once(kind: str, word: str) -> None:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    secret = key.export_private_key("pkcs8-pem", "a passphrase of somebody" if kind == "locked" else None)
    if kind == "torn":
        secret = secret[:100]
    with pytest.raises(DeliveryFailed) as caught:
        opened("sftp://press@factory.example/in", secret.decode(), {"host_key": KEY_OF_NOBODY})
    assert (caught.value.code, caught.value.permanent) == ("configuration", True)
    assert word in caught.value.message


def test_a_login_does_not_print_its_secret() -> None:
    assert PASSWORD not in f"{Login(KEY_OF_NOBODY, PASSWORD)!r} {Login(KEY_OF_NOBODY, PASSWORD)}"


def test_whether_a_file_stands_there_is_asked_by_its_name(factory: Sftp) -> None:
    receipt = NAME + ".received"
    put(to(factory), SMALL)
    assert is_there(to(factory))
    assert not is_there(to(factory), receipt)
    put(to(factory), SMALL, receipt)
    assert is_there(to(factory), receipt)


def test_a_folder_is_listed_or_shows_no_list(factory: Sftp) -> None:
    assert using(to(factory), lambda one: one.names("SHOP", ".received")) == []
    for name in ("SHOP/1.zip.received", "SHOP/2.zip"):
        put(to(factory), SMALL, name)
    assert using(to(factory), lambda one: one.names("SHOP", ".received")) == ["1.zip.received"]
    factory.lists = False
    assert using(to(factory), lambda one: one.names("SHOP", ".received")) is None


def test_a_folder_with_more_files_than_are_read_is_a_failure(
    factory: Sftp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spectrum_orders.delivery.transports.names.LONGEST_LIST", 10)
    for place in range(11):
        put(to(factory), SMALL, f"SHOP/{place}.zip")
    with pytest.raises(DeliveryFailed) as failed:
        using(to(factory), lambda one: one.names("SHOP", ".received"))
    assert (failed.value.code, failed.value.permanent) == ("too-long", True)
