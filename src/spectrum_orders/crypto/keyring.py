"""The keys of one deployment: versioned master keys, the index key, the signing key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Mapping
from os import urandom
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spectrum_orders.crypto import blind, entropy
from spectrum_orders.crypto.sealing import OrderKey
from spectrum_orders.errors import Conflict, NotFound, SealBroken, SpectrumError

FORMAT: Final = 1
"""The version of the ring's text form."""

WRAPPED_BYTES: Final = 12 + 32 + 16
"""A wrapped data key: nonce, key, tag."""

_LABEL: Final = b"spectrum-orders/order-key/1\0"
_BOUND: Final = struct.Struct(">QQI")
_MEMBERS: Final = {"format", "active", "masters", "index", "signing", "check"}
_MAX_VERSION: Final = 2**32 - 1
_MEND: Final = "Restore the ring from its backup; a new ring opens nothing that is already sealed."


class BadKeyRing(SpectrumError):
    """A text or file is not a usable key ring. The message never shows any of it."""

    code, title = "bad-key-ring", "The key ring cannot be used"


class UnknownVersion(SealBroken):
    """An order's key is wrapped under a master key that is not on this ring.

    Another process may have rotated the keys: reading the ring again can help.
    """


def key_id_of(public_key: bytes) -> str:
    """The short name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


class KeyRing:
    """The secrets of one deployment, frozen; changed by replacement.

    ``active`` is the master key version that wraps new order keys, ``versions`` are all that can
    still unwrap, ascending. ``public_key`` is the raw 32-byte Ed25519 key that receipts are
    verified with, ``key_id`` its short name. Safe to share between threads and across fork:
    there is no state but the keys, and randomness is the kernel's. Shows nothing secret of
    itself and cannot be pickled; ``dump`` is the one visible way out.
    """

    __slots__ = (
        "_active_aead",
        "_aeads",
        "_index",
        "_masters",
        "_seed",
        "_signing",
        "active",
        "key_id",
        "public_key",
        "versions",
    )

    def __init__(
        self, *, masters: Mapping[int, bytes], active: int, index_key: bytes, signing_seed: bytes
    ) -> None:
        if active not in masters:
            raise BadKeyRing(f"The key ring names no key for its active version. {_MEND}")
        if any(not 1 <= version <= _MAX_VERSION for version in masters):
            raise BadKeyRing(f"The key ring holds an impossible version number. {_MEND}")
        if any(len(key) != 32 for key in (*masters.values(), index_key, signing_seed)):
            raise BadKeyRing(f"The key ring holds a key that is not 32 bytes. {_MEND}")
        self._masters: Final = dict(sorted(masters.items()))
        self._aeads: Final = {version: AESGCM(key) for version, key in self._masters.items()}
        self._active_aead: Final = self._aeads[active]
        self._index: Final = index_key
        self._seed: Final = signing_seed
        self._signing: Final = Ed25519PrivateKey.from_private_bytes(signing_seed)
        self.active: Final = active
        self.versions: Final = tuple(self._masters)
        self.public_key: Final = self._signing.public_key().public_bytes_raw()
        self.key_id: Final = key_id_of(self.public_key)

    def __repr__(self) -> str:
        return f"KeyRing(active={self.active}, versions={self.versions}, key_id={self.key_id!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key ring is never pickled or copied; dump() is the visible way out.")

    # --- the ring itself

    @staticmethod
    def generate() -> KeyRing:
        """A new ring with master key 1 and fresh index and signing keys."""
        return KeyRing(masters={1: urandom(32)}, active=1, index_key=urandom(32), signing_seed=urandom(32))

    @staticmethod
    def parse(text: str) -> KeyRing:
        """The ring that ``dump`` wrote.

        Raises ``BadKeyRing`` for anything else, even one changed character: a ring that is only
        nearly right would seal new orders under keys that nobody has backed up. The error says
        which part is wrong and never repeats any of the text.
        """
        return _parse(text)

    def dump(self) -> str:
        """The ring as JSON text, **with every secret in it**; docs/keys.md describes it."""
        ring: dict[str, Any] = {
            "format": FORMAT,
            "active": self.active,
            "masters": {str(version): _base64(key) for version, key in self._masters.items()},
            "index": _base64(self._index),
            "signing": _base64(self._seed),
        }
        return json.dumps(ring | {"check": _check(ring)}, indent=2) + "\n"

    def with_new_version(self) -> KeyRing:
        """This ring with one more master key, which becomes the active one.

        Its number is above every number on the ring, and the active version cannot be taken
        off, so a number never comes back with another key.
        """
        version = max(self.versions) + 1
        return self._replaced({**self._masters, version: urandom(32)}, version)

    def without_version(self, version: int) -> KeyRing:
        """This ring without a master key: what is still wrapped under it is lost.

        Raises ``NotFound`` when there is no such version, ``Conflict`` when it is the active one.
        """
        if version not in self._masters:
            there = ", ".join(map(str, self.versions))
            raise NotFound(f"The key ring has no version {version}; it has {there}.")
        if version == self.active:
            raise Conflict(f"Version {version} is the active one; rotate first, then retire it.")
        return self._replaced({v: key for v, key in self._masters.items() if v != version}, self.active)

    def continues(self, other: KeyRing) -> bool:
        """Whether this and the other are one deployment's ring, before or after some rotations."""
        return hmac.compare_digest(self._index + self._seed, other._index + other._seed)

    def _replaced(self, masters: Mapping[int, bytes], active: int) -> KeyRing:
        return KeyRing(masters=masters, active=active, index_key=self._index, signing_seed=self._seed)

    # --- order keys

    def new_order_key(self, client_id: int, order_id: int) -> OrderKey:
        """A fresh data key for an order, wrapped under the active version. No I/O, about 4 µs.

        Nonces are random, so one master key version should wrap no more than 2^32 orders.
        """
        # One call into the kernel for both.
        random = entropy.take(44)
        data_key, nonce = random[:32], random[32:]
        version = self.active
        bound = _LABEL + _BOUND.pack(client_id, order_id, version)
        wrapped = nonce + self._active_aead.encrypt(nonce, data_key, bound)
        return OrderKey(data_key, client_id, order_id, wrapped, version)

    def open_order_key(self, client_id: int, order_id: int, wrapped: bytes, version: int) -> OrderKey:
        """The data key of an order, as ``new_order_key`` or ``rewrap`` gave it away.

        Raises ``UnknownVersion`` when the version is not on the ring, ``SealBroken`` when the
        wrapped key was altered or belongs to another client, order or version.
        """
        data_key = self._unwrapped(client_id, order_id, wrapped, version)
        return OrderKey(data_key, client_id, order_id, wrapped, version)

    def rewrap(self, client_id: int, order_id: int, wrapped: bytes, version: int) -> tuple[bytes, int]:
        """The same data key under the active version: what to store instead, and that version.

        Already there: the same bytes come back, still checked. Raises like ``open_order_key``.
        """
        data_key = self._unwrapped(client_id, order_id, wrapped, version)
        if version == self.active:
            return wrapped, version
        nonce = entropy.take(12)
        bound = _LABEL + _BOUND.pack(client_id, order_id, self.active)
        return nonce + self._active_aead.encrypt(nonce, data_key, bound), self.active

    def _unwrapped(self, client_id: int, order_id: int, wrapped: bytes, version: int) -> bytes:
        aead = self._aeads.get(version)
        if aead is None:
            raise UnknownVersion(f"An order's key is wrapped under version {version}, not on the key ring.")
        if len(wrapped) == WRAPPED_BYTES:
            try:
                return aead.decrypt(
                    wrapped[:12], wrapped[12:], _LABEL + _BOUND.pack(client_id, order_id, version)
                )
            except InvalidTag:
                pass
        raise SealBroken("An order's key does not open: it was altered, or belongs to another order or ring.")

    # --- lookup and signing

    def blind_index(self, client_id: int, field: str, value: str) -> bytes:
        """16 bytes to find a normalised value by, different for every client and field."""
        return blind.index(self._index, client_id, field, value)

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature (64 bytes) of a message, about 50 µs."""
        return self._signing.sign(message)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature of a message is ours."""
        try:
            self._signing.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _parse(text: str) -> KeyRing:
    ring = _object(text)
    if ring is None:
        raise BadKeyRing(f"The key ring is not a JSON object. {_MEND}")
    if ring.get("format") != FORMAT:
        raise BadKeyRing(f"The key ring is not of format {FORMAT}, the only one this release can read.")
    missing = sorted(_MEMBERS - ring.keys())
    if missing:
        raise BadKeyRing(f"The key ring lacks {', '.join(missing)}. {_MEND}")
    if ring.keys() - _MEMBERS:
        raise BadKeyRing(f"The key ring holds a member that this release does not know. {_MEND}")
    masters, active = ring["masters"], ring["active"]
    if not isinstance(masters, dict) or type(active) is not int:
        raise BadKeyRing(f"The key ring's masters or active version has the wrong type. {_MEND}")
    if not all(isinstance(text, str) for text in (*masters.values(), ring["index"], ring["signing"])):
        raise BadKeyRing(f"The key ring holds a key that is not text. {_MEND}")
    if not all(len(name) <= 10 and name.isascii() and name.isdigit() and name[0] != "0" for name in masters):
        raise BadKeyRing(f"The key ring holds an impossible version number. {_MEND}")
    if ring["check"] != _check({name: ring[name] for name in ring if name != "check"}):
        raise BadKeyRing(f"The key ring was changed or damaged: its check does not match. {_MEND}")
    return KeyRing(
        masters={int(name): _bytes(key) for name, key in masters.items()},
        active=active,
        index_key=_bytes(ring["index"]),
        signing_seed=_bytes(ring["signing"]),
    )


def _object(text: str) -> dict[str, Any] | None:
    # A decoding error holds the whole document; it must end here.
    try:
        ring = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return ring if isinstance(ring, dict) else None


def _check(ring: Mapping[str, Any]) -> str:
    """16 hexadecimal digits of the SHA-256 of the other members as sorted, compact JSON."""
    text = json.dumps(ring, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        pass
    raise BadKeyRing(f"The key ring holds a key that is not base64. {_MEND}")
