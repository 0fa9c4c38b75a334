"""The doctor: what it sees, what it advises, and that it changes nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.harness.place import Place, spectrum


def examine(settings: dict[str, str], folder: Path, *arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and the checks by name; without a print file, which takes a process of its own."""
    settings = {"SPECTRUM_DELIVER": "off", **settings}
    done = spectrum(settings, "doctor", "--json", *arguments, cwd=folder, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0)
    return done.returncode, {check["name"]: check for check in report["checks"]}


def test_a_deployment_in_use_is_well(database: Place, tmp_path: Path) -> None:
    spectrum(database.settings, "client", "create", "shop", cwd=tmp_path)
    database.data_dir.chmod(0o700)
    settings = {**database.settings, "SPECTRUM_DELIVER": "on"}
    code, checks = examine(settings, tmp_path)
    # A cluster made for tests may leave out what costs time; a disk may be in memory.
    told = {
        n: c for n, c in checks.items() if c["state"] == "fail" and n not in ("fsync", "full_page_writes")
    }
    assert told == {}
    for name in (
        "database",
        "schema",
        "environment",
        "key ring",
        "key versions",
        "disk",
        "clock",
        "time zones",
        "rendering",
    ):
        assert checks[name]["state"] == "ok", checks[name]
    if database.url is not None:
        assert checks["synchronous_commit"]["message"] == "on"
        assert checks["database clock"]["state"] == "ok"
    else:
        assert code == 0
        assert checks["SQLite"]["state"] == "ok"


def test_an_empty_folder_is_no_failure_and_stays_empty(tmp_path: Path) -> None:
    code, checks = examine({}, tmp_path)
    assert code == 0
    for name in ("data directory", "database", "key ring"):
        assert checks[name]["state"] == "warn"
        assert checks[name]["advice"].startswith("Nothing to do")
    # Whether a file would make it, or its disk is away, is known by the database alone.
    assert checks["files folder"]["message"].endswith("files is not there yet")
    assert list(tmp_path.iterdir()) == []


def test_it_prints_the_settings_and_hides_secrets(tmp_path: Path) -> None:
    settings = {"SPECTRUM_METRICS_TOKEN": "open-sesame-open-sesame", "SPECTRUM_PORT": "1001"}
    done = spectrum(settings, "doctor", cwd=tmp_path)
    assert "1001  (SPECTRUM_PORT)" in done.stdout
    assert "(set)  (SPECTRUM_METRICS_TOKEN)" in done.stdout
    assert "sesame" not in done.stdout


@pytest.fixture
def used(tmp_path: Path) -> dict[str, str]:
    """The settings of a small SQLite deployment that was used once."""
    settings = {"SPECTRUM_DATA_DIR": str(tmp_path / "var")}
    spectrum(settings, "client", "create", "shop", cwd=tmp_path)
    return settings


def test_each_thing_that_is_wrong_is_named_with_what_to_do(used: dict[str, str], tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.chmod(0o755)
    (var / "keyring.json").chmod(0o644)
    (tmp_path / "spectrum.toml").write_text('metrics_token = "open-sesame-open-sesame"\n')
    (tmp_path / "spectrum.toml").chmod(0o644)
    code, checks = examine({**used, "SPECTRUM_ENVIRONMENT": "production"}, tmp_path)
    assert code == 1
    assert f"chmod 700 {var}" in checks["folder mode"]["advice"]
    assert f"chmod 600 {var / 'keyring.json'}" in checks["key ring"]["message"]
    assert "chmod 600" in checks["settings file"]["advice"]
    assert checks["environment"]["state"] == "fail"


def test_a_database_that_is_not_one_is_a_failure_in_words(used: dict[str, str], tmp_path: Path) -> None:
    for file in (tmp_path / "var").glob("orders.sqlite3*"):
        file.unlink()
    (tmp_path / "var" / "orders.sqlite3").write_bytes(b"not a database" * 100)
    code, checks = examine(used, tmp_path)
    assert code == 1
    assert checks["database"]["state"] == "fail"
    assert "not a database" in checks["database"]["message"]


def test_a_database_that_does_not_answer_is_a_failure_without_its_password(tmp_path: Path) -> None:
    settings = {"SPECTRUM_DATABASE_URL": "postgresql://shop:open-sesame@127.0.0.1:1/orders"}
    done = spectrum(settings, "doctor", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "FAIL  database" in done.stdout
    assert "SPECTRUM_DATABASE_URL" in done.stdout
    assert "sesame" not in done.stdout + done.stderr


@contextmanager
def proxied(*passed: str) -> Iterator[str]:
    """A server like ours behind a proxy that lets only these headers through."""
    names = {"spectrum_api_token": "underscore", "spectrum-api-token": "dash", "authorization": "bearer"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen = [names[name.lower()] for name in self.headers if name.lower() in names and name in passed]
            self.send_response(200)
            if passed:
                self.send_header("X-Spectrum-Token-Header", seen[0] if seen else "none")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("passed", "state", "told"),
    [
        (("SPECTRUM_API_TOKEN", "Spectrum-Api-Token", "Authorization"), "ok", ""),
        (("Spectrum-Api-Token", "Authorization"), "warn", "send Spectrum-Api-Token"),
        (("Authorization",), "warn", "send Authorization: Bearer"),
        (("Cookie",), "fail", "Let Authorization"),
        ((), "fail", "check the address"),
    ],
)
def test_a_proxy_that_eats_the_token_is_found(
    tmp_path: Path, passed: tuple[str, ...], state: str, told: str
) -> None:
    with proxied(*passed) as url:
        _, checks = examine({}, tmp_path, "--url", url)
    assert checks["proxy"]["state"] == state
    assert told in checks["proxy"]["advice"]


def test_an_address_where_nobody_answers_is_a_failure(tmp_path: Path) -> None:
    code, checks = examine({}, tmp_path, "--url", "http://127.0.0.1:1")
    assert code == 1
    assert "does not answer" in checks["proxy"]["message"]
