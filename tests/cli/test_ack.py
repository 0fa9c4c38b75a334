"""`spectrum ack` sends what is in a file, whatever its form, and says what became of it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness.place import environment, spectrum
from tests.harness.shop import Shop


def order(number: object, **members: Any) -> dict[str, Any]:
    line = {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "MUG", "quantity": 1}]}
    return {"purchaseOrderNumber": str(number), "orderDate": "2026-03-30", "lineItems": [line], **members}


def lines(orders: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(each) + "\n" for each in orders)


def ack(shop: Shop, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`spectrum ack - ARGUMENTS` with `text` as its standard input and no database of its own."""
    settings = {"SPECTRUM_API_TOKEN": shop.token, "SPECTRUM_URL": shop.server.url}
    return spectrum(settings, "ack", "-", *arguments, cwd=Path.cwd(), check=False, given=text)


def stored(shop: Shop, number: object) -> bool:
    return shop.get(f"/api/order/order-number/{number}").status_code == 200


def test_one_order_is_acknowledged(shop: Shop) -> None:
    done = ack(shop, json.dumps(order(1), indent=2))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 is acknowledged, receipt rcp_")
    assert stored(shop, 1)


def test_a_refused_order_is_one_sentence_with_every_reason(shop: Shop) -> None:
    ack(shop, json.dumps(order(1)))
    same = ack(shop, json.dumps(order(1)))
    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout.startswith("1 is already acknowledged, identical, receipt rcp_")
    other = ack(shop, json.dumps(order(1, orderDate="2026-03-31")))
    assert "differs at /orderDate" in other.stderr
    wrong = ack(shop, json.dumps(order(2, orderDate="soon", priority="urgent")))
    assert wrong.returncode == 1
    assert "/orderDate: " in wrong.stderr
    assert "/priority: " in wrong.stderr
    assert not stored(shop, 2)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([order(number) for number in range(3)]),
        json.dumps({"orders": [order(number) for number in range(3)]}, indent=1),
        lines([order(number) for number in range(3)]),
        "\ufeff\n" + lines([order(number) for number in range(3)]).replace("\n", "\r\n\r\n"),
    ],
    ids=["array", "orders", "ndjson", "ndjson-from-windows"],
)
def test_every_form_of_a_file_is_seen_by_itself(shop: Shop, text: str) -> None:
    done = ack(shop, text)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "3 orders: 3 acknowledged, 0 already there, 0 rejected.\n"
    assert all(stored(shop, number) for number in range(3))


