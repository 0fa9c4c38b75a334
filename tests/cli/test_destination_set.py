"""A factory that changes its password, key or address while packages go to it, over both databases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders.delivery.lease import RENEW_SECONDS
from spectrum_orders.errors import Conflict
from spectrum_orders.store import partners
from spectrum_orders.store.schema import journal
from spectrum_orders.store.transaction import now_us
from tests.cli.test_destinations import call, listed
from tests.conftest import FreshServer
from tests.delivery.working import owed
from tests.harness.factory import PATIENCE, order, sell
from tests.harness.place import Place
from tests.harness.receiver import Authority
from tests.harness.server import Server
from tests.harness.sftp import PASSWORD, Sftp
from tests.harness.shop import Shop
from tests.store.opening import opened

ANOTHER = "wrong pony dead battery"


@pytest.fixture
def server(fresh_server: FreshServer) -> Server:
    return fresh_server(SPECTRUM_DELIVER="on", SPECTRUM_OUTBOUND_NETWORKS="127.0.0.0/8")


@pytest.fixture
def shop(server: Server) -> Iterator[Shop]:
    with Shop(server) as new:
        sell(new, "ABCD1234")
        yield new


def kept(folder: Path, secret: str) -> str:
    """The path of a file with this secret, which nobody else reads."""
    file = folder / f"secret-{len(list(folder.iterdir()))}"
    file.touch(mode=0o600)
    file.write_text(secret + "\n")
    return str(file)


def far(server: Server, shop: Shop, sftp: Sftp, secret_file: str) -> str:
    """A factory at an SFTP server that gets every order of the shop; the id of its destination."""
    server.spectrum("partner", "create", "far")
    server.spectrum("route", "add", "--client", shop.handle, "--partner", "far")
    add = ("destination", "add", "--partner", "far", sftp.url, "--host-key", sftp.host_key)
    number = json.loads(server.spectrum(*add, "--secret-file", secret_file, "--json").stdout)["id"]
    assert isinstance(number, str)
    return number


def standing(server: Server) -> dict[str, Any]:
    """The one destination as it is listed."""
    (one,) = json.loads(server.spectrum("destination", "list", "--json").stdout)
    assert isinstance(one, dict)
    return one


def until(server: Server, seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, server.logs()[-4000:]
        time.sleep(0.05)


def arrived(sftp: Sftp, number: str) -> Callable[[], bool]:
    return lambda: bool(list(sftp.root.rglob(f"{number}_*.zip")))


def changes(server: Server) -> list[dict[str, Any]]:
    """What the journal says of changes of destinations."""
    with server.opened() as runtime, runtime.database.read() as connection:
        rows = connection.execute(journal.select().order_by(journal.c.at)).all()
    return [json.loads(row.body) for row in rows if row.kind == "destination.changed"]


def test_a_factory_that_changed_its_password_gets_its_packages_once_it_is_told(
    server: Server, shop: Shop, sftp: Sftp, tmp_path: Path
) -> None:
    number = far(server, shop, sftp, kept(tmp_path, PASSWORD))
    sftp.password = ANOTHER
    shop.acknowledge(order("PO-1", "ABCD1234"))
    until(server, lambda: standing(server)["failures"] > 0)
    assert standing(server)["lastError"] == "auth"

    change = ("destination", "set", number, "--secret-file", kept(tmp_path, ANOTHER))
    would = server.spectrum(*change, "--dry-run")
    assert "Nothing was changed." in would.stderr
    assert "secret  not shown  not shown" in would.stdout
    assert (standing(server)["failures"] > 0, changes(server)) == (True, [])

    told = server.spectrum(*change).stderr
    assert f"Of the destination {number} of far was changed: secret." in told
    assert "1 delivery stays given up" in told
    replay = told.partition("  spectrum ")[2].partition("\n")[0]
    assert replay == f"delivery replay --destination {number}"
    assert ANOTHER not in told + would.stdout + would.stderr
    assert (standing(server)["state"], standing(server)["failures"]) == ("well", 0)

    shop.acknowledge(order("PO-2", "ABCD1234"))
    until(server, arrived(sftp, "PO-2"))
    assert not arrived(sftp, "PO-1")()
    server.spectrum(*replay.split())
    until(server, arrived(sftp, "PO-1"))
    assert changes(server) == [{"destination": number, "changed": ["secret"]}]
    sealed = b"".join(path.read_bytes() for path in server.data_dir.rglob("*") if path.is_file())
    assert ANOTHER.encode() not in sealed


def test_a_connection_with_the_old_secret_is_not_used_for_what_comes_after(
    server: Server, shop: Shop, sftp: Sftp, tmp_path: Path
) -> None:
    number = far(server, shop, sftp, kept(tmp_path, PASSWORD))
    shop.acknowledge(order("PO-1", "ABCD1234"))
    until(server, arrived(sftp, "PO-1"))
    assert sftp.logins == 1
    sftp.password = ANOTHER
    told = json.loads(
        server.spectrum("destination", "set", number, "--secret-file", "-", "--json", given=ANOTHER).stdout
    )
    assert (told["changed"], told["hasSecret"], told["buried"]) == (["secret"], True, 0)
    shop.acknowledge(order("PO-2", "ABCD1234"))
    until(server, arrived(sftp, "PO-2"))
    assert sftp.logins == 2


def test_an_attempt_that_was_under_way_with_the_old_secret_gives_nothing_up(
    server: Server, shop: Shop, sftp: Sftp, tmp_path: Path
) -> None:
    number = far(server, shop, sftp, kept(tmp_path, ANOTHER))
    with sftp.stopped():
        shop.acknowledge(order("PO-1", "ABCD1234"))
        until(server, lambda: is_leased(server, int(number)))
        time.sleep(1)  # from the claim to the question that nobody answers
        change = ("destination", "set", number, "--secret-file", kept(tmp_path, PASSWORD))
        assert "1 delivery is owed to it and will be tried at once." in server.spectrum(*change).stderr
    until(server, arrived(sftp, "PO-1"))
    assert sftp.logins == 2
    assert (standing(server)["state"], standing(server)["failures"]) == ("well", 0)


def is_leased(server: Server, lane: int) -> bool:
    soon = now_us() + round(RENEW_SECONDS * 1e6)
    with server.opened() as runtime:
        return any(row.lane == lane and row.due_at > soon for row in owed(runtime))


def test_what_is_owed_goes_to_a_factory_s_new_address_under_the_names_that_it_has(
    server: Server, shop: Shop, tmp_path: Path
) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    with Sftp(tmp_path / "old") as old, Sftp(tmp_path / "new") as new:
        number = far(server, shop, old, kept(tmp_path, PASSWORD))
        old.full = True
        shop.acknowledge(order("PO-1", "ABCD1234"))
        # The third attempt comes five minutes after the second.
        until(server, lambda: standing(server)["failures"] == 2)
        (delivery,) = json.loads(server.spectrum("delivery", "list", "--json").stdout)

        alone_at_night = server.spectrum("destination", "set", number, "--url", new.url, check=False)
        assert alone_at_night.returncode == 1
        shown = new.key.get_fingerprint()
        assert alone_at_night.stderr.rstrip().endswith(f"call again with --host-key {shown}")
        assert (standing(server)["url"], changes(server)) == (old.url, [])

        change = ("destination", "set", number, "--url", new.url, "--host-key", shown)
        would = server.spectrum(*change, "--dry-run")
        assert [line.split() for line in would.stdout.splitlines()[1:]] == [
            ["URL", old.url, new.url],
            ["host", "key", old.key.get_fingerprint(), shown],
        ]
        assert "1 delivery is owed to it and would be tried at once." in would.stderr
        server.spectrum(*change)
        until(server, arrived(new, "PO-1"))
        assert (new.root / delivery["name"]).is_file()
        assert list(old.root.rglob("*.zip")) == []
        assert changes(server) == [{"destination": number, "changed": ["url", "hostKey"]}]


MISTAKES: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("SFTP",), 2, "Say what to change; see: spectrum destination set --help"),
    (("SFTP", "--dry-run"), 2, "Say what to change"),
    (("SFTP", "--ca", "SECRET"), 2, "--ca is only for https:// and s3://"),
    (("SFTP", "--body", "ticket"), 2, "--body is only for https://"),
    (("SFTP", "--body", "package"), 2, "--body is only for https://"),
    (("SFTP", "--host-key", "SHA256:abc"), 1, "was it cut off?"),
    (("SFTP", "--host-key", "abc"), 1, "the host key is no public key's line"),
    (("SFTP", "--host-key", ""), 1, "it needs the server's host key"),
    (("SFTP", "--host-key", "abc", "--accept-host-key"), 2, "not both"),
    (("SFTP", "--secret-file", "EMPTY"), 1, "The secret is empty"),
    (("SFTP", "--url", "sftp://press:hunter2@press.example/in"), 2, "The URL holds a password"),
    (("SFTP", "--url", "folder:///var/press"), 2, "The destination is sftp:// and stays so"),
    (("HTTPS", "--url", "http://press.example/in"), 2, "The destination is https:// and stays so"),
    (("HTTPS", "--secret-file", "SECRET"), 1, "a secret is no whsec_"),
    (("HTTPS", "--ca", "SECRET"), 1, "cannot be opened"),
    (("HTTPS", "--host-key", "SHA256:x"), 2, "Only sftp:// has a host key"),
    (("FOLDER", "--secret-file", "SECRET"), 2, "A folder needs no secret"),
    (("FOLDER", "--url", "folder:///var/other"), 1, "press has this destination already"),
    (("5", "--body", "ticket"), 1, "There is no destination 5"),
)


# About what is read on the command line: the database has no part in it.
@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
def test_every_mistake_is_told_changes_nothing_and_repeats_no_secret(press: Place, tmp_path: Path) -> None:
    add = ("destination", "add", "--partner", "press", "--json")
    secret, whsec = kept(tmp_path, PASSWORD), kept(tmp_path, "whsec_" + "A" * 32)
    names = {"SECRET": secret, "EMPTY": kept(tmp_path, "")}
    for name, url, more in (
        (
            "SFTP",
            "sftp://press@press.example/in",
            ("--secret-file", secret, "--host-key", "SHA256:" + "A" * 43),
        ),
        ("HTTPS", "https://press.example/in", ("--secret-file", whsec)),
        ("FOLDER", "folder:///var/press", ()),
        ("OTHER", "folder:///var/other", ()),
    ):
        names[name] = json.loads(call(press, *add, url, *more).stdout)["id"]
    before = rows(press)
    for arguments, code, told in MISTAKES:
        given = [names.get(one, one) for one in arguments]
        done = call(press, "destination", "set", *given, check=False)
        assert (done.returncode, told in done.stderr) == (code, True), done.stderr
        assert PASSWORD not in done.stderr
        assert "hunter2" not in done.stderr
    assert rows(press) == before


def rows(place: Place) -> list[partners.DestinationRow]:
    with opened(place) as runtime, runtime.database.read() as connection:
        return partners.list_destinations(connection)


def test_certificates_and_what_is_posted_are_changed_and_taken_back(press: Place, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(Authority(tmp_path).pem)
    add = ("destination", "add", "--partner", "press", "https://press.example/in", "--json", "--secret-file")
    number = json.loads(call(press, *add, kept(tmp_path, "whsec_" + "A" * 32)).stdout)["id"]
    change = ("destination", "set", number, "--json")
    told = json.loads(call(press, *change, "--ca", str(ca), "--body", "ticket").stdout)
    assert (told["changed"], told["body"], told["dryRun"]) == (["ca", "body"], "ticket", False)
    assert rows(press)[0].options == {"ca": ca.read_text(), "body": "ticket"}
    would = call(press, *change[:3], "--ca", "none", "--dry-run").stdout
    assert would.splitlines()[1].startswith("CA")
    assert would.rstrip().endswith("the system's")
    assert json.loads(call(press, *change, "--body", "ticket").stdout)["changed"] == []
    like_that = call(press, *change[:3], "--body", "ticket").stderr
    assert f"The destination {number} is like that already, and nothing was changed." in like_that
    told = json.loads(call(press, *change, "--ca", "none", "--body", "package").stdout)
    assert (told["changed"], told["body"]) == (["ca", "body"], "package")
    assert rows(press)[0].options == {}


def test_a_folder_may_move_and_keeps_its_id(press: Place, tmp_path: Path) -> None:
    call(press, "destination", "add", "--partner", "press", "folder:///var/press")
    (one,) = listed(press)
    told = call(press, "destination", "set", one["id"], "--url", f"folder://{tmp_path}/new").stderr
    assert "There is no such folder on this machine yet" in told
    (moved,) = listed(press)
    assert moved == one | {"url": f"folder://{tmp_path}/new"}


def test_a_server_s_new_key_is_pinned_in_place_of_the_old(press: Place, sftp: Sftp, tmp_path: Path) -> None:
    add = ("destination", "add", "--partner", "press", sftp.url, "--host-key", "SHA256:" + "A" * 43, "--json")
    number = json.loads(call(press, *add, "--secret-file", kept(tmp_path, PASSWORD)).stdout)["id"]
    failed = call(press, "destination", "test", number, check=False)
    assert "(host-key)" in failed.stdout
    assert "Only then pin the new one by spectrum destination set." in failed.stderr
    told = call(press, "destination", "set", number, "--accept-host-key").stderr
    assert f"shows the ssh-ed25519 key {sftp.key.get_fingerprint()}" in told
    assert f"Of the destination {number} of press was changed: host key." in told
    assert call(press, "destination", "test", number).returncode == 0


def test_of_two_who_change_one_destination_at_once_the_second_is_told(press: Place) -> None:
    call(press, "destination", "add", "--partner", "press", "folder:///var/press")
    with opened(press) as runtime:
        with runtime.database.read() as connection:
            (read,) = partners.list_destinations(connection)
        with runtime.ledger.write() as tx:
            partners.change_destination(tx, read, ("folder:///var/first", {}, None), ["url"])
        with pytest.raises(Conflict, match="nothing was changed by you"), runtime.ledger.write() as tx:
            partners.change_destination(tx, read, ("folder:///var/second", {}, None), ["url"])
    assert [one["url"] for one in listed(press)] == ["folder:///var/first"]
