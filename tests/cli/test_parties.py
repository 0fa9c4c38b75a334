"""Clients and tokens on the command line, over both databases."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

from spectrum_orders import ids
from tests.harness.place import SQLITE, Place, environment, spectrum


def on_a_terminal(place: Place, *arguments: str, columns: int = 80) -> list[str]:
    """The lines that a verb shows on a terminal of so many columns, standard error among them."""
    ours, its = pty.openpty()
    try:
        termios.tcsetwinsize(its, (24, columns))
        subprocess.run(
            [sys.executable, "-m", "spectrum_orders.cli", *arguments],
            env=environment(place.settings),
            stdin=subprocess.DEVNULL,
            stdout=its,
            stderr=its,
            check=True,
        )
    finally:
        os.close(its)
    shown = b""
    try:
        while more := os.read(ours, 65536):
            shown += more
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    return shown.decode().splitlines()


def test_a_list_of_tokens_fits_the_terminal_and_a_pipe_gets_one_line_for_each(tmp_path: Path) -> None:
    place = Place(SQLITE, tmp_path)
    handle = "a-shop-with-a-long-handle"
    spectrum(place.settings, "client", "create", handle, cwd=tmp_path)
    create = (
        "token",
        "create",
        "--client",
        handle,
        "--expires",
        "90d",
        "--label",
        "the till at the back door",
    )
    told = on_a_terminal(place, *create)
    assert [line for line in told[1:] if len(line) > 80] == []
    assert " ".join(told[1:]).endswith("keep it where secrets are kept.")
    piped = spectrum(place.settings, "token", "list", cwd=tmp_path).stdout.splitlines()
    assert len(piped) == 2
    assert max(map(len, piped)) > 80
    shown = on_a_terminal(place, "token", "list")
    assert len(shown) > 2
    assert max(map(len, shown)) <= 80
    assert [line for line in shown if line.startswith(piped[1].split()[0] + "  ")] != []
    wide = on_a_terminal(place, "token", "list", columns=300)
    assert wide == piped


def test_a_client_is_created_once_and_shown(database: Place, tmp_path: Path) -> None:
    def call(*arguments: str, check: bool = True) -> Any:
        return spectrum(database.settings, *arguments, cwd=tmp_path, check=check)

    created = call(
        "client", "create", "shop", "--name", "The Shop", "--timezone", "America/New_York", "--json"
    )
    shown = json.loads(call("client", "show", "shop", "--json").stdout)
    assert json.loads(created.stdout) == shown
    assert shown["name"] == "The Shop"
    assert shown["timezone"] == "America/New_York"
    assert shown["unknownRecipeSet"] == "accept"
    assert json.loads(call("client", "list", "--json").stdout) == [shown]
    again = call("client", "create", "shop", check=False)
    assert (again.returncode, again.stdout) == (1, "")
    assert "already a client with the handle 'shop'" in again.stderr
    missing = call("client", "show", "shoo", check=False)
    assert missing.returncode == 1
    assert "spectrum client list" in missing.stderr


def test_a_token_is_printed_alone_listed_without_its_text_and_revoked(
    database: Place, tmp_path: Path
) -> None:
    def call(*arguments: str, given: str | None = None) -> Any:
        return spectrum(database.settings, *arguments, cwd=tmp_path, given=given)

    def states() -> list[str]:
        return [each["state"] for each in json.loads(call("token", "list", "--json").stdout)]

    call("client", "create", "shop")
    first = call("token", "create", "--client", "shop", "--label", "till", "--expires", "90d")
    token = first.stdout.strip()
    assert ids.token_environment(token) == "test"
    assert first.stdout == token + "\n"
    assert token not in first.stderr
    second = call(
        "token", "create", "--client", "shop", "--scope", "read", "--scope", "admin", "--scope", "read"
    )

    listed = call("token", "list", "--client", "shop", "--json")
    assert token not in listed.stdout
    one, two = json.loads(listed.stdout)
    assert one["scopes"] == ["acknowledge", "read"]
    assert one["label"] == "till"
    assert one["expiresAt"] is not None
    assert two["scopes"] == ["read", "admin"]
    assert two["expiresAt"] is None
    assert states() == ["valid", "valid"]

    call("token", "revoke", one["id"])
    assert states() == ["revoked", "valid"]
    call("token", "revoke", "-", given=second.stdout)
    assert states() == ["revoked", "revoked"]
    assert "spk_" not in call("token", "list").stdout


def test_what_was_done_stands_in_a_journal_that_holds(database: Place, tmp_path: Path) -> None:
    spectrum(database.settings, "client", "create", "shop", cwd=tmp_path)
    spectrum(database.settings, "token", "create", "--client", "shop", cwd=tmp_path)
    report = json.loads(spectrum(database.settings, "journal", "verify", "--json", cwd=tmp_path).stdout)
    assert report["ok"] is True
    assert report["flaws"] == []
    assert report["entries"] >= 4
    migrated = spectrum(database.settings, "migrate", cwd=tmp_path)
    assert "up to date" in migrated.stderr


def test_a_database_of_another_environment_is_refused(database: Place, tmp_path: Path) -> None:
    spectrum(database.settings, "client", "list", cwd=tmp_path)
    other = {**database.settings, "SPECTRUM_ENVIRONMENT": "production"}
    done = spectrum(other, "client", "list", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "belongs to the environment 'test'" in done.stderr


def test_the_settings_of_a_client_are_changed_one_by_one_and_taken_away(
    database: Place, tmp_path: Path
) -> None:
    def call(*arguments: str, check: bool = True) -> Any:
        return spectrum(database.settings, *arguments, cwd=tmp_path, check=check)

    def policy(text: str) -> tuple[Any, ...]:
        shown = json.loads(text)
        return tuple(shown[name] for name in ("cancelHours", "retentionDays", "silentHours"))

    created = call("client", "create", "shop", "--silent-hours", "6", "--json")
    assert policy(created.stdout) == (24.0, None, 6.0)
    changed = call(
        "client",
        "set",
        "shop",
        "--cancel-hours",
        "0",
        "--retention-days",
        "90",
        "--timezone",
        "Asia/Tokyo",
        "--unknown-recipe-set",
        "reject",
        "--json",
    )
    assert policy(changed.stdout) == (0.0, 90, 6.0)
    shown = json.loads(call("client", "show", "shop", "--json").stdout)
    assert shown == json.loads(changed.stdout)
    assert (shown["name"], shown["timezone"], shown["unknownRecipeSet"]) == ("shop", "Asia/Tokyo", "reject")
    less = call("client", "set", "shop", "--cancel-hours", "none", "--silent-hours", "none", "--json")
    assert policy(less.stdout) == (24.0, 90, None)
    assert "90 d" in call("client", "list").stdout
    for wrong in (("--retention-days", "0"), ("--silent-hours", "0"), ("--timezone", "Mars"), ()):
        assert call("client", "set", "shop", *wrong, check=False).returncode == 2
    report = json.loads(call("journal", "verify", "--json").stdout)
    assert report["ok"] is True
