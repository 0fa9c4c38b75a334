"""Master keys on the command line: rotated beside a running server, resumed, retired."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FreshServer
from tests.harness.place import Place, environment, spectrum
from tests.harness.server import Server
from tests.harness.shop import Shop

MANY = 3_000
"""Orders enough for several of the transactions in which keys are wrapped anew."""


def gift(number: int) -> dict[str, Any]:
    return {
        "purchaseOrderNumber": f"gift-{number}",
        "orderDate": "2026-03-30",
        "emailAddress": f"anna{number}@shop.example",
        "lineItems": [
            {
                "recipeSetId": "ABCD1234",
                "giftMessage": f"For you {number}",
                "skuQuantities": [{"sku": "S-1", "quantity": 1}],
            }
        ],
    }


def shown(server: Server) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(server.spectrum("keys", "show", "--json").stdout)
    return report


def message(shop: Shop, number: int) -> str:
    found = shop.get(f"/api/order/order-number/gift-{number}").json()
    text: str = found["lineItems"][0]["giftMessage"]
    return text


def test_keys_rotate_beside_a_running_server_that_opens_everything_all_the_while(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server()
    shop = Shop(server)
    assert shop.acknowledge([gift(number) for number in range(20)]).status_code == 200
    before = shown(server)
    assert before["versions"] == [{"version": 1, "orders": 20}]

    server.spectrum("keys", "rotate")
    assert shop.acknowledge(gift(20)).status_code == 200
    assert [message(shop, number) for number in (0, 19, 20)] == ["For you 0", "For you 19", "For you 20"]
    after = shown(server)
    assert after["active"] == 2
    assert after["versions"] == [{"version": 1, "orders": 0}, {"version": 2, "orders": 21}]
    assert after["publicKey"] == before["publicKey"]

    server.spectrum("keys", "retire", "1", "--yes")
    assert shown(server)["versions"] == [{"version": 2, "orders": 21}]
    assert message(shop, 0) == "For you 0"
    server.restart()
    assert message(shop, 20) == "For you 20"
    shop.close()


def test_a_rotation_that_was_killed_is_finished_by_the_next_call(fresh_server: FreshServer) -> None:
    server = fresh_server()
    shop = Shop(server)
    for start in range(0, MANY, 1000):
        assert shop.acknowledge([gift(number) for number in range(start, start + 1000)]).status_code == 200
    rotation = subprocess.Popen(
        [sys.executable, "-m", "spectrum_orders.cli", "keys", "rotate"],
        env=environment(server.settings),
        cwd=server.data_dir,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert rotation.stderr is not None
    for line in rotation.stderr:
        if line.endswith(" orders\n"):  # the first transaction is through
            break
    os.kill(rotation.pid, signal.SIGKILL)
    rotation.wait()
    rotation.stderr.close()
    counts = {row["version"]: row["orders"] for row in shown(server)["versions"]}
    assert counts[1] + counts[2] == MANY
    assert counts[2] > 0
    assert [message(shop, number) for number in (0, MANY - 1)] == ["For you 0", f"For you {MANY - 1}"]
    refused = server.spectrum("keys", "retire", "1", "--yes", check=False)
    if counts[1]:
        assert refused.returncode == 1
        assert "still need version 1" in refused.stderr
        assert "Finishing the rotation to version 2" in server.spectrum("keys", "rotate").stderr
    assert shown(server)["versions"][-1] == {"version": 2, "orders": MANY}
    shop.close()


@pytest.mark.parametrize(
    ("version", "told"),
    [("1", "is the active one"), ("7", "has no version 7"), ("0", "0 is not in the range")],
)
def test_what_cannot_be_retired_is_refused(tmp_path: Path, version: str, told: str) -> None:
    done = spectrum({}, "keys", "retire", version, "--yes", cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert told in done.stderr


def test_retiring_asks_first(tmp_path: Path) -> None:
    spectrum({}, "keys", "rotate", cwd=tmp_path)
    done = spectrum({}, "keys", "retire", "1", cwd=tmp_path, given="n\n", check=False)
    assert done.returncode == 130
    assert "can never be read again" in done.stderr
    assert len(json.loads(spectrum({}, "keys", "show", "--json", cwd=tmp_path).stdout)["versions"]) == 2


def test_a_ring_from_the_environment_is_rotated_by_way_of_a_file(database: Place, tmp_path: Path) -> None:
    spectrum(database.settings, "keys", "show", cwd=tmp_path)
    kept = database.data_dir / "keyring.json"
    settings = {**database.settings, "SPECTRUM_KEYRING": kept.read_text()}
    kept.unlink()
    refused = spectrum(settings, "keys", "rotate", cwd=tmp_path, check=False)
    assert refused.returncode == 1
    assert "spectrum keys rotate --output FILE" in refused.stderr

    following = tmp_path / "next.json"
    spectrum(settings, "keys", "rotate", "--output", str(following), cwd=tmp_path)
    assert stat.S_IMODE(following.stat().st_mode) == 0o600
    again = spectrum(settings, "keys", "rotate", "--output", str(following), cwd=tmp_path, check=False)
    assert again.returncode == 1
    settings["SPECTRUM_KEYRING"] = following.read_text()
    report = json.loads(spectrum(settings, "keys", "show", "--json", cwd=tmp_path).stdout)
    assert report["active"] == 2
    assert report["from"] == "SPECTRUM_KEYRING"


def test_no_verb_shows_a_key(tmp_path: Path) -> None:
    spectrum({}, "keys", "rotate", cwd=tmp_path)
    ring = json.loads((tmp_path / "var" / "keyring.json").read_text())
    secrets = [*ring["masters"].values(), ring["index"], ring["signing"]]
    told = ""
    for verb in (["keys", "show"], ["keys", "show", "--json"], ["doctor"], ["config"], ["keys", "rotate"]):
        done = spectrum({}, *verb, cwd=tmp_path)
        told += done.stdout + done.stderr
    assert told
    assert not [secret for secret in secrets if secret in told]
