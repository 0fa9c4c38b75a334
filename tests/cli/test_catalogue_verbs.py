"""Products, recipe sets and their files on the command line, over both databases."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders import config, runtime
from spectrum_orders.store.schema import journal
from tests.harness.factory import MUG, NAMED
from tests.harness.place import Place, spectrum

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000"
    "000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
"""One red pixel as a PNG."""


class Shelf:
    """A client's catalogue."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.call("client", "create", "shop")

    def call(self, *arguments: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
        return spectrum(self.place.settings, *arguments, cwd=self.folder, check=check, **more)

    def put(self, noun: str, document: object, *options: str) -> dict[str, Any]:
        put = (noun, "put", "--client", "shop", "-", "--json", *options)
        done: dict[str, Any] = json.loads(self.call(*put, given=json.dumps(document)).stdout)
        return done


@pytest.fixture
def shelf(database: Place, tmp_path: Path) -> Shelf:
    return Shelf(database, tmp_path)


def test_a_product_and_a_recipe_set_are_put_once_and_shown(shelf: Shelf) -> None:
    mug = {"handle": "mug", **MUG}
    dry = shelf.put("product", mug, "--dry-run")
    assert (dry["new"], dry["version"]) == (True, None)
    first, again = shelf.put("product", mug), shelf.put("product", mug)
    assert (first["new"], again["new"]) == (True, False)
    assert first["version"] == again["version"]
    (listed,) = json.loads(shelf.call("product", "list", "--client", "shop", "--json").stdout)
    assert (listed["handle"], listed["areas"]) == ("mug", ["wrap"])
    shown = json.loads(shelf.call("product", "show", "--client", "shop", "mug").stdout)
    assert shown["areas"][0]["width"] == 60

    named = {"readableId": "ABCD1234", **NAMED}
    assert shelf.put("recipeset", named)["new"] is True
    told = shelf.call("recipeset", "show", "--client", "shop", "ABCD1234", "--json").stdout
    assert json.loads(told)["products"] == {"mug": first["version"]}
    # The text on it is a customer's: it is shown to who asks for it, and that is in the journal.
    assert "Grace" not in told
    opened = shelf.call("recipeset", "show", "--client", "shop", "ABCD1234", "--document").stdout
    assert "Grace" in opened
    assert "recipe-set.opened" in journalled(shelf.place)


def journalled(place: Place) -> list[str]:
    with runtime.open_runtime(config.load(place.settings)) as held, held.database.read() as connection:
        return [row.kind for row in connection.execute(journal.select())]


def test_every_problem_of_a_document_is_told_at_once(shelf: Shelf) -> None:
    broken = {"handle": "mug", "name": "", "areas": [{"handle": "wrap", "width": -1, "height": 30}]}
    put = ("product", "put", "--client", "shop", "-")
    done = shelf.call(*put, given=json.dumps(broken), check=False)
    assert done.returncode == 1
    assert "/name" in done.stderr
    assert "/areas/0/width" in done.stderr
    assert shelf.call(*put, given="{", check=False).returncode == 1
    lost = shelf.call("recipeset", "put", "--client", "shop", "-", given="{}", check=False)
    assert lost.returncode == 1
    assert "/recipes" in lost.stderr


def test_a_file_is_stored_once_under_its_hash_and_no_other_way(shelf: Shelf) -> None:
    picture = shelf.folder / "picture.png"
    picture.write_bytes(PICTURE)
    put = ("asset", "put", "--client", "shop", str(picture))
    digest = hashlib.sha256(PICTURE).hexdigest()
    assert shelf.call(*put).stdout == f"{digest}  picture.png\n"
    (again,) = json.loads(shelf.call(*put, "--json").stdout)
    assert (again["sha256"], again["mediaType"], again["bytes"]) == (digest, "image/png", len(PICTURE))
    odd = shelf.folder / "odd.bin"
    odd.write_bytes(b"nothing that anybody prints")
    refused = shelf.call("asset", "put", "--client", "shop", str(odd), check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: odd.bin: ")
