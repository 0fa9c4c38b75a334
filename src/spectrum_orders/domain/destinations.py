"""Where packages go, written as a URL, read strictly.

    folder:///var/factory                                       a folder of this machine
    sftp://user@host:22/incoming      sftp://user@host/~/incoming    absolute, or below the user's home
    s3://bucket/prefix?region=eu-central-1&endpoint=https://…   the endpoint only when it is not AWS
    https://host/hook                                           http:// only into networks of the setting

No secret is ever part of it, so that it may be printed, logged and stored in the clear.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlencode

import msgspec

from spectrum_orders.domain.hosts import bare_host, host_trouble, port_trouble, shown_host
from spectrum_orders.errors import Invalid, Problem

FOLDER, SFTP, S3, HTTPS, HTTP = "folder", "sftp", "s3", "https", "http"

LONGEST = 2048
DEFAULT_REGION = "us-east-1"
_PORTS = {SFTP: 22, HTTPS: 443, HTTP: 80}
_WHERE = "/url"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_USER = re.compile(r"[A-Za-z0-9_.@+-]{1,64}")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SECRETIVE = re.compile(
    r"token|secret|passw|pwd|signature|^sig$|^key$|api-?_?key|access-?_?key|auth|credential", re.IGNORECASE
)


class Destination(msgspec.Struct, frozen=True):
    """Where packages go. ``str()`` gives the URL back and is safe to print."""

    scheme: str
    host: str = ""
    """Lower case, without brackets; the bucket of S3; empty for a folder."""
    port: int | None = None
    user: str = ""
    path: str = ""
    """Of ``sftp`` below the home when it does not begin with a slash; the prefix of S3 without slashes at
    its ends; of ``https`` still escaped."""
    query: str = ""
    """Of ``https`` only."""
    options: dict[str, str] = {}
    """Of S3 ``region`` and, when it is not AWS, ``endpoint``."""

    def __str__(self) -> str:
        if self.scheme == FOLDER:
            return f"folder://{_escaped(self.path)}"
        if self.scheme == S3:
            query = urlencode(self.options, safe=":/")
            return f"s3://{self.host}/{_escaped(self.path)}" + (f"?{query}" if query else "")
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        place = f"{shown_host(self.host)}{port}"
        if self.scheme == SFTP:
            path = self.path if self.path.startswith("/") else f"/~/{self.path}".rstrip("/")
            return f"sftp://{self.user}@{place}{_escaped(path)}"
        return f"{self.scheme}://{place}{self.path}" + (f"?{self.query}" if self.query else "")


class _Parts(msgspec.Struct, frozen=True):
    authority: str
    path: str
    query: str | None


def parse(url: str) -> Destination:
    """Raises Invalid with every problem that was found, none of which repeats what may be a secret."""
    problems: list[str] = []
    scheme, parts = _split(url, problems)
    found: Destination | None = None
    if parts is not None:
        user, at, place = parts.authority.rpartition("@")
        if at and (":" in user or "%3a" in user.lower()):
            problems.append(
                "The URL holds a password: leave it out and give it by --secret-file. Change that password, "
                "because it has been in a command line."
            )
            user = re.split(":|%3a", user, maxsplit=1, flags=re.IGNORECASE)[0]
        parts = msgspec.structs.replace(parts, authority=place)
        found = _READERS[scheme](scheme, user, parts, problems)
    if problems or found is None:
        raise Invalid(
            " ".join(problems),
            problems=tuple(Problem(_WHERE, "destination", problem) for problem in problems),
        )
    return found


def _split(url: str, problems: list[str]) -> tuple[str, _Parts | None]:
    if len(url) > LONGEST:
        problems.append(f"The URL is longer than {LONGEST} characters.")
    if any(char <= " " or char == "\x7f" for char in url):
        problems.append("The URL holds a space or a control character: write a space as %20.")
    if not url.isascii():
        problems.append("The URL holds letters outside ASCII: write them as %-escapes of their UTF-8.")
    if "\\" in url:
        problems.append("The URL holds a backslash.")
    if "#" in url:
        problems.append("The URL holds a fragment (#): write a number sign as %23.")
    scheme, colon, rest = url.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in _READERS:
        problems.append("The URL begins with none of folder://, sftp://, s3:// and https://.")
        return scheme, None
    before, mark, query = rest.partition("?")
    authority, slash, path = before.partition("/")
    if _ESCAPE.search(path):
        problems.append("The path holds a percent sign that is no escape: write it as %25.")
    return scheme, _Parts(authority, slash + path, query if mark else None)


def _read_folder(scheme: str, user: str, parts: _Parts, problems: list[str]) -> Destination:
    if user or parts.authority:
        problems.append("A folder has no host: write three slashes, as in folder:///var/factory.")
    path = _plain_path(parts.path, problems)
    if path in ("", "/"):
        problems.append("The folder is missing, as in folder:///var/factory.")
    _no_query(scheme, parts, problems)
    return Destination(scheme, path=path.rstrip("/"))


def _read_sftp(scheme: str, user: str, parts: _Parts, problems: list[str]) -> Destination:
    if not _USER.fullmatch(unquote(user)):
        problems.append("The user is missing or odd: write sftp://user@host/path.")
    host, port = _place(scheme, parts.authority, problems)
    _no_query(scheme, parts, problems)
    path = _plain_path(parts.path, problems)
    if path == "/~" or path.startswith("/~/"):
        path = path[3:]
        return Destination(scheme, host, port, unquote(user), path.rstrip("/"))
    return Destination(scheme, host, port, unquote(user), path.rstrip("/") or "/")


def _read_s3(scheme: str, user: str, parts: _Parts, problems: list[str]) -> Destination:
    if user:
        problems.append("A bucket has no user: the access key is given by --secret-file.")
    if not _BUCKET.fullmatch(parts.authority) or ".." in parts.authority:
        problems.append(
            "The bucket is no bucket name: 3 to 63 small letters, digits, dots and dashes, as in "
            "s3://bucket/prefix."
        )
    options: dict[str, str] = {}
    for name, value in _pairs(parts.query or "", problems):
        if name not in ("region", "endpoint"):
            problems.append("S3 takes the options region and endpoint, nothing else.")
        elif name in options:
            problems.append(f"The option {name} is there twice.")
        options[name] = value
    if not _REGION.fullmatch(options.setdefault("region", DEFAULT_REGION)):
        problems.append("The region is none: small letters, digits and dashes, as in eu-central-1.")
    if "endpoint" in options:
        options["endpoint"] = _endpoint(options["endpoint"], problems)
    path = _plain_path(parts.path, problems)
    return Destination(scheme, parts.authority, path=path.strip("/"), options=options)


def _read_https(scheme: str, user: str, parts: _Parts, problems: list[str]) -> Destination:
    if user:
        problems.append("The URL holds a user: a delivery is proved by its signature, not by a user.")
    host, port = _place(scheme, parts.authority, problems)
    for name, _ in _pairs(parts.query or "", []):
        if _SECRETIVE.search(name):
            problems.append(
                "The query holds what looks like a secret: leave it out, a delivery is proved by its "
                "signature."
            )
            break
    return Destination(scheme, host, port, path=parts.path or "/", query=parts.query or "")


_READERS = {FOLDER: _read_folder, SFTP: _read_sftp, S3: _read_s3, HTTPS: _read_https, HTTP: _read_https}


def _endpoint(text: str, problems: list[str]) -> str:
    scheme, _, place = text.rstrip("/").partition("://")
    if scheme not in (HTTPS, HTTP) or "/" in place or "@" in place or "?" in place:
        problems.append("The endpoint is not https:// and a host, without anything behind.")
        return ""
    host, port = _place(scheme, place, problems)
    return f"{scheme}://{shown_host(host)}" + ("" if port == _PORTS[scheme] else f":{port}")


def _place(scheme: str, authority: str, problems: list[str]) -> tuple[str, int]:
    host, port = authority, None
    if not authority.endswith("]"):
        before, colon, after = authority.rpartition(":")
        if colon:
            host, port = before, after
    for trouble in (host_trouble(host), port_trouble(port) if port is not None else None):
        if trouble is not None:
            problems.append(trouble)
    if port is None or port_trouble(port) is not None:
        return bare_host(host), _PORTS[scheme]
    return bare_host(host), int(port)


def _plain_path(path: str, problems: list[str]) -> str:
    try:
        text = unquote(path, errors="strict")
    except UnicodeDecodeError:
        problems.append("The escapes of the path are no UTF-8.")
        return path
    if any(char < " " or char == "\x7f" for char in text):
        problems.append("The path holds a control character.")
    if any(part in (".", "..") for part in text.split("/")):
        problems.append("The path holds . or .. as a part: write where it leads.")
    return re.sub(r"/{2,}", "/", text)


def _pairs(query: str, problems: list[str]) -> list[tuple[str, str]]:
    found = []
    for pair in query.split("&") if query else []:
        name, equals, value = pair.partition("=")
        if not equals or not value:
            problems.append("An option of the URL has no value.")
        found.append((unquote(name), unquote(value)))
    return found


def _no_query(scheme: str, parts: _Parts, problems: list[str]) -> None:
    if parts.query is not None:
        problems.append(f"A destination of {scheme}:// takes no options (?): write a question mark as %3F.")


def _escaped(path: str) -> str:
    return re.sub(
        r"[^A-Za-z0-9/_.~+=,@:-]", lambda hit: "".join(f"%{byte:02X}" for byte in hit[0].encode()), path
    )
