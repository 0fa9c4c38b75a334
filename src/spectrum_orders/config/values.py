"""From the text of a setting to its value: each kind of value with the sentence that says what is allowed."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """How one setting is read.

    ``read`` turns text into the value or raises ``ValueError``; ``allowed`` is what a person reads
    after "allowed is", and is the only thing an error says about a refused value that is secret.
    """

    allowed: str
    read: Callable[[str], Any]


_SIZE = re.compile(r"(\d{1,15})\s*(B|KiB|MiB|GiB)?", re.IGNORECASE | re.ASCII)
_SIZE_UNITS = {"b": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3}
_TIME = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|min|h)?", re.ASCII)
_TIME_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def whole(low: int, high: int) -> Kind:
    """A whole number from ``low`` to ``high``, both included."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError
        return int(text)

    return Kind(f"a whole number from {low} to {high}", read)


def size(low: int, high: int) -> Kind:
    """A number of bytes, from ``low`` to ``high``, given in bytes or in KiB, MiB or GiB."""

    def read(text: str) -> int:
        match = _SIZE.fullmatch(text)
        if match is None:
            raise ValueError
        value = int(match[1]) * _SIZE_UNITS[(match[2] or "B").lower()]
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(
        f"a size from {spell_size(low)} to {spell_size(high)}, such as 65536, 512 KiB or 16 MiB", read
    )


def spell_size(value: int) -> str:
    """``value`` bytes in the largest unit that needs no fraction."""
    for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if value and value % factor == 0:
            return f"{value // factor} {unit}"
    return f"{value} bytes"


def seconds(low: float, high: float) -> Kind:
    """A length of time in seconds as a float, given in seconds or with a unit."""

    def read(text: str) -> float:
        match = _TIME.fullmatch(text)
        if match is None:
            raise ValueError
        value = float(match[1]) * _TIME_UNITS[match[2] or "s"]
        if not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"a time from {low:g} s to {high:g} s, such as 15, 500 ms, 30 s or 2 min", read)


def one_of(*words: str) -> Kind:
    """One of ``words``, read without regard to case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError
        return text.lower()

    return Kind(f"one of {', '.join(words)}", read)


def one_number_of(*numbers: int) -> Kind:
    """One of ``numbers``."""

    def read(text: str) -> int:
        if text not in {str(number) for number in numbers}:
            raise ValueError
        return int(text)

    return Kind(f"one of {', '.join(str(number) for number in numbers)}", read)


def _read_word(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", text, re.ASCII):
        raise ValueError
    return text


def _read_visible(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,255}", text, re.ASCII):
        raise ValueError
    return text


def _read_secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError
    return _read_visible(text)


def _read_path(text: str) -> Path:
    if "\0" in text:
        raise ValueError
    path = expanded(text)
    if path.parts and path.parts[0].startswith("~"):
        raise ValueError
    return path


def expanded(text: str) -> Path:
    """A path with somebody's home folder in place of ``~``; as it is when nobody has that name."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _read_postgresql(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError
    parts.port  # noqa: B018 - the property raises ValueError when the port is not a number
    return "postgresql" + text[len(parts.scheme) :]


def _read_keyring(text: str) -> str:
    if not isinstance(json.loads(text), dict):
        raise ValueError
    return text


def _read_rate(text: str) -> str:
    # Imported here: it costs a tenth of a second that a start without a rate limit need not pay.
    from limits import parse

    parse(text)
    return text


def _read_networks(text: str) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_network(one.strip())) for one in text.split(","))


def _read_smtp(text: str) -> str:
    parts = urlsplit(text)
    schemes = ("smtp", "smtp+starttls", "smtps")
    if parts.scheme not in schemes or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError
    parts.port  # noqa: B018 - the property raises ValueError when the port is not a number
    if (parts.username is None) != (parts.password is None):
        raise ValueError
    return text


def _read_address(text: str) -> str:
    if not re.fullmatch(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,189}", text, re.ASCII):
        raise ValueError
    return text


WORD = Kind(
    "a lower-case word of at most 32 letters, digits and dashes that begins with a letter", _read_word
)
VISIBLE = Kind("1 to 255 visible ASCII characters without spaces", _read_visible)
SECRET = Kind("16 to 255 visible ASCII characters without spaces", _read_secret)
PATH = Kind("a path; a leading ~ is your home, a relative path starts where the program starts", _read_path)
POSTGRESQL = Kind("a URL such as postgresql://user:password@host:5432/database", _read_postgresql)
KEYRING = Kind("the JSON text of a key ring, as it stands in the key ring's file", _read_keyring)
RATE = Kind("requests per time, such as 100/minute or 10 per second", _read_rate)
NETWORKS = Kind("networks such as 10.1.0.0/16, separated by commas", _read_networks)
SMTP = Kind("a URL such as smtp+starttls://user:password@host or smtps://host", _read_smtp)
ADDRESS = Kind("an e-mail address such as orders@shop.example", _read_address)
