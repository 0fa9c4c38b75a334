"""Keys and what is done with them: sealing people, finding them blindly, signing receipts."""

from __future__ import annotations

from spectrum_orders.crypto.blind import normalise_email, normalise_name_postcode
from spectrum_orders.crypto.keyfile import RingFile, load, load_or_create, save, update
from spectrum_orders.crypto.keyring import BadKeyRing, KeyRing, UnknownVersion, key_id_of
from spectrum_orders.crypto.lookup import blind_indexes, email_index, name_index
from spectrum_orders.crypto.sealing import OrderKey
from spectrum_orders.crypto.signing import sign_receipt
from spectrum_orders.crypto.verification import Check, Verdict, prove_field, verify_receipt

__all__ = [
    "BadKeyRing",
    "Check",
    "KeyRing",
    "OrderKey",
    "RingFile",
    "UnknownVersion",
    "Verdict",
    "blind_indexes",
    "email_index",
    "key_id_of",
    "load",
    "load_or_create",
    "name_index",
    "normalise_email",
    "normalise_name_postcode",
    "prove_field",
    "save",
    "sign_receipt",
    "update",
    "verify_receipt",
]
