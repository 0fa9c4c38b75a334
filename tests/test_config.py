"""Settings: one table, read from a file, the environment and options, with every problem told at once."""

from __future__ import annotations

import pickle
import string
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.config import SECRET_FILES, SETTINGS, ConfigError, Finding, Settings, describe, load
from spectrum_orders.config import values as kinds

URL = "postgresql://shop:open-sesame@db.example/orders"


@pytest.fixture(autouse=True)
def _nowhere_near_a_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_table_and_the_settings_name_the_same_things_in_the_same_order() -> None:
    beside = {"config_file", "sources"}
    assert [row.name for row in SETTINGS] == [
        name for name in Settings.__struct_fields__ if name not in beside
    ]


def test_every_setting_says_what_it_is_for_and_what_is_allowed() -> None:
    for row in SETTINGS:
        assert row.help.endswith("."), row.name
        assert row.kind.allowed, row.name
        assert (row.default is None) == (row.unset != "not set"), row.name


def test_every_default_is_allowed_by_its_own_rule_and_has_the_type_of_its_field() -> None:
    settings = load({})
    msgspec.convert(
        msgspec.to_builtins(settings, enc_hook=str), Settings, dec_hook=lambda kind, text: kind(text)
    )
    assert settings.port == 8000
    assert settings.max_body_bytes == 16 * 1024 * 1024
    assert settings.keyring_file == Path("var/keyring.json")
    assert not settings.on_postgresql


def test_the_environment_wins_over_the_file_and_an_option_over_both(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('port = 1001\nhost = "127.0.0.2"\nworkers = 1\nlog_level = "Error"\n')
    settings = load(
        {"SPECTRUM_PORT": "1002", "SPECTRUM_HOST": "127.0.0.3"}, file, {"port": "1003", "host": None}
    )
    assert (settings.port, settings.host, settings.log_level) == (1003, "127.0.0.3", "error")
    sources = {row.name: row.source for row in describe(settings)}
    assert sources["port"] == "--port"
    assert sources["host"] == "SPECTRUM_HOST"
    assert sources["log_level"] == str(file)
    assert sources["environment"] == "default"


def test_the_file_is_named_by_a_variable_or_lies_in_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "spectrum.toml").write_text("port = 1001")
    (tmp_path / "other.toml").write_text("port = 1002")
    assert load({}).port == 1001
    assert load({"SPECTRUM_CONFIG": "other.toml"}).port == 1002


def test_a_named_file_that_is_missing_is_an_error_and_the_usual_one_is_not() -> None:
    assert load({}).config_file is None
    assert "there is no such file" in problems(environ={"SPECTRUM_CONFIG": "missing.toml"})


def test_the_key_ring_lies_in_the_data_directory_unless_it_is_told_where() -> None:
    assert load({"SPECTRUM_DATA_DIR": "/srv/orders"}).keyring_file == Path("/srv/orders/keyring.json")
    assert load({"SPECTRUM_KEYRING_FILE": "/run/ring"}).keyring_file == Path("/run/ring")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"SPECTRUM_PROT": "1"}, "did you mean SPECTRUM_PORT?"),
        ({"SPECTRUM_WRKERS": "1"}, "did you mean SPECTRUM_WORKERS?"),
        ({"spectrum_port": "1"}, ""),
        ({"SPECTRUM_port": "1"}, "did you mean SPECTRUM_PORT?"),
        ({"SPECTRUM_ZZZZZZ": "1"}, "there is no such setting"),
        ({"SPECTRUM_PORT": "65536"}, "a whole number from 0 to 65535"),
        ({"SPECTRUM_PORT": "8000.0"}, "a whole number from 0 to 65535"),
        ({"SPECTRUM_PORT": "٣"}, "a whole number from 0 to 65535"),
        ({"SPECTRUM_PORT": "tcp://10.0.0.1:8000"}, "enableServiceLinks: false"),
        ({"SPECTRUM_SERVICE_HOST": "10.0.0.1"}, "enableServiceLinks: false"),
        ({"SPECTRUM_ENVIRONMENT": "Production"}, "lower-case word"),
        ({"SPECTRUM_ENVIRONMENT": "a" * 33}, "lower-case word"),
        ({"SPECTRUM_MAX_BODY_BYTES": "16 MB"}, "such as 65536, 512 KiB or 16 MiB"),
        ({"SPECTRUM_BODY_TIMEOUT": "forever"}, "such as 15, 500 ms, 30 s or 2 min"),
        ({"SPECTRUM_IDEMPOTENCY_DAYS": "29"}, "from 30 to 3650"),
        ({"SPECTRUM_RATE_LIMIT": "many"}, "100/minute"),
        ({"SPECTRUM_RATE_LIMIT_STATUS": "500"}, "one of 429, 403"),
        ({"SPECTRUM_LOG_LEVEL": "loud"}, "one of debug, info, warning, error"),
        ({"SPECTRUM_METRICS_TOKEN": "short"}, "16 to 255 visible ASCII characters"),
        ({"SPECTRUM_KEYRING": "[]"}, "JSON text of a key ring"),
        ({"SPECTRUM_DATABASE_URL": "mysql://db/orders"}, "postgresql://user:password@host:5432/database"),
        (
            {"SPECTRUM_DATABASE_URL": "postgresql://db:many/orders"},
            "postgresql://user:password@host:5432/database",
        ),
        ({"SPECTRUM_WORKERS": "2"}, "more than one worker needs PostgreSQL"),
        ({"SPECTRUM_DATABASE_URL_FILE": "/nowhere/at/all"}, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_would_be_allowed(
    environ: dict[str, str], told: str
) -> None:
    if told:
        assert told in problems(environ=environ)
    else:
        load(environ)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 1", "did you mean port?"),
        ("SPECTRUM_PORT = 1", "did you mean port?"),
        ("[server]\nport = 1", "there is no such setting"),
        ("port = true", "a whole number from 0 to 65535"),
        ("port = [1]", "a whole number from 0 to 65535"),
        ("port = ", "cannot be read"),
        ("database_url_file = 1.5", "cannot be read"),
    ],
)
def test_a_file_with_something_else_in_it_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    assert told in problems(toml=file)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b'host = "\xff"')
    assert "is not UTF-8 text" in problems(toml=file)


