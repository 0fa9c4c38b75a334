"""People are sealed before anybody sees them, and what was sealed here opens only here."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.crypto import KeyRing, OrderKey, UnknownVersion
from spectrum_orders.errors import SealBroken

FIELD = "/lineItems/0/giftMessage"
CANARY = "canary Zoë Muster, Beispielweg 1"
RING = KeyRing.generate()
ids = st.integers(min_value=0, max_value=2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def reopened(ring: KeyRing, client_id: int, order_id: int, key: OrderKey) -> OrderKey:
    return ring.open_order_key(client_id, order_id, key.wrapped, key.version)


@given(client_id=ids, order_id=ids, field=texts, text=texts)
def test_what_was_sealed_opens_again_with_the_stored_key(
    client_id: int, order_id: int, field: str, text: str
) -> None:
    key = RING.new_order_key(client_id, order_id)
    sealed = key.seal(field, text)
    assert reopened(RING, client_id, order_id, key).open(field, sealed) == text
    assert len(sealed) == 29 + len(text.encode())
    assert len(key.wrapped) == 60


def test_a_sealed_value_with_any_bit_flipped_does_not_open() -> None:
    key = RING.new_order_key(1, 2)
    sealed = key.seal(FIELD, CANARY)
    for bit in range(8 * len(sealed)):
        with pytest.raises(SealBroken):
            key.open(FIELD, flipped(sealed, bit))


def test_a_sealed_value_cut_short_or_lengthened_does_not_open() -> None:
    key = RING.new_order_key(1, 2)
    sealed = key.seal(FIELD, CANARY)
    for damaged in (*(sealed[:length] for length in range(len(sealed))), sealed + b"\0"):
        with pytest.raises(SealBroken):
            key.open(FIELD, damaged)


def test_a_wrapped_key_with_any_bit_flipped_does_not_open() -> None:
    key = RING.new_order_key(1, 2)
    for bit in range(8 * len(key.wrapped)):
        with pytest.raises(SealBroken):
            RING.open_order_key(1, 2, flipped(key.wrapped, bit), key.version)


def test_a_wrapped_key_cut_short_or_lengthened_does_not_open() -> None:
    key = RING.new_order_key(1, 2)
    for damaged in (*(key.wrapped[:length] for length in range(60)), key.wrapped + b"\0"):
        with pytest.raises(SealBroken):
            RING.open_order_key(1, 2, damaged, key.version)


@given(here=st.tuples(ids, ids), there=st.tuples(ids, ids))
def test_a_wrapped_key_opens_only_for_its_own_client_and_order(
    here: tuple[int, int], there: tuple[int, int]
) -> None:
    key = RING.new_order_key(*here)
    if here == there:
        assert reopened(RING, *there, key).salt == key.salt
    else:
        with pytest.raises(SealBroken):
            reopened(RING, *there, key)


def test_client_and_order_cannot_change_places() -> None:
    key = RING.new_order_key(1, 2)
    with pytest.raises(SealBroken):
        reopened(RING, 2, 1, key)


@given(here=texts, there=texts)
def test_a_sealed_value_opens_only_in_its_own_field(here: str, there: str) -> None:
    key = RING.new_order_key(1, 2)
    sealed = key.seal(here, CANARY)
    if here == there:
        assert key.open(there, sealed) == CANARY
    else:
        with pytest.raises(SealBroken):
            key.open(there, sealed)


def test_a_sealed_value_does_not_open_with_another_orders_key() -> None:
    sealed = RING.new_order_key(1, 2).seal(FIELD, CANARY)
    for client_id, order_id in ((1, 2), (1, 3), (2, 2)):
        with pytest.raises(SealBroken):
            RING.new_order_key(client_id, order_id).open(FIELD, sealed)


def test_a_sealed_value_is_bound_to_its_order_even_under_the_same_data_key() -> None:
    """What an attacker with one data key in hand still cannot do: pass a value off as another order's."""
    data_key = bytes(range(32))
    here = OrderKey(data_key, 1, 2, b"", 1)
    sealed = here.seal(FIELD, CANARY)
    assert OrderKey(data_key, 1, 2, b"", 1).open(FIELD, sealed) == CANARY
    for client_id, order_id in ((1, 3), (2, 2), (2, 1)):
        with pytest.raises(SealBroken):
            OrderKey(data_key, client_id, order_id, b"", 1).open(FIELD, sealed)