def test_a_file_is_read_by_its_name(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text(lines([order(number) for number in range(3)]))
    arguments = ("--url", shop.server.url, "--token", shop.token)
    done = spectrum({}, "ack", str(file), *arguments, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 acknowledged" in done.stdout


def test_a_list_longer_than_one_request_keeps_its_numbering(shop: Shop) -> None:
    wrong = order(2100) | {"orderDate": "soon"}
    done = ack(shop, json.dumps([*(order(number) for number in range(2100)), wrong]), "--json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [result["index"] for result in results[:-1]] == list(range(2101))
    assert results[-1]["counts"] == {"acknowledged": 2100, "duplicates": 0, "rejected": 1}
    assert results[-2]["httpStatus"] == 422


def test_refused_orders_of_many_are_a_table_with_reasons(shop: Shop) -> None:
    ack(shop, json.dumps(order(1)))
    done = ack(shop, lines([order(1), order(2, priority="urgent"), order(3)]))
    assert done.returncode == 1
    heading, duplicate, invalid, *_ = done.stdout.splitlines()
    assert heading.split() == ["INDEX", "PURCHASE", "ORDER", "STATUS", "REASON"]
    assert duplicate.split()[:3] == ["0", "1", "409"]
    assert "identical" in duplicate
    assert invalid.split()[:4] == ["1", "2", "422", "/priority:"]
    assert done.stdout.endswith("3 orders: 1 acknowledged, 1 already there (identical), 1 rejected.\n")


def test_a_file_that_is_sent_again_is_done_unless_it_says_something_else(shop: Shop) -> None:
    sent = [order(1), order(2)]
    for text in (lines(sent), json.dumps(sent)):
        ack(shop, text)
        again = ack(shop, text)
        assert again.returncode == 0
        assert again.stdout.endswith(
            "2 orders: 0 acknowledged, 2 already there (all identical), 0 rejected.\n"
        )
    other = ack(shop, lines([order(1), order(2, orderDate="2026-03-31")]))
    assert other.returncode == 1
    assert other.stdout.endswith("2 orders: 0 acknowledged, 2 already there (1 identical), 0 rejected.\n")


def test_a_thousand_refusals_are_counted_and_not_all_shown(shop: Shop) -> None:
    done = ack(shop, json.dumps([order(number, priority="urgent") for number in range(1000)]))
    assert "… and 980 more" in done.stdout
    assert len(done.stdout.splitlines()) < 100


def test_a_dry_run_stores_nothing(shop: Shop) -> None:
    foreseen = {
        json.dumps(order(1)): "1 would be acknowledged; nothing was stored.\n",
        json.dumps([order(1)]): "1 order: 1 would be acknowledged, 0 already there, 0 would be rejected; "
        "nothing was stored.\n",
        lines([order(1), order(2)]): "2 orders: 2 would be acknowledged, 0 already there, "
        "0 would be rejected; nothing was stored.\n",
    }
    for text, said in foreseen.items():
        done = ack(shop, text, "--dry-run")
        assert (done.returncode, done.stdout) == (0, said)
    assert not stored(shop, 1)


def test_the_answer_to_one_order_is_json_for_programs(shop: Shop) -> None:
    assert json.loads(ack(shop, json.dumps(order(1)), "--json").stdout)["allSuccessful"] is True
    again = ack(shop, json.dumps(order(1)), "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout)["identical"] is True


def test_results_come_while_the_orders_are_still_being_written(shop: Shop, tmp_path: Path) -> None:
    settings = {"SPECTRUM_API_TOKEN": shop.token, "SPECTRUM_URL": shop.server.url}
    with subprocess.Popen(
        [sys.executable, "-m", "spectrum_orders.cli", "ack", "-", "--json"],
        env={**environment(settings), "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        # The form of the file is known with its second line; from then on each line is answered alone.
        running.stdin.write(lines([order(1), order(2)]).encode())
        for number in (1, 2, 3, 4):
            if number > 2:
                running.stdin.write(lines([order(number)]).encode())
            running.stdin.flush()
            assert json.loads(_line(running.stdout.fileno()))["purchaseOrderNumber"] == str(number)
        running.stdin.close()
        assert json.loads(_line(running.stdout.fileno()))["allSuccessful"] is True
        assert running.wait() == 0


def _line(descriptor: int) -> bytes:
    """The next line, or an AssertionError instead of waiting for ever."""
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], 60)
        assert ready, f"no further line after {text!r}"
        byte = os.read(descriptor, 1)
        assert byte, f"ended after {text!r}"
        text += byte
    return text


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_file_is_a_mistake(shop: Shop, text: str) -> None:
    done = ack(shop, text)
    assert (done.returncode, done.stderr) == (1, "Error: The file is empty.\n")


def test_what_is_not_json_is_said_by_the_server(shop: Shop) -> None:
    done = ack(shop, "{nonsense")
    assert done.returncode == 1
    assert "not JSON" in done.stderr


def test_without_a_token_it_says_how_to_give_one(tmp_path: Path) -> None:
    done = spectrum({}, "ack", "-", cwd=tmp_path, check=False, given="{}")
    assert done.returncode == 2
    assert "SPECTRUM_API_TOKEN" in done.stderr


FORMS = pytest.mark.parametrize(
    "text",
    [json.dumps(order(1)), json.dumps([order(1)]), lines([order(1), order(2)])],
    ids=["one", "array", "ndjson"],
)


@FORMS
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path, text: str, arguments: tuple[str]) -> None:
    settings = {"SPECTRUM_API_TOKEN": "spk_x", "SPECTRUM_URL": "http://127.0.0.1:1"}
    done = spectrum(settings, "ack", "-", *arguments, cwd=tmp_path, check=False, given=text)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: No answer from http://127.0.0.1:1: connection refused.\n"


@FORMS
def test_a_token_that_is_refused_is_told_alone(shop: Shop, tmp_path: Path, text: str) -> None:
    settings = {"SPECTRUM_API_TOKEN": "spk_test_nonsense", "SPECTRUM_URL": shop.server.url}
    done = spectrum(settings, "ack", "-", cwd=tmp_path, check=False, given=text)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert "token" in done.stderr


def test_a_refusal_ends_it_while_whoever_writes_the_orders_still_has_more(shop: Shop, tmp_path: Path) -> None:
    settings = {"SPECTRUM_API_TOKEN": "spk_test_nonsense", "SPECTRUM_URL": shop.server.url}
    with subprocess.Popen(
        [sys.executable, "-m", "spectrum_orders.cli", "ack", "-"],
        env=environment(settings), cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stderr is not None
        running.stdin.write(lines([order(1), order(2)]).encode())
        running.stdin.flush()
        assert running.wait(60) == 1
        (said,) = running.stderr.read().decode().splitlines()
        assert said.startswith("Error: ")


def test_nothing_in_an_answer_can_steer_the_terminal(shop: Shop) -> None:
    done = ack(shop, json.dumps([order("\u009b31m\u0007red")]))
    assert "\x07" not in done.stdout + done.stderr
    assert "\x9b" not in done.stdout + done.stderr
