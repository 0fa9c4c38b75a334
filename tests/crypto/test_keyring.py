"""A ring that leaves as text comes back the same, and one that is nearly right does not come back at all."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.crypto import BadKeyRing, KeyRing, key_id_of
from spectrum_orders.errors import Conflict, NotFound

RING = KeyRing.generate().with_new_version().with_new_version()
SECRETS = [
    *json.loads(RING.dump())["masters"].values(),
    json.loads(RING.dump())["index"],
    json.loads(RING.dump())["signing"],
]


def test_a_ring_comes_back_from_its_text_as_it_was() -> None:
    back = KeyRing.parse(RING.dump())
    assert back.dump() == RING.dump()
    assert (back.active, back.versions, back.key_id) == (3, (1, 2, 3), RING.key_id)
    key = RING.new_order_key(1, 2)
    assert back.open_order_key(1, 2, key.wrapped, key.version).open("f", key.seal("f", "text")) == "text"
    assert back.blind_index(1, "f", "v") == RING.blind_index(1, "f", "v")
    assert back.sign(b"message") == RING.sign(b"message")


def test_no_two_rings_share_a_secret() -> None:
    other = KeyRing.generate().dump()
    assert not [secret for secret in SECRETS if secret in other]
    assert len(set(SECRETS)) == len(SECRETS) == 5


def test_a_ring_with_one_changed_character_is_refused() -> None:
    text = RING.dump()
    for position, character in enumerate(text):
        damaged = text[:position] + ("x" if character != "x" else "y") + text[position + 1 :]
        with pytest.raises(BadKeyRing) as caught:
            KeyRing.parse(damaged)
        says_nothing_secret(str(caught.value))


def says_nothing_secret(message: str) -> None:
    assert not [secret for secret in SECRETS if secret in message or secret[:12] in message]
    assert message.endswith(".")


def changed(**members: Any) -> str:
    """The ring with some members replaced (or, where ``None``, removed), its check untouched."""
    ring = json.loads(RING.dump()) | members
    return json.dumps({name: value for name, value in ring.items() if value is not None})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        (RING.dump()[:-40], "not a JSON object"),
        (SECRETS[0], "not a JSON object"),
        ("{}", "not of format 1"),
        (changed(format=2), "not of format 1"),
        (changed(masters=None), "lacks masters"),
        (changed(index=None, check=None), "lacks check, index"),
        (changed(extra=SECRETS[0]), "does not know"),
        (changed(masters=[]), "wrong type"),
        (changed(active="3"), "wrong type"),
        (changed(active=True), "wrong type"),
        (changed(active=2), "check does not match"),
        (changed(masters={"1": SECRETS[0]}), "check does not match"),
        (changed(masters={"0": SECRETS[0]}), "impossible version"),
        (changed(masters={"": SECRETS[0]}), "impossible version"),
        (changed(masters={"01": SECRETS[0]}), "impossible version"),
        (changed(masters={"9" * 5000: SECRETS[0]}), "impossible version"),
        (changed(masters={"1": [SECRETS[0]]}), "not text"),
        (changed(index=7), "not text"),
        (changed(check=[]), "check does not match"),
        (changed(check="\ud800"), "check does not match"),
    ],
)
def test_what_is_not_a_ring_is_refused_with_a_sentence_that_shows_none_of_it(
    text: str, sentence: str
) -> None:
    with pytest.raises(BadKeyRing, match=sentence) as caught:
        KeyRing.parse(text)
    says_nothing_secret(str(caught.value))
    assert caught.value.__context__ is None  # A decoder's error would hold the whole document.


@given(text=st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["format", "active", "masters", "index", "signing", "check", "1"]), inner),
    max_leaves=12,
).map(json.dumps))  # fmt: skip
def test_garbage_never_gets_further_than_a_refusal(text: str) -> None:
    with pytest.raises(BadKeyRing):
        KeyRing.parse(text)


@pytest.mark.parametrize(
    ("masters", "active", "index_key", "sentence"),
    [
        ({}, 1, bytes(32), "no key for its active version"),
        ({1: bytes(32)}, 2, bytes(32), "no key for its active version"),
        ({0: bytes(32)}, 0, bytes(32), "impossible version"),
        ({2**32: bytes(32)}, 2**32, bytes(32), "impossible version"),
        ({1: bytes(16)}, 1, bytes(32), "not 32 bytes"),
        ({1: bytes(32)}, 1, bytes(31), "not 32 bytes"),
    ],
)
def test_an_impossible_ring_cannot_be_made(
    masters: dict[int, bytes], active: int, index_key: bytes, sentence: str
) -> None:
    with pytest.raises(BadKeyRing, match=sentence):
        KeyRing(masters=masters, active=active, index_key=index_key, signing_seed=bytes(32))


def test_a_new_version_becomes_the_active_one_and_the_old_ring_stays_as_it_was() -> None:
    old = KeyRing.generate()
    new = old.with_new_version()
    assert (old.active, old.versions) == (1, (1,))
    assert (new.active, new.versions) == (2, (1, 2))
    assert new.new_order_key(1, 2).version == 2
    assert new.key_id == old.key_id


def test_a_retired_versions_number_never_comes_back() -> None:
    ring = KeyRing.generate().with_new_version().without_version(1)
    assert ring.versions == (2,)
    assert ring.with_new_version().versions == (2, 3)


def test_the_active_version_cannot_be_retired_and_an_unknown_one_is_named() -> None:
    with pytest.raises(Conflict, match="Version 3 is the active one"):
        RING.without_version(3)
    with pytest.raises(NotFound, match=r"no version 7; it has 1, 2, 3\."):
        RING.without_version(7)


def test_a_ring_continues_itself_through_rotations_and_nobody_elses() -> None:
    rotated = RING.with_new_version().without_version(1)
    assert rotated.continues(RING)
    assert RING.continues(rotated)
    assert not KeyRing.generate().continues(RING)


def test_a_ring_shows_its_versions_and_public_name_and_nothing_else() -> None:
    assert repr(RING) == f"KeyRing(active=3, versions=(1, 2, 3), key_id='{RING.key_id}')"


def test_the_public_key_verifies_what_the_ring_signs() -> None:
    Ed25519PublicKey.from_public_bytes(RING.public_key).verify(RING.sign(b"message"), b"message")
    assert RING.key_id == key_id_of(RING.public_key)
    assert len(RING.key_id) == 16


FORKER = """
import os
from spectrum_orders.crypto import KeyRing
ring = KeyRing.generate()
ring.new_order_key(1, 2).seal("f", "")
for _ in range(4):
    child = os.fork()
    if child == 0:
        key = ring.new_order_key(1, 2)
        os.write(1, (key.wrapped[:12] + key.seal("f", "")[1:13]).hex().encode() + bytes([10]))
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_two_forked_processes_never_draw_the_same_randomness() -> None:
    """A generator that lived in this process would be copied by a fork and repeat itself, nonces included."""
    told = subprocess.run([sys.executable, "-c", FORKER], capture_output=True, check=True, text=True)
    drawn = told.stdout.split()
    assert (len(drawn), len(set(drawn))) == (4, 4)