def test_another_deployments_ring_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        reopened(KeyRing.generate(), 1, 2, RING.new_order_key(1, 2))


def test_a_wrapped_key_does_not_open_under_another_version_that_is_on_the_ring() -> None:
    ring = RING.with_new_version()
    old = RING.new_order_key(1, 2)
    assert reopened(ring, 1, 2, old).salt == old.salt
    with pytest.raises(SealBroken):
        ring.open_order_key(1, 2, old.wrapped, 2)


@pytest.mark.parametrize("version", [-1, 0, 2, 2**32, 2**70])
def test_a_version_that_is_not_on_the_ring_is_refused_by_name(version: int) -> None:
    key = RING.new_order_key(1, 2)
    with pytest.raises(UnknownVersion, match=rf"version {version}\b"):
        RING.open_order_key(1, 2, key.wrapped, version)


@given(client_id=ids, order_id=ids, text=texts)
def test_rewrapping_moves_the_key_to_the_active_version_and_leaves_what_it_sealed(
    client_id: int, order_id: int, text: str
) -> None:
    key = RING.new_order_key(client_id, order_id)
    sealed = key.seal(FIELD, text)
    ring = RING.with_new_version()
    wrapped, version = ring.rewrap(client_id, order_id, key.wrapped, key.version)
    assert (version, len(wrapped)) == (2, 60)
    assert wrapped != key.wrapped
    # And the old version is no longer needed.
    moved = ring.without_version(1).open_order_key(client_id, order_id, wrapped, version)
    assert moved.open(FIELD, sealed) == text
    assert moved.salt == key.salt


def test_rewrapping_what_is_already_there_changes_nothing() -> None:
    key = RING.new_order_key(1, 2)
    assert RING.rewrap(1, 2, key.wrapped, 1) == (key.wrapped, 1)


@pytest.mark.parametrize("ring", [RING, RING.with_new_version()])
def test_rewrapping_refuses_what_does_not_open(ring: KeyRing) -> None:
    key = RING.new_order_key(1, 2)
    for client_id, wrapped, version in (
        (1, flipped(key.wrapped, 100), 1),
        (2, key.wrapped, 1),
        (1, key.wrapped, 9),
    ):
        with pytest.raises(SealBroken):
            ring.rewrap(client_id, 2, wrapped, version)


def test_no_two_seals_are_alike() -> None:
    key = RING.new_order_key(1, 2)
    assert len({key.seal(FIELD, CANARY)[1:13] for _ in range(1000)}) == 1000
    assert len({RING.new_order_key(1, 2).wrapped for _ in range(1000)}) == 1000


def test_threads_share_one_ring_and_one_key() -> None:
    key = RING.new_order_key(1, 2)
    wrong: list[str] = []

    def work(number: int) -> None:
        for turn in range(200):
            text = f"{number} {turn}"
            own = RING.new_order_key(number, turn)
            if key.open(FIELD, key.seal(FIELD, text)) != text:
                wrong.append(text)
            if reopened(RING, number, turn, own).open(FIELD, own.seal(FIELD, text)) != text:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_neither_seals_nor_errors_nor_keys_show_what_they_hold() -> None:
    key = RING.new_order_key(1, 2)
    sealed = key.seal(FIELD, CANARY)
    assert CANARY.encode() not in sealed
    assert repr(key) == str(key) == "OrderKey(hidden)"
    with pytest.raises(SealBroken) as caught:
        key.open(FIELD, flipped(sealed, 300))
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("secret", [RING, RING.new_order_key(1, 2)])
def test_keys_are_never_pickled_or_copied(secret: object) -> None:
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            leave(secret)


def test_text_that_is_not_unicode_is_refused_without_being_repeated() -> None:
    key = RING.new_order_key(1, 2)
    for act in (key.seal, key.commit):
        with pytest.raises(ValueError, match="not valid Unicode") as caught:
            act(FIELD, CANARY + "\ud800")
        assert caught.value.__context__ is None  # Python's own error would hold the whole text.


@given(text=texts)
def test_a_commitment_is_the_same_whenever_the_key_is_opened(text: str) -> None:
    key = RING.new_order_key(1, 2)
    committed = key.commit(FIELD, text)
    assert len(committed) == 32
    assert reopened(RING, 1, 2, key).commit(FIELD, text) == committed
    assert key.commit("/emailAddress", text) != committed
    assert RING.new_order_key(1, 2).commit(FIELD, text) != committed
