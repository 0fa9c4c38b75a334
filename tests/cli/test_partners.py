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
