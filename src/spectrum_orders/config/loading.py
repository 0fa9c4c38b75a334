"""From environment, TOML file and options to Settings, with every problem told at once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from spectrum_orders.config.settings import Settings
from spectrum_orders.config.table import OTHER_VARIABLES, PREFIX, SETTINGS, Setting
from spectrum_orders.config.values import expanded
from spectrum_orders.errors import SpectrumError

DEFAULT_FILE = Path("spectrum.toml")

_BY_NAME = {setting.name: setting for setting in SETTINGS}

# A secret may also be handed over as the path of a file, as container platforms mount them. The key
# ring needs no such name of its own: ``keyring_file`` is a setting.
SECRET_FILES = {
    f"{row.name}_file": row for row in SETTINGS if row.secret and f"{row.name}_file" not in _BY_NAME
}

ONE_WRITER = (
    "more than one worker needs PostgreSQL (SPECTRUM_DATABASE_URL): into an SQLite database one process "
    "takes orders; a second one would gain no speed and make every answer wait longer"
)


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong: the setting or variable, where it stands, and what is allowed."""

    name: str
    source: str
    message: str


class ConfigError(SpectrumError):
    """The settings cannot be used. ``findings`` holds every problem; no secret value is in it."""

    code, title = "config", "The settings cannot be used"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        lines = [f"{item.name} ({item.source}): {item.message}" for item in findings]
        super().__init__("\n".join(lines))
        self.findings = findings


class _Text(msgspec.Struct, frozen=True):
    text: str
    source: str


def load(
    environ: Mapping[str, str], toml: Path | None = None, options: Mapping[str, str | None] | None = None
) -> Settings:
    """Read the settings: a later one of defaults, TOML file, environment, ``options`` wins.

    ``toml`` is the file to read; without it SPECTRUM_CONFIG names it, and without that
    ``./spectrum.toml`` is read where it exists. ``options`` are command-line texts by setting
    name; ``None`` is an option that was not given. A variable or option that is empty counts as not given.

    Raises ``ConfigError`` with every problem at once.
    """
    findings: list[Finding] = []
    file = _file(environ, toml, findings)
    given: dict[str, _Text] = {}
    if file is not None:
        given |= _from_file(file, findings)
    given |= _from_environment(environ, findings)
    given |= {
        name: _Text(text, f"--{name.replace('_', '-')}") for name, text in (options or {}).items() if text
    }

    values: dict[str, Any] = {}
    for setting in SETTINGS:
        item = given.get(setting.name)
        values[setting.name] = _value(setting, item, findings)
    if values["keyring_file"] is None and isinstance(values["data_dir"], Path):
        values["keyring_file"] = values["data_dir"] / "keyring.json"
    if values["files_dir"] is None and isinstance(values["data_dir"], Path):
        values["files_dir"] = values["data_dir"] / "files"
    workers = values["workers"]
    if isinstance(workers, int) and workers > 1 and "database_url" not in given:
        findings.append(Finding(*_named(_BY_NAME["workers"], given.get("workers")), ONE_WRITER))
    if findings:
        raise ConfigError(tuple(findings))
    sources = {name: item.source for name, item in given.items()}
    return Settings(**values, config_file=file, sources=sources)


def _file(environ: Mapping[str, str], toml: Path | None, findings: list[Finding]) -> Path | None:
    named = toml or (expanded(environ["SPECTRUM_CONFIG"]) if environ.get("SPECTRUM_CONFIG") else None)
    if named is None:
        return DEFAULT_FILE if DEFAULT_FILE.is_file() else None
    if not named.is_file():
        source = "--config" if toml else "SPECTRUM_CONFIG"
        findings.append(Finding(str(named), source, "there is no such file"))
        return None
    return named


def _from_file(file: Path, findings: list[Finding]) -> dict[str, _Text]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # A decoding error would quote the bytes around it, which may be a secret.
        why = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else f"cannot be read: {error}"
        findings.append(Finding(str(file), "file", why))
        return {}
    texts: dict[str, _Text] = {}
    for key, value in table.items():
        if key not in _BY_NAME and key not in SECRET_FILES:
            findings.append(Finding(key, str(file), "there is no such setting" + _suggest(key, lower=True)))
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            findings.append(Finding(key, str(file), f"allowed is {_allowed(key)}"))
        else:
            texts[key] = _Text(str(value), str(file))
    return _open_secrets(texts, findings)


def _from_environment(environ: Mapping[str, str], findings: list[Finding]) -> dict[str, _Text]:
    texts: dict[str, _Text] = {}
    others = {name for name, _ in OTHER_VARIABLES}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in others:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if variable != variable.upper() or (name not in _BY_NAME and name not in SECRET_FILES):
            message = "there is no such setting" + _suggest(variable, lower=False)
            if environ[variable].startswith("tcp://") or variable.endswith(
                ("_SERVICE_HOST", "_SERVICE_PORT")
            ):
                message += _KUBERNETES
            findings.append(Finding(variable, "environment", message))
        elif environ[variable].strip():
            texts[name] = _Text(environ[variable].strip(), variable)
    return _open_secrets(texts, findings)


_KUBERNETES = (
    ". Kubernetes sets variables like this for a Service called spectrum: say enableServiceLinks: false in "
    "the pod, or give the Service another name"
)


def _open_secrets(texts: dict[str, _Text], findings: list[Finding]) -> dict[str, _Text]:
    """Replace each ``…_file`` of a secret by what the file holds, without its last line break."""
    for key, setting in SECRET_FILES.items():
        item = texts.pop(key, None)
        if item is None:
            continue
        if setting.name in texts:
            message = f"given both as {setting.name} and as {key}: give one of them"
            findings.append(Finding(setting.name, item.source, message))
            continue
        try:
            text = expanded(item.text).read_text(encoding="utf-8").strip()
        except OSError as error:
            findings.append(Finding(key, item.source, f"the file cannot be read: {error.strerror}"))
        except (UnicodeDecodeError, ValueError):
            findings.append(Finding(key, item.source, "the file is not UTF-8 text"))
        else:
            texts[setting.name] = _Text(text, item.source)
    return texts


def _value(setting: Setting, item: _Text | None, findings: list[Finding]) -> Any:
    if item is None:
        return None if setting.default is None else setting.kind.read(setting.default)
    try:
        return setting.kind.read(item.text)
    except ValueError:
        shown = "what is there cannot be used" if setting.secret else f"{item.text[:80]!r} cannot be used"
        hint = _KUBERNETES if item.text.startswith("tcp://") else ""
        findings.append(Finding(*_named(setting, item), f"{shown}; allowed is {setting.kind.allowed}{hint}"))
        return None


def _named(setting: Setting, item: _Text | None) -> tuple[str, str]:
    source = "default" if item is None else item.source
    return setting.name, source


def _allowed(key: str) -> str:
    setting = _BY_NAME.get(key)
    return "the path of a file" if setting is None else setting.kind.allowed


def _suggest(name: str, *, lower: bool) -> str:
    names = [*_BY_NAME, *SECRET_FILES]
    if not lower:
        names = [PREFIX + known.upper() for known in names] + [other for other, _ in OTHER_VARIABLES]
        name = name.upper()
    else:
        name = name.lower().removeprefix(PREFIX.lower())
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else "; `spectrum config` lists them all"
