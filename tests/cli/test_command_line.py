"""The command line as a whole: help, exit codes, and that the documentation names everything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest

from spectrum_orders.cli import COMMANDS, spectrum
from spectrum_orders.cli.settings import markdown_table
from tests.harness.place import SOURCE, environment
from tests.harness.place import spectrum as call
from tests.harness.verbs import verbs as imported_verbs

DOCS = Path(__file__).resolve().parents[2] / "docs"


def verbs(group: click.Group = spectrum, before: str = "spectrum") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from verbs(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def test_every_verb_and_every_option_has_help() -> None:
    for words, command in verbs():
        assert command.help, words
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{words} {parameter.opts}"


def test_the_overview_names_every_command_without_importing_any(tmp_path: Path) -> None:
    code = (
        "import sys; from spectrum_orders.cli import run; run(['--help']);"
        "heavy = {'sqlalchemy', 'uvicorn', 'cryptography'}; print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment({}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("[]\n")
    for name, (_, text) in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(text)}$", done.stdout, re.MULTILINE), name


def test_every_verb_and_every_option_stands_in_the_documentation() -> None:
    text = (DOCS / "cli.md").read_text()
    for words, command in verbs():
        assert f"`{words}" in text, words
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert all(option in text for option in parameter.opts), f"{words} {parameter.opts}"


def test_every_setting_stands_in_the_documentation_as_it_is() -> None:
    lines = (DOCS / "configuration.md").read_text().splitlines()
    table = [line for line in lines if line.startswith("| ") and "SPECTRUM_" in line.split("|")[1]]
    assert table == markdown_table()[2:]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sreve"], "Did you mean serve?"),
        (["client", "create"], "Missing argument 'HANDLE'"),
        (["client", "create", "a b"], "letters, digits"),
        (["client", "create", "shop", "--timezone", "Mars/Phobos"], "America/New_York"),
        (["token", "create"], "--client"),
        (["token", "create", "--client", "shop", "--scope", "everything"], "everything"),
        (["token", "create", "--client", "shop", "--expires", "2020-01-01"], "still to come"),
        (["person", "find", "--client", "shop"], "Give either --email"),
        (["person", "find", "--client", "shop", "--name", "A B"], "--postal-code"),
    ],
)
def test_a_wrong_call_is_told_in_words_and_exits_with_2(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    done = call({}, *arguments, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_migration_of_an_unreachable_database_says_why_and_what_to_do(tmp_path: Path) -> None:
    settings = {"SPECTRUM_DATABASE_URL": "postgresql:///x?host=/nowhere&user=u&password=sesame"}
    done = call(settings, "migrate", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database cannot be used: OperationalError: ")
    assert "/nowhere" in done.stderr
    assert done.stderr.endswith("Run: spectrum doctor\n")
    assert "sesame" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"SPECTRUM_PROT": "1", "SPECTRUM_PORT": "x"}, ["did you mean SPECTRUM_PORT?", "a whole number"]),
        ({"SPECTRUM_WORKERS": "2"}, ["more than one worker needs PostgreSQL", "one process takes orders"]),
        (
            {"SPECTRUM_DATABASE_URL": "postgresql:///x?host=/nowhere&user=u"},
            ["cannot be used: OperationalError: ", "/nowhere", "Run: spectrum doctor"],
        ),
        ({"SPECTRUM_DATA_DIR": "/proc/none"}, ["No such file or directory (/proc/none)"]),
        ({"SPECTRUM_DATA_DIR": "~nobody-there/x"}, ["SPECTRUM_DATA_DIR", "'~nobody-there/x' cannot be used"]),
        ({"SPECTRUM_CONFIG": "~nobody-there/x"}, ["~nobody-there/x", "there is no such file"]),
        ({"SPECTRUM_KEYRING_FILE": "~nobody-there/x"}, ["keyring_file", "cannot be"]),
    ],
)
def test_a_failure_is_an_error_in_words_without_a_traceback_and_exits_with_1(
    tmp_path: Path, settings: dict[str, str], told: list[str]
) -> None:
    done = call(settings, "client", "list", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert all(each in done.stderr for each in told), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_settings_are_shown_with_where_they_come_from_and_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("port = 1001\n")
    done = call(
        {"SPECTRUM_METRICS_TOKEN": "open-sesame-open-sesame"}, "--config", "mine.toml", "config", cwd=tmp_path
    )
    assert re.search(r"^SPECTRUM_PORT +1001 +mine\.toml$", done.stdout, re.MULTILINE)
    assert re.search(r"^SPECTRUM_METRICS_TOKEN +\(set\) +SPECTRUM_METRICS_TOKEN$", done.stdout, re.MULTILINE)
    assert "sesame" not in done.stdout + done.stderr


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m spectrum_orders.cli config --markdown | true",
        shell=True,
        env=environment({}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""


def test_every_verb_imports_what_it_uses(tmp_path: Path) -> None:
    """Each from nothing: the other tests call them where all of them are imported."""

    def imported(module: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", f"import spectrum_orders.cli.{module}"],
            env=environment({}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        return done.stderr

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(imported, (module for module, _ in COMMANDS.values())))
    assert not any(said), "".join(said)


def test_a_verb_that_hangs_in_a_test_is_killed(tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    os.mkfifo(receipt)
    with pytest.raises(AssertionError, match="does not end"):
        imported_verbs(str(SOURCE)).call(
            environment({"SPECTRUM_DATA_DIR": str(tmp_path)}),
            ("receipt", "verify", str(receipt)), tmp_path, None, patience=2,
        )  # fmt: skip
    # As long as somebody waits for words there, they could be written.
    with pytest.raises(OSError, match="No such device"):
        os.open(receipt, os.O_WRONLY | os.O_NONBLOCK)
