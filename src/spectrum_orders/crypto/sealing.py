"""The data key of one order: seals its people and commits to them."""

from __future__ import annotations

import struct
from typing import Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spectrum_orders.crypto import entropy
from spectrum_orders.domain.receipts import field_commitment, hmac_sha256, utf8
from spectrum_orders.errors import SealBroken

FORMAT: Final = 1
"""The first byte of every sealed value. 1: AES-256-GCM, 12-byte nonce, 16-byte tag at the end."""

DATA_KEY_VERSION: Final = 1
"""The data key's own version. Seals bind this one and not the master key's, so that rotating
master keys re-wraps 60 bytes an order and touches no sealed value. An order whose data key were
ever replaced would count on from here."""

_HEAD: Final = bytes((FORMAT,))
_LABEL: Final = b"spectrum-orders/field/1\0"
_BOUND: Final = struct.Struct(">IQQ")
_SALT_LABEL: Final = b"spectrum-orders/receipt-salt/1"
_SHORTEST: Final = 1 + 12 + 16


class OrderKey:
    """Seals and opens the personal values of one order of one client.

    ``wrapped`` is the data key sealed under master key ``version``: the two are what table
    ``order_keys`` holds, and without them nothing of the order's people can be read, found to be
    true, or guessed. Safe to share between threads. Shows nothing of itself and cannot be
    pickled or copied. Made only by ``KeyRing``.
    """

    __slots__ = ("_aead", "_bound", "_data_key", "_salt", "version", "wrapped")

    def __init__(self, data_key: bytes, client_id: int, order_id: int, wrapped: bytes, version: int) -> None:
        self._data_key: Final = data_key
        self._aead: Final = AESGCM(data_key)
        # The numbers have a fixed width and the field comes last, so no two bindings look alike.
        self._bound: Final = _LABEL + _BOUND.pack(DATA_KEY_VERSION, client_id, order_id)
        self._salt: bytes | None = None
        self.wrapped: Final = wrapped
        self.version: Final = version

    def __repr__(self) -> str:
        return "OrderKey(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An order's key is never pickled or copied.")

    def seal(self, field: str, text: str) -> bytes:
        """``text`` sealed for ``field``: one format byte, nonce, ciphertext, tag (29 bytes + text).

        The nonce is random: an order has some dozens of sealed values, far from the 2^32 after
        which random 96-bit nonces under one key want a new key. Raises ``ValueError`` when the
        text is not valid Unicode.
        """
        return self.seal_bytes(field, utf8(text))

    def seal_bytes(self, field: str, data: bytes) -> bytes:
        """As ``seal``, for bytes."""
        nonce = entropy.take(12)
        return _HEAD + nonce + self._aead.encrypt(nonce, data, self._bound + utf8(field))

    def open(self, field: str, sealed: bytes) -> str:
        """The text that was sealed for this field of this order.

        Raises ``SealBroken`` when a bit was changed, or the value comes from another field,
        order, client or format.
        """
        return self.open_bytes(field, sealed).decode()

    def open_bytes(self, field: str, sealed: bytes) -> bytes:
        """As ``open``, for bytes."""
        if len(sealed) < _SHORTEST or sealed[0] != FORMAT:
            raise SealBroken("A sealed value is not in a known format.")
        try:
            return self._aead.decrypt(sealed[1:13], sealed[13:], self._bound + utf8(field))
        except InvalidTag:
            raise SealBroken(
                "A sealed value does not open: it was altered, or belongs to another order or field."
            ) from None

    @property
    def salt(self) -> bytes:
        """The order's receipt salt, 32 bytes: HMAC-SHA256 of a fixed label, keyed by the data key.

        Derived and never stored, so that destroying the data key destroys it too.
        """
        salt = self._salt
        if salt is None:
            # Two threads may both derive it: they write the same bytes.
            salt = self._salt = hmac_sha256(self._data_key, _SALT_LABEL)
        return salt

    def commit(self, field: str, text: str) -> bytes:
        """The commitment to a personal value that goes into the receipt, 32 bytes."""
        return field_commitment(self.salt, field, text)
