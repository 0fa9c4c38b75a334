"""Where packages go, on the command line, over both databases."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders import config, runtime
from spectrum_orders.store.schema import journal
from tests.harness.place import SQLITE, Place, environment, spectrum
from tests.harness.sftp import PASSWORD, Sftp

LOCAL = {"SPECTRUM_OUTBOUND_NETWORKS": "127.0.0.0/8"}


def call(place: Place, *arguments: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
    return spectrum({**place.settings, **LOCAL}, *arguments, cwd=place.data_dir, check=check, **more)


def listed(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call(place, "destination", "list", "--json").stdout)
    return found


@pytest.fixture
def alone(tmp_path: Path) -> Place:
    """A partner over SQLite alone, for what has nothing to do with a database."""
    place = Place(SQLITE, tmp_path / "data")
    place.data_dir.mkdir()
    call(place, "partner", "create", "press")
    return place


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.touch(mode=0o600)
    file.write_text(PASSWORD + "\n")
    return file


def test_a_folder_is_added_once_proved_and_removed(press: Place, tmp_path: Path) -> None:
    folder = tmp_path / "factory"
    add = ("destination", "add", "--partner", "press", f"folder://{folder}")
    told = call(press, *add).stderr
    assert "There is no such folder on this machine yet" in told
    (one,) = listed(press)
    assert (one["url"], one["environment"], one["state"], one["owed"]) == (
        f"folder://{folder}",
        "test",
        "well",
        0,
    )
    again = call(press, *add, check=False)
    assert again.returncode == 1
    assert f"has this destination already, as {one['id']}" in again.stderr

    missing = call(press, "destination", "test", one["id"], check=False)
    assert missing.returncode == 1
    assert "(no-folder)" in missing.stdout
    assert "What to do: Mount it, or make it" in missing.stderr
    folder.mkdir()
    proof = json.loads(call(press, "destination", "test", one["id"], "--json").stdout)
    (left,) = [path for path in folder.rglob("*") if path.is_file()]
    assert (proof["ok"], proof["where"], proof["size"]) == (True, str(left), left.stat().st_size)
    assert left.name in left.read_text()

    assert "Removed" in call(press, "destination", "remove", one["id"]).stderr
    assert listed(press) == []
    gone = call(press, "destination", "test", one["id"], check=False)
    assert gone.stderr.startswith(f"Error: There is no destination {one['id']}.")
    assert journalled(press) == [
        ("destination.added", None),
        ("destination.tested", "no-folder"),
        ("destination.tested", "ok"),
        ("destination.removed", None),
    ]


def journalled(place: Place) -> list[tuple[str, str | None]]:
    """What the journal says of destinations, and what came of a test."""
    with (
        runtime.open_runtime(config.load(place.settings)) as opened,
        opened.database.read() as connection,
    ):
        rows = connection.execute(journal.select().order_by(journal.c.at)).all()
    return [
        (row.kind, json.loads(row.body).get("outcome")) for row in rows if row.kind.startswith("destination.")
    ]


def test_a_server_is_known_by_a_key_that_a_person_has_confirmed(
    alone: Place, sftp: Sftp, secret: Path
) -> None:
    add = ("destination", "add", "--partner", "press", sftp.url, "--secret-file")
    alone_at_night = call(alone, *add, str(secret), check=False, given="")
    assert alone_at_night.returncode == 1
    shown = sftp.key.get_fingerprint()
    assert f"shows the ssh-ed25519 key {shown}" in alone_at_night.stderr
    assert alone_at_night.stderr.rstrip().endswith(f"call again with --host-key {shown}")
    assert listed(alone) == []
    said, code = on_a_terminal(alone, *add, str(secret), answers={"[y/N]": "n"})
    assert (code, listed(alone)) == (130, []), said
    said, code = on_a_terminal(alone, *add, "-", answers={"Secret": PASSWORD, "[y/N]": "y"})
    assert code == 0, said
    assert PASSWORD not in said
    (one,) = listed(alone)
    proof = json.loads(call(alone, "destination", "test", one["id"], "--json").stdout)
    assert (sftp.root / proof["name"]).stat().st_size == proof["size"]
    sealed = b"".join(path.read_bytes() for path in alone.data_dir.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in sealed


def test_a_host_key_is_given_in_the_form_that_one_has(alone: Place, sftp: Sftp, secret: Path) -> None:
    for form, options in {
        "line": ("--host-key", sftp.host_key),
        "ssh-keyscan": ("--host-key", f"press.example {sftp.host_key}"),
        "fingerprint": ("--host-key", sftp.key.get_fingerprint()),
        "accepted": ("--accept-host-key",),
    }.items():
        (sftp.root / form).mkdir()
        url = sftp.url + form
        add = ("destination", "add", "--partner", "press", url, "--secret-file", str(secret), "--json")
        added = json.loads(call(alone, *add, *options).stdout)
        assert call(alone, "destination", "test", added["id"]).stdout.startswith(f"It arrived: {url}/")


def test_a_wrong_password_and_another_server_are_told_apart(alone: Place, sftp: Sftp, secret: Path) -> None:
    secret.write_text("wrong")
    add = ("destination", "add", "--partner", "press", "--secret-file", str(secret), "--json")
    wrong = json.loads(call(alone, *add, sftp.url, "--accept-host-key").stdout)
    assert "(auth)" in call(alone, "destination", "test", wrong["id"], check=False).stdout
    other = json.loads(call(alone, *add, sftp.url + "x", "--host-key", "SHA256:" + "A" * 43).stdout)
    assert "(host-key)" in call(alone, "destination", "test", other["id"], check=False).stdout


def on_a_terminal(place: Place, *arguments: str, answers: dict[str, str]) -> tuple[str, int]:
    """What a verb shows to somebody who answers each question when it is asked; and its exit status."""
    ours, its = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "spectrum_orders.cli", *arguments],
        env=environment({**place.settings, **LOCAL}),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    shown, left = b"", dict(answers)
    try:
        while more := os.read(ours, 65536):
            shown += more
            for question in [one for one in left if one.encode() in shown]:
                time.sleep(0.05)  # a hidden prompt throws away what was typed before it
                os.write(ours, left.pop(question).encode() + b"\n")
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    return shown.decode(), running.wait()


MISTAKES: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("ftp://press.example/in",), 2, "begins with none of folder://, sftp://, s3:// and https://"),
    (("sftp://press:hunter2@press.example/in",), 2, "The URL holds a password"),
    (("sftp://press@press.example/in",), 2, "sftp:// needs a secret: give it by --secret-file"),
    (("folder:///var/press", "--host-key", "SHA256:x"), 2, "Only sftp:// has a host key"),
    (("folder:///var/press", "--secret-file", "SECRET"), 2, "A folder needs no secret"),
    (("folder:///var/press", "--ca", "SECRET"), 2, "--ca is only for https:// and s3://"),
    (("folder:///var/press", "--body", "ticket"), 2, "--body is only for https://"),
    (
        ("sftp://press@press.example/in", "--secret-file", "SECRET", "--host-key", "SHA256:abc"),
        1,
        "was it cut off?",
    ),
    (
        ("sftp://press@press.example/in", "--secret-file", "SECRET", "--host-key", "abc"),
        1,
        "the host key is no public key's line and no SHA256: fingerprint",
    ),
    (("https://press.example/in", "--secret-file", "SECRET"), 1, "a secret is no whsec_"),
    (("https://press.example/in", "--secret-file", "EMPTY"), 1, "The secret is empty"),
    (("s3://press-in/x", "--secret-file", "SECRET"), 1, "cannot be opened"),
    (("folder:///var/press", "--partner", "nobody"), 1, "There is no partner with the handle 'nobody'"),
)


def test_every_mistake_is_told_at_once_and_repeats_no_secret(alone: Place, secret: Path) -> None:
    empty = secret.with_name("empty")
    empty.touch(mode=0o600)
    for arguments, code, told in MISTAKES:
        given = [{"SECRET": str(secret), "EMPTY": str(empty)}.get(one, one) for one in arguments]
        done = call(alone, "destination", "add", "--partner", "press", *given, check=False)
        assert (done.returncode, told in done.stderr) == (code, True), done.stderr
        assert PASSWORD not in done.stderr
        assert "hunter2" not in done.stderr
    assert listed(alone) == []


def test_the_secret_may_come_from_standard_input(alone: Place) -> None:
    add = ("destination", "add", "--partner", "press", "https://press.example/in", "--secret-file", "-")
    secret = "whsec_" + "A" * 32
    assert call(alone, *add, given=secret + "\n").returncode == 0
    (one,) = listed(alone)
    assert one["hasSecret"] is True


def test_what_is_marked_for_another_environment_is_never_sent_to(press: Place, tmp_path: Path) -> None:
    folder = tmp_path / "production"
    folder.mkdir()
    add = ("destination", "add", "--partner", "press", f"folder://{folder}", "--environment", "production")
    assert "is of another environment and will send nothing there" in call(press, *add).stderr
    (one,) = listed(press)
    assert one["state"] == "not used here"
    refused = call(press, "destination", "test", one["id"], check=False)
    assert (refused.returncode, "nothing is sent there from here" in refused.stderr) == (1, True)
    assert list(folder.iterdir()) == []