def test_every_problem_is_told_at_once_with_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('host = "a b"\nnothing = 1\n')
    with pytest.raises(ConfigError) as raised:
        load({"SPECTRUM_PORT": "x", "SPECTRUM_NOTHING": "1"}, file, {"workers": "0"})
    found = {(finding.name, finding.source) for finding in raised.value.findings}
    assert found == {
        ("nothing", str(file)),
        ("SPECTRUM_NOTHING", "environment"),
        ("host", str(file)),
        ("port", "SPECTRUM_PORT"),
        ("workers", "--workers"),
    }


def test_several_workers_are_allowed_on_postgresql() -> None:
    assert load({"SPECTRUM_WORKERS": "4", "SPECTRUM_DATABASE_URL": URL}).workers == 4


def test_the_short_name_of_the_postgresql_scheme_means_the_same() -> None:
    assert load({"SPECTRUM_DATABASE_URL": "postgres" + URL.removeprefix("postgresql")}).database_url == URL


@pytest.mark.parametrize("name", SECRET_FILES)
def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path, name: str) -> None:
    secret = {
        "database_url_file": URL,
        "metrics_token_file": "0123456789abcdef",
        "smtp_url_file": "smtps://post:open-sesame@mail.example",
    }[name]
    file = tmp_path / "secret"
    file.write_text(secret + "\n")
    settings = load({f"SPECTRUM_{name.upper()}": str(file)})
    assert getattr(settings, SECRET_FILES[name].name) == secret
    assert settings.sources[SECRET_FILES[name].name] == f"SPECTRUM_{name.upper()}"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    told = problems(environ={"SPECTRUM_DATABASE_URL": URL, "SPECTRUM_DATABASE_URL_FILE": str(tmp_path / "x")})
    assert "give one of them" in told


def test_a_variable_that_is_empty_counts_as_not_given() -> None:
    assert load({"SPECTRUM_PORT": "", "SPECTRUM_DATABASE_URL": " "}) == load({})


SECRETS = {
    "SPECTRUM_DATABASE_URL": URL,
    "SPECTRUM_KEYRING": '{"masters": "open-sesame"}',
    "SPECTRUM_METRICS_TOKEN": "open-sesame-open-sesame",
    "SPECTRUM_SMTP_URL": "smtps://post:open-sesame@mail.example",
}


def test_the_settings_never_show_a_secret_of_their_own_accord() -> None:
    assert {row.variable for row in SETTINGS if row.secret} == set(SECRETS)
    settings = load(SECRETS)
    shown = repr(settings) + str(settings) + "".join(row.value for row in describe(settings))
    assert "open-sesame" not in shown
    assert shown.count("(set)") == 3 * len(SECRETS)


@pytest.mark.parametrize("variable", SECRETS)
def test_an_error_about_a_secret_does_not_repeat_it(variable: str) -> None:
    told = problems(environ={variable: "open sesame"})
    assert "what is there cannot be used" in told
    assert "sesame" not in told


def test_the_settings_reach_another_process_unchanged() -> None:
    settings = load(SECRETS | {"SPECTRUM_WORKERS": "2"})
    assert pickle.loads(pickle.dumps(settings)) == settings


@given(st.dictionaries(st.sampled_from([row.variable for row in SETTINGS]), st.text(max_size=40), max_size=6))
def test_whatever_is_given_is_read_or_refused_in_words(environ: dict[str, str]) -> None:
    refused: tuple[Finding, ...] = ()
    try:
        assert 0 <= load(environ).port <= 65535
    except ConfigError as error:
        refused = error.findings
    assert all(finding.name and finding.message for finding in refused)


@given(st.integers(0, 10**12))
def test_a_size_means_the_same_in_bytes_and_as_it_is_spelled(value: int) -> None:
    kind = kinds.size(0, 10**12)
    assert kind.read(str(value)) == value
    assert kind.read(kinds.spell_size(value).replace("bytes", "B")) == value


@given(st.integers(1, 3600))
def test_a_time_means_the_same_in_every_unit(value: int) -> None:
    kind = kinds.seconds(0, 10**6)
    assert kind.read(str(value)) == kind.read(f"{value} s") == kind.read(f"{value * 1000}ms") == value
    assert kind.read(f"{value} min") == value * 60


@given(st.text(alphabet=string.printable, max_size=20))
def test_a_number_is_read_exactly_when_it_is_one(text: str) -> None:
    kind = kinds.whole(5, 500)
    expected = text.isdecimal() and 5 <= int(text) <= 500
    try:
        assert kind.read(text) == int(text)
        assert expected
    except ValueError:
        assert not expected


def problems(environ: dict[str, str] | None = None, toml: Path | None = None) -> str:
    """What loading says is wrong."""
    with pytest.raises(ConfigError) as raised:
        load(environ or {}, toml)
    assert raised.value.__context__ is None
    return str(raised.value)
