"""Promise 4: print files that are gone from the disk are made again, and nothing is sent without them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FreshServer
from tests.delivery.working import until
from tests.harness.factory import Factory, opened, order, sell
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture
def serving(fresh_server: FreshServer) -> Server:
    return fresh_server(SPECTRUM_DELIVER="on")


@pytest.fixture
def own_shop(serving: Server) -> Iterator[Shop]:
    with Shop(serving) as shop:
        yield shop


@pytest.fixture
def factory(serving: Server, own_shop: Shop, tmp_path: Path) -> Factory:
    made = Factory(serving, tmp_path / "factory")
    made.receives(own_shop)
    return made


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
