"""Promise 4: print files that are gone from the disk are made again, and nothing is sent without them."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from spectrum_orders.runtime import Runtime
from spectrum_orders.store import queue
from spectrum_orders.store.schema import artworks, journal, print_files
from tests.cli.test_catalogue_verbs import PICTURE
from tests.delivery.working import drained, owed, turn_clock, until, working
from tests.harness.factory import Factory, manifest, opened, opened_store, order, sell
from tests.harness.place import Place, spectrum
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle import somebody
from tests.store.opening import opened as opened_place


@pytest.fixture
def factory(factory: Factory, own_shop: Shop) -> Factory:
    factory.receives(own_shop)
    return factory


def lose(server: Server, *names: str) -> None:
    """Remove files of the one version that is made; all of them, if none is named."""
    (folder,) = (server.data_dir / "files" / "artwork").glob("*/*")
    for path in folder.iterdir():
        if not names or path.name in names:
            path.unlink()


def printed(package: Path) -> dict[str, bytes]:
    return {name[-9:]: data for name, data in opened(package).items() if name.endswith("_wrap.pdf")}


@pytest.mark.parametrize("lost", [(), ("0",), ("sheet",)], ids=["all", "a print file", "the sheet"])
def test_a_package_whose_files_are_lost_arrives_with_the_same_bytes(
    own_shop: Shop, serving: Server, factory: Factory, lost: tuple[str, ...]
) -> None:
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    (first,) = factory.await_packages()
    whole = first.read_bytes()
    lose(serving, *lost)
    own_shop.acknowledge(order("PO-2", "ABCD1234"))
    (second,) = set(factory.await_packages(2)) - {first}
    assert printed(second) == printed(first) != {}
    # The very package once more, of files that were made twice.
    until(lambda: '"delivered":1' in own_shop.get("/api/order/order-number/PO-1").text, "its settling")
    lose(serving, *lost)
    first.unlink()
    answer = own_shop.post("/api/order/redeliver", {"purchaseOrderNumber": "PO-1"})
    assert answer.status_code == 200, answer.text
    until(first.exists, "the package")
    assert first.read_bytes() == whole
    assert serving.spectrum("exceptions").stderr == "Nothing waits for anybody.\n"


def of_another_renderer(server: Server) -> None:
    """The one print file, as an older renderer had made it, is lost."""
    with opened_store(server) as runtime, runtime.database.write() as connection:
        connection.execute(sa.update(print_files).values(digest=bytes(32)))
        connection.execute(sa.update(artworks).values(renderer="spectrum-artwork 0"))
    lose(server)


def test_a_reprint_says_whether_it_is_what_was_printed_before_or_what_differs(
    own_shop: Shop, serving: Server, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234")

    def ordered(number: str, before: set[Path]) -> Path:
        own_shop.acknowledge(order(number, "ABCD1234"))
        (package,) = set(factory.await_packages(len(before) + 1)) - before
        until(
            lambda: '"delivered":1' in own_shop.get(f"/api/order/order-number/{number}").text, "its settling"
        )
        return package

    def reprinted(number: str) -> dict[str, Any]:
        before = factory.packages()
        answer = own_shop.post("/api/order/reprint", {"purchaseOrderNumber": number})
        assert answer.status_code == 200, answer.text
        (package,) = set(factory.await_packages(len(before) + 1)) - {*before}
        members = opened(package)
        sheet = subprocess.run(
            ["pdftotext", "-", "-"],
            input=members["specification_ABCD1234.pdf"],
            capture_output=True,
            check=True,
        )
        assert f"REPRINT of {manifest(members)['completes']}" in sheet.stdout.decode()
        (line,) = manifest(members)["lines"]
        found: dict[str, Any] = line
        return found

    first = ordered("PO-1", set())
    assert "identical" not in manifest(opened(first))["lines"][0]
    same = reprinted("PO-1")
    assert (same["identical"], "differs" in same) == (True, False)
    of_another_renderer(serving)
    other = reprinted("PO-1")
    assert "identical" not in other
    (file,) = other["files"]
    digest = hashlib.sha256(next(iter(printed(first).values()))).hexdigest()
    assert other["differs"] == [
        {
            "member": file["name"],
            "sha256Before": "00" * 32,
            "sha256": digest,
            "rendererBefore": "spectrum-artwork 0",
            "renderer": file["renderer"],
        }
    ]
    # Lost once more and made by the same renderer; and an order that came only after the difference.
    lose(serving)
    assert reprinted("PO-1")["differs"] == other["differs"]
    ordered("PO-2", {*factory.packages()})
    assert reprinted("PO-2")["identical"] is True


def test_who_asks_for_files_that_are_lost_gets_them(own_shop: Shop, serving: Server) -> None:
    sell(own_shop, "ABCD1234")
    path = "/api/webtoprint/ABCD1234"
    before = own_shop.get(path, params={"wait": "60"})
    assert before.status_code == 200
    lose(serving)
    asked = own_shop.get(path, params={"wait": "0"}).json()
    assert asked["state"] == "pending"
    after = own_shop.get(path, params={"wait": "60"})
    assert (after.status_code, after.content) == (200, before.content)
    with zipfile.ZipFile(io.BytesIO(after.content)) as archive:
        assert archive.testzip() is None
    lose(serving)
    sheet = own_shop.get(f"/{own_shop.handle}/specification/ABCD1234/pdf", params={"wait": "60"})
    assert sheet.status_code == 200, sheet.text


def test_nothing_is_made_while_the_disk_with_the_files_is_away(own_shop: Shop, serving: Server) -> None:
    sell(own_shop, "ABCD1234")
    path = "/api/webtoprint/ABCD1234"
    before = own_shop.get(path, params={"wait": "60"})
    assert before.status_code == 200
    folder = serving.data_dir / "files" / "artwork"
    with opened_store(serving) as runtime:
        until(lambda: owed(runtime) == [], "its settling")
    folder.rename(folder.with_name("elsewhere"))
    answer = own_shop.get(path, params={"wait": "1"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "may be away" in answer.text
    with opened_store(serving) as runtime:
        assert owed(runtime) == []
    assert not folder.exists()
    folder.with_name("elsewhere").rename(folder)
    assert own_shop.get(path, params={"wait": "60"}).content == before.content


def _owes(runtime: Runtime, kind_attempts_reason: tuple[str, int, str]) -> bool:
    return [(row.kind, row.attempts, row.reason) for row in owed(runtime)] == [kind_attempts_reason]


class Unmade(NamedTuple):
    """An order for a picture of which no file is made yet. No server runs."""

    place: Place
    client: str
    factory: Factory

    def spectrum(self, *arguments: str) -> str:
        return spectrum(self.place.settings, *arguments, cwd=self.place.data_dir).stdout

    def away(self, *, and_back: bool = False) -> None:
        """Take the uploads off the disk, or put them back."""
        here, there = (self.place.data_dir / "files" / name for name in ("assets", "elsewhere"))
        if and_back:
            here.rmdir()
            there.rename(here)
        else:
            here.rename(there)
            here.mkdir()

    @contextmanager
    def unmounted(self) -> Iterator[Path]:
        """Only the bare mount point is where the files were."""
        folder = self.place.data_dir / "files"
        away = folder.rename(folder.with_name("away"))
        folder.mkdir()
        yield folder
        folder.rmdir()  # nothing was written there
        away.rename(folder)


@pytest.fixture
def unmade(database: Place, tmp_path: Path) -> Unmade:
    with Server(database, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        factory = Factory(server, tmp_path / "factory")
        factory.receives(shop)
        somebody.sell(shop, "ABCD1234")
        assert shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    return Unmade(database, shop.handle, factory)


def test_what_needs_a_lost_upload_is_tried_by_the_timetable_and_then_an_exception(unmade: Unmade) -> None:
    unmade.away()
    with opened_place(unmade.place) as runtime, working(unmade.place):
        for attempts in range(1, 11):
            turn_clock(runtime)
            tried = (queue.MAKE, attempts, "asset-missing")
            until(functools.partial(_owes, runtime, tried), f"attempt {attempts}")
        assert [row.lane for row in owed(runtime)] == [queue.BURIED]
    (case,) = json.loads(unmade.spectrum("exceptions", "--json"))
    assert (case["kind"], "order retry" in case["nextStep"]) == ("work-failed", True)
    unmade.away(and_back=True)
    unmade.spectrum("order", "retry", "--client", unmade.client, "PO-1")
    with working(unmade.place):
        (package,) = unmade.factory.await_packages()
    assert printed(package)


def test_nothing_is_made_below_a_mount_point_and_what_waits_for_the_disk_is_an_exception(
    unmade: Unmade,
) -> None:
    with opened_place(unmade.place) as runtime:
        with unmade.unmounted():
            with working(unmade.place):
                until(functools.partial(_owes, runtime, (queue.MAKE, 0, "files-away")), "its waiting")
            assert [row.lane for row in owed(runtime)] == [queue.PARKED]
            (case,) = json.loads(unmade.spectrum("exceptions", "--json"))
            assert (case["kind"], "spectrum doctor" in case["nextStep"]) == ("files-away", True)
            doctor = spectrum(unmade.place.settings, "doctor", cwd=unmade.place.data_dir, check=False)
            assert (doctor.returncode, "files are known" in doctor.stdout) == (1, True)
        turn_clock(runtime)
    with working(unmade.place):
        (package,) = unmade.factory.await_packages()
    assert printed(package)


def test_a_package_whose_disk_is_away_waits_for_it_without_using_up_an_attempt(unmade: Unmade) -> None:
    with working(unmade.place):
        (first,) = unmade.factory.await_packages()
        until(lambda: drained(unmade.place), "its settling")
    whole = first.read_bytes()
    first.unlink()
    unmade.spectrum("order", "redeliver", "--client", unmade.client, "PO-1")
    with opened_place(unmade.place) as runtime:
        before = opened_times(runtime)
        with unmade.unmounted(), working(unmade.place):
            until(functools.partial(_owes, runtime, (queue.DELIVER, 0, "files-away")), "its waiting")
            assert opened_times(runtime) == before  # nobody is opened for what cannot leave
        turn_clock(runtime)
    with working(unmade.place):
        until(first.exists, "the package")
    assert first.read_bytes() == whole


def opened_times(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        query = sa.select(sa.func.count()).where(journal.c.kind == "person.opened")
        return int(connection.execute(query).scalar_one())


def test_no_upload_is_taken_below_a_mount_point(unmade: Unmade) -> None:
    with Server(unmade.place, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        with unmade.unmounted() as folder:
            answer = shop.post("/api/assets", content=PICTURE, Content_Type="image/png")
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert "may be away" in answer.text
            assert list(folder.iterdir()) == []
        assert shop.post("/api/assets", content=PICTURE, Content_Type="image/png").status_code == 201


@pytest.fixture
def lost(unmade: Unmade) -> tuple[Unmade, Path, bytes]:
    """The same once its package has arrived, and is to arrive again when its files and uploads are gone."""
    with working(unmade.place):
        (first,) = unmade.factory.await_packages()
        until(lambda: drained(unmade.place), "its settling")
    whole = first.read_bytes()
    first.unlink()
    for path in (unmade.place.data_dir / "files" / "artwork").glob("*/*/*"):
        path.unlink()
    unmade.away()
    unmade.spectrum("order", "redeliver", "--client", unmade.client, "PO-1")
    return unmade, first, whole


def test_a_package_whose_files_and_uploads_are_lost_is_tried_again(lost: tuple[Unmade, Path, bytes]) -> None:
    unmade, first, whole = lost
    with opened_place(unmade.place) as runtime, working(unmade.place):
        until(lambda: _owes(runtime, (queue.DELIVER, 1, "asset-missing")), "the first attempt")
        unmade.away(and_back=True)
        turn_clock(runtime)
        until(first.exists, "the package")
    assert first.read_bytes() == whole


def test_a_notice_waits_for_no_files_of_what_it_takes_back(lost: tuple[Unmade, Path, bytes]) -> None:
    unmade, first, whole = lost
    with opened_place(unmade.place) as runtime, working(unmade.place):
        until(lambda: owed(runtime)[0].attempts == 1, "an attempt to make them again")
    unmade.spectrum("order", "cancel", "--client", unmade.client, "PO-1")
    with opened_place(unmade.place) as runtime:
        turn_clock(runtime)
    with working(unmade.place):
        (notice,) = unmade.factory.await_packages()
    said = manifest(opened(notice))
    assert said["kind"] == "cancellation"
    # It names what it takes back as it would if the files were there.
    first.write_bytes(whole)
    assert said["lines"][0]["files"] == manifest(opened(first))["lines"][0]["files"] != []
