"""Under which blind indexes an order's people are found, and a person who is asked for."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from spectrum_orders.crypto.blind import normalise_email, normalise_name_postcode
from spectrum_orders.crypto.keyring import KeyRing

EMAIL, NAME_POSTCODE = "email", "name-postcode"
"""What a person can be found by."""

E_MAIL = "/emailAddress"
ADDRESSES = ("/customerAddress", "/shippingAddress")

_decode = msgspec.json.Decoder(dict[str, str]).decode


def blind_indexes(keys: KeyRing, client_id: int, personal: Mapping[str, str]) -> tuple[bytes, ...]:
    """The blind indexes under which an order's people are found: e-mail, name with postal code."""
    found = set()
    if E_MAIL in personal:
        found.add(email_index(keys, client_id, personal[E_MAIL]))
    for pointer in ADDRESSES:
        if pointer in personal:
            address = _decode(personal[pointer])
            if "email" in address:
                found.add(email_index(keys, client_id, address["email"]))
            first, last, postal = (address.get(name, "") for name in ("firstName", "lastName", "postalCode"))
            found.add(name_index(keys, client_id, first, last, postal))
    return tuple(found)


def email_index(keys: KeyRing, client_id: int, email: str) -> bytes:
    """The index of an e-mail address."""
    return keys.blind_index(client_id, EMAIL, normalise_email(email))


def name_index(keys: KeyRing, client_id: int, first: str, last: str, postal_code: str) -> bytes:
    """The index of a name with its postal code; ``first`` may be the whole name."""
    return keys.blind_index(client_id, NAME_POSTCODE, normalise_name_postcode(first, last, postal_code))
