"""Partners on the command line, over both databases."""

from __future__ import annotations

import json
from pathlib import Path

from tests.harness.place import SQLITE, Place, spectrum


def test_a_partner_is_created_once_listed_and_shown(database: Place, tmp_path: Path) -> None:
    def call(*arguments: str, check: bool = True) -> str:
        done = spectrum(database.settings, *arguments, cwd=tmp_path, check=check)
        return done.stdout if check else done.stderr

    created = json.loads(
        call(
            "partner", "create", "press", "--name", "The Press", "--cut", "line", "--ticket", "csv", "--json"
        )
    )
    assert created["people"] == ["shippingAddress", "emailAddress", "phoneNumber"]
    assert (created["cut"], created["tickets"]) == ("line", ["csv"])
    assert "already a partner with the handle 'press'" in call("partner", "create", "press", check=False)
    call("partner", "create", "blind", "--people", "none")
    assert [(one["handle"], one["people"]) for one in json.loads(call("partner", "list", "--json"))] == [
        ("blind", []),
        ("press", created["people"]),
    ]
    assert json.loads(call("partner", "show", "press", "--json")) == created | {"destinations": []}
    assert "List them with: spectrum partner list" in call("partner", "show", "Press", check=False)


def test_the_customer_address_cannot_be_given_to_a_partner(tmp_path: Path) -> None:
    place = Place(SQLITE, tmp_path)
    for people in (("--people", "customerAddress"), ("--people", "none", "--people", "giftMessage")):
        done = spectrum(place.settings, "partner", "create", "press", *people, cwd=tmp_path, check=False)
        assert done.returncode == 2
    assert json.loads(spectrum(place.settings, "partner", "list", "--json", cwd=tmp_path).stdout) == []


def test_what_a_partner_promises_is_set_changed_and_taken_away(database: Place, tmp_path: Path) -> None:
    def call(*arguments: str, check: bool = True) -> str:
        done = spectrum(database.settings, *arguments, cwd=tmp_path, check=check)
        return done.stdout if check else f"{done.returncode} {done.stderr}"

    def promises(text: str) -> dict[str, object]:
        shown = json.loads(text)
        return {name: shown[name] for name in ("slaDays", "timezone", "holidays", "collectHours")}

    bare = call("partner", "create", "press", "--json")
    assert promises(bare) == dict.fromkeys(("slaDays", "timezone", "holidays", "collectHours"))
    set_up = (
        "--sla-days",
        "3",
        "--timezone",
        "Europe/Berlin",
        "--holidays",
        "de-by",
        "--collect-hours",
        "2.5",
    )
    changed = call("partner", "set", "press", *set_up, "--people", "none", "--name", "The Press", "--json")
    meant = {"slaDays": 3, "timezone": "Europe/Berlin", "holidays": "DE-BY", "collectHours": 2.5}
    assert promises(changed) == meant
    assert (json.loads(changed)["people"], json.loads(changed)["name"]) == ([], "The Press")
    assert promises(call("partner", "show", "press", "--json")) == meant
    assert json.loads(call("partner", "list", "--json")) == [json.loads(changed)]
    assert "3 days" in call("partner", "list")
    # What is not named stays; none takes away.
    less = call(
        "partner", "set", "press", "--sla-days", "none", "--holidays", "none", "--cut", "line", "--json"
    )
    assert promises(less) == meant | {"slaDays": None, "holidays": None}
    assert (json.loads(less)["cut"], json.loads(less)["people"]) == ("line", [])

    for wrong, said in (
        (("--holidays", "XX"), "no calendar is known for it"),
        (("--holidays", "DE-XX"), "no calendar is known for it"),
        (("--timezone", "Mars"), "not the name of a time zone"),
        (("--sla-days", "-1"), "not in the range"),
        (("--collect-hours", "0"), "not in the range"),
        ((), "Say what to change"),
    ):
        answer = call("partner", "set", "press", *wrong, check=False)
        assert answer.startswith("2 ")
        assert said in answer
    assert call("partner", "set", "nobody", "--cut", "line", check=False).startswith("1 ")
