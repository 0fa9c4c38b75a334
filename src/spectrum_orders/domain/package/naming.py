"""Names of packages and of the files in them: portable, without a person, never two alike."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from spectrum_orders.domain.package.facts import PACKAGE

MANIFEST, CHECKSUMS = "manifest.json", "SHA256SUMS"
TICKET_JSON, TICKET_XJDF, TICKET_CSV = "ticket.json", "ticket.xjdf", "ticket.csv"
SHEET = "specification"
"""The stem of a specification sheet, before ``_<recipe set id>.pdf``."""

FIXED = (MANIFEST, TICKET_JSON, TICKET_XJDF, TICKET_CSV, CHECKSUMS)
"""Members that are called the same in every package, in the order in which they stand in it."""

PLACEHOLDERS = ("recipeSetId", "product", "sku", "line", "quantity", "purchaseOrderNumber")
"""What may stand in braces in a product's ``fileName``. None of them is personal."""

LONGEST = 120
"""Bytes of a name. ext4 and NTFS take 255; zip tools, shares and scripts in front of them take less."""

LONGEST_TEMPLATE = 80
LONGEST_AREA = 48

_HASH = 10
"""Hexadecimal digits: two of a package's names meet by chance once in a million million."""

_PACKAGE_ID = re.compile(r"_(pkg_[0-9a-z]{13})(?:_[a-z]+)?\.zip\Z")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+|\.{2,}")
_HASHED = re.compile(rf"-[0-9a-f]{{{_HASH}}}$")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


def check_template(text: str) -> str | None:
    """What is wrong with a product's file name template, in one sentence, or None."""
    if not text:
        return "The template is empty; {recipeSetId} is the usual one."
    if len(text) > LONGEST_TEMPLATE:
        return f"The template is longer than {LONGEST_TEMPLATE} characters."
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    if unknown:
        return f"The template names a placeholder that does not exist; there are {known}."
    rest = _PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        return "The template has a brace without its partner."
    if not re.fullmatch(r"[A-Za-z0-9._-]*", rest) or ".." in rest or text[0] in ".-":
        return (
            "Around the placeholders a template has only letters, digits and . _ - of ASCII,"
            " no two dots in a row, and no dot or hyphen in front."
        )
    return None


def print_file_name(template: str, area: str, suffix: str, **facts: str | int) -> str:
    """The name of a print file: always ends in ``_<area><suffix>``, because factories sort by it.

    ``facts`` are given under the names of ``PLACEHOLDERS``; one that is missing stands as nothing. A
    name in which a character had to be replaced or cut away carries a hash of the original, so that two
    different originals never become one name.
    """
    return _Tail(area, suffix).name(fill(template, facts))


def fill(template: str, facts: dict[str, str | int]) -> str:
    """The template with its placeholders replaced, as yet unsafe. Braces in a value stay what they are."""
    return _PLACEHOLDER.sub(lambda match: str(facts.get(match[1], "")), template)


def portable(text: str, longest: int = LONGEST) -> str:
    """``text`` as a name for every file system: letters, digits and ``. _ -`` of ASCII, ``longest`` bytes.

    Accents fall off, other characters become ``-``; whatever was changed gets a hash. A text that looks
    as if it had a hash already gets one too, so that nobody can name a file like another's.
    """
    folded = unicodedata.normalize("NFKD", text)
    plain = "".join(one for one in folded if not unicodedata.combining(one))
    safe = _UNSAFE.sub("-", plain)
    if not safe or safe[0] in ".-" or _RESERVED.match(safe):
        safe = f"_{safe.lstrip('.-')}"
    safe = safe.rstrip(".")
    if safe == text and len(safe) <= longest and not _HASHED.search(safe):
        return safe
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return f"{safe[: longest - _HASH - 1].rstrip('.-')}-{digest}"


def package_name(
    client_handle: str, purchase_order_number: str, package_id: str, *, kind: str = PACKAGE
) -> str:
    """Where a package lies at a destination: ``<client>/<purchase order number>_<package id>.zip``.

    One slash, of which both sides are portable. What is no first package says so at its end:
    ``_completion.zip``, ``_reprint.zip``, ``_cancellation.zip``, ``_erasure.zip``.
    """
    tail = f"_{portable(package_id, 40)}{'' if kind == PACKAGE else f'_{kind}'}.zip"
    stem = portable(purchase_order_number, LONGEST - len(tail))
    return f"{package_folder(client_handle)}/{stem}{tail}"


def package_folder(client_handle: str) -> str:
    """The folder below a destination in which a client's packages lie."""
    return portable(client_handle, 64)


def package_id(name: str) -> str | None:
    """The package id in what ``package_name`` made, or ``None`` when it made no such name."""
    found = _PACKAGE_ID.search(name)
    return None if found is None else found[1]


class Names:
    """The names of one package as they are given out: none twice, also where case does not count.

    The same calls in the same order give the same names.
    """

    def __init__(self) -> None:
        self._taken: dict[str, str] = {name.lower(): "" for name in FIXED}

    def print_file(
        self, template: str, area: str, suffix: str, *, sha256: str = "", **facts: str | int
    ) -> str:
        """A name as by ``print_file_name``; when that is taken, ``-2`` and so on before the area.

        With ``sha256`` a file of the same name and content gets the same name: one member serves both.
        """
        return self._take(fill(template, facts), _Tail(area, suffix), sha256)

    def sheet(self, recipe_set_id: str) -> str:
        """The name of a line's specification sheet."""
        return self._take(SHEET, _Tail(recipe_set_id, ".pdf"), "")

    def _take(self, stem: str, tail: _Tail, sha256: str) -> str:
        number = 1
        while True:
            name = tail.name(stem, "" if number == 1 else f"-{number}")
            holder = self._taken.get(name.lower())
            if holder is None:
                self._taken[name.lower()] = sha256
                return name
            if sha256 and holder == sha256:
                return name
            number += 1


class _Tail:
    """What a file's name ends in."""

    def __init__(self, area: str, suffix: str) -> None:
        self._text = f"_{portable(area, LONGEST_AREA)}{suffix}"

    def name(self, stem: str, number: str = "") -> str:
        return f"{portable(stem, LONGEST - len(self._text) - len(number))}{number}{self._text}"
