"""Promise: what is posted is signed as Standard Webhooks 1.0.0 says, and no answer can do harm."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.delivery.transports import DeliveryFailed, Transport
from spectrum_orders.delivery.transports.reading import LEAST_SECONDS, patience
from spectrum_orders.webhooks.signature import read_secrets, sign
from tests.delivery.contents import NAME, Changed, Held, failure, noise, opened, put, using
from tests.harness import receiver
from tests.harness.receiver import Authority, Posted, Receiver

SMALL = noise(5_000)
LARGE = noise(2_500_000, seed=2)


def secret(size: int = 32) -> str:
    return "whsec_" + base64.b64encode(os.urandom(size)).decode()


SECRET = secret()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def factory(authority: Authority) -> Iterator[Receiver]:
    with Receiver(authority.context) as running:
        yield running


@pytest.fixture
def to(factory: Receiver, authority: Authority) -> Callable[..., Transport]:
    def make(key: str = SECRET, ca: str | None = None) -> Transport:
        # Both: whichever of its two addresses the name localhost has here.
        return opened(
            factory.url, key, {"ca": authority.pem if ca is None else ca}, allowed=("127.0.0.0/8", "::1")
        )

    return make


Opener = Callable[..., Transport]


def verified(posted: Posted, key: str) -> object:
    """What a receiver with the specification's own library makes of it; raises when it is not signed.

    The library gives the body back as JSON, so the contents of these tests are JSON.
    """
    return standardwebhooks.Webhook(key).verify(posted.body, posted.headers)


PACKAGE = Held(json.dumps({"pages": list(range(400_000))}).encode())
"""JSON of several blocks."""


def test_a_receiver_with_the_standard_library_believes_it(factory: Receiver, to: Opener) -> None:
    proof = put(to(), PACKAGE)
    (posted,) = factory.posted
    assert posted.body == PACKAGE.data
    assert verified(posted, SECRET) == json.loads(PACKAGE.data)
    assert posted.headers["content-type"] == "application/zip"
    digest = base64.b64encode(hashlib.sha256(posted.body).digest()).decode()
    assert posted.headers["content-digest"] == f"sha-256=:{digest}:"
    assert (proof.size, proof.sha256) == (PACKAGE.size, PACKAGE.sha256.hex())


def test_in_a_rotation_both_secrets_are_believed_and_no_third(factory: Receiver, to: Opener) -> None:
    new, old = secret(24), secret(64)
    put(to(f"{new}\n{old}\n"), PACKAGE)
    (posted,) = factory.posted
    assert verified(posted, new) == verified(posted, old) == json.loads(PACKAGE.data)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verified(posted, secret())


@pytest.mark.parametrize("what", ["body", "webhook-id", "webhook-timestamp"])
def test_whatever_is_changed_on_the_way_is_found(factory: Receiver, to: Opener, what: str) -> None:
    put(to(), Held(b'{"n": 1}'))
    (posted,) = factory.posted
    headers, body = dict(posted.headers), posted.body
    if what == "body":
        body = b'{"n": 2}'
    else:
        headers[what] = headers[what][:-1] + ("0" if headers[what][-1] != "0" else "1")
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verified(Posted("POST", posted.path, headers, body), SECRET)


def test_every_attempt_at_one_delivery_has_one_id_and_other_bytes_have_another(
    factory: Receiver, to: Opener
) -> None:
    factory.answers = [receiver.answer(500)]
    failure(to(), SMALL)
    put(to(), SMALL)
    put(to(), LARGE)
    put(to(), SMALL, "SHOP/PO-2/pkg_2.zip")
    ids = [posted.headers["webhook-id"] for posted in factory.posted]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@given(st.binary(max_size=3000), st.lists(st.binary(min_size=24, max_size=64), min_size=1, max_size=3))
def test_the_signature_is_the_specification_s_whatever_is_sent(body: bytes, keys: list[bytes]) -> None:
    at = int(time.time())
    for key, signature in zip(
        keys, sign(tuple(keys), "msg_1", at, Held(body, 701).chunks()).split(), strict=True
    ):
        code = base64.b64encode(hmac.digest(key, b"msg_1.%d." % at + body, "sha256")).decode()
        assert signature == f"v1,{code}"


@pytest.mark.parametrize(
    "text",
    ["", "   ", "whsec_", "nothing", secret(23), secret(65), secret().removeprefix("whsec_"), f"{SECRET}!"],
    # A fresh secret cannot be a test's name: every process of a run must give it the same one.
    ids=["empty", "blank", "prefix", "word", "short", "long", "no-prefix", "no-base64"],
)
def test_a_secret_that_is_none_does_not_open_and_is_not_repeated(text: str) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        opened("https://factory.example/hook", text)
    assert (caught.value.code, caught.value.permanent) == ("configuration", True)
    assert len(text) < 8 or text not in caught.value.message


def test_secrets_are_read_in_their_order() -> None:
    one, two = secret(24), secret(64)
    assert [len(key) for key in read_secrets(f" {two}\n{one} ")] == [64, 24]


@pytest.mark.parametrize("name", [NAME, "SHOP/Größe 5%.zip"])
def test_the_name_travels_in_a_header(factory: Receiver, to: Opener, name: str) -> None:
    put(to(), SMALL, name)
    assert unquote(factory.posted[0].headers["spectrum-file-name"]) == name


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_is_success(factory: Receiver, to: Opener, status: int) -> None:
    factory.answers = [receiver.answer(status)]
    assert str(status) in put(to(), SMALL).checked


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (400, "rejected", True),
        (401, "auth", True),
        (403, "auth", True),
        (404, "receiver", False),
        (408, "receiver", False),
        (409, "receiver", False),
        (410, "gone", True),
        (413, "rejected", True),
        (425, "receiver", False),
        (429, "receiver", False),
        (500, "receiver", False),
        (502, "receiver", False),
        (503, "receiver", False),
        (507, "no-space", False),
    ],
)
def test_every_answer_has_its_meaning_and_its_words_are_not_repeated(
    factory: Receiver, to: Opener, status: int, code: str, permanent: bool
) -> None:
    factory.answers = [receiver.answer(status, b"Ada Lovelace, 12 St James's Square")]
    failed = failure(to(), SMALL)
    assert (failed.code, failed.permanent) == (code, permanent)
    assert "Ada" not in f"{failed!r}{failed.message}{failed.next_step}"


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_heard_in_seconds_and_as_a_date(factory: Receiver, to: Opener, status: int) -> None:
    soon = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 600))
    factory.answers = [
        receiver.answer(status, headers={"retry-after": text}) for text in ("120", soon, "later")
    ]
    assert failure(to(), SMALL).retry_after == 120.0
    assert failure(to(), SMALL).retry_after == pytest.approx(600, abs=10)
    assert failure(to(), SMALL).retry_after is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(factory: Receiver, to: Opener, status: int) -> None:
    with Receiver() as elsewhere:
        factory.answers = [receiver.answer(status, headers={"location": elsewhere.url})]
        failed = failure(to(), SMALL)
        assert (failed.code, failed.permanent) == ("receiver", False)
        assert len(factory.posted) == 1
        assert elsewhere.connections == 0


def test_an_answer_without_end_is_not_read_to_its_end(factory: Receiver, to: Opener) -> None:
    factory.answers = [receiver.endless]
    began = time.monotonic()
    put(to(), SMALL)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["x-long", "set-cookie"])
def test_huge_headers_end_the_connection(factory: Receiver, to: Opener, name: str) -> None:
    factory.answers = [receiver.answer(200, headers={name: "x" * 60_000, "x-more": "y" * 60_000})]
    failed = failure(to(), SMALL)
    assert (failed.code, failed.permanent) == ("unreachable", False)


def test_half_an_answer_is_no_success(factory: Receiver, to: Opener) -> None:
    factory.answers = [receiver.broken]
    failed = failure(to(), SMALL)
    assert (failed.code, failed.permanent) == ("unreachable", False)


@pytest.mark.slow
def test_a_receiver_that_says_nothing_is_given_up_after_twenty_seconds(factory: Receiver, to: Opener) -> None:
    factory.answers = [receiver.silent(30.0)]
    began = time.monotonic()
    failed = failure(to(), SMALL)
    assert (failed.code, failed.permanent) == ("timeout", False)
    assert 19 < time.monotonic() - began < 25


def test_patience_is_twenty_seconds_and_grows_with_the_size() -> None:
    assert patience(0) == LEAST_SECONDS == 20.0
    assert patience(5 * 1024**3) == pytest.approx(20 + 40_960)


@pytest.mark.parametrize("after", [0, 1, 1024 * 1024, LARGE.size - 1])
def test_a_connection_that_breaks_is_tried_again_and_nothing_half_counts(
    factory: Receiver, to: Opener, after: int
) -> None:
    factory.cut_after = after
    failed = failure(to(), LARGE)
    assert (failed.code, failed.permanent) == ("unreachable", False)
    assert factory.posted == []
    put(to(), LARGE)
    assert factory.posted[0].body == LARGE.data


def test_content_that_is_not_what_was_promised_is_not_posted(factory: Receiver, to: Opener) -> None:
    assert failure(to(), Changed(SMALL.data)).code == "content-changed"
    assert factory.posted == []


def test_a_certificate_of_nobody_we_know_is_refused_and_tried_again(
    factory: Receiver, to: Opener, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Authority(tmp_path_factory.mktemp("stranger"))
    failed = failure(to(ca=stranger.pem), SMALL)
    assert (failed.code, failed.permanent) == ("certificate", False)
    assert factory.posted == []


def test_the_system_s_store_does_not_know_it(factory: Receiver) -> None:
    failed = failure(opened(factory.url, SECRET, allowed=("127.0.0.0/8", "::1")), SMALL)
    assert failed.code == "certificate"
    assert factory.posted == []


@pytest.mark.parametrize("wrong", ["expired", "host"])
def test_a_certificate_that_has_run_out_or_is_somebody_else_s_is_refused(
    tmp_path_factory: pytest.TempPathFactory, wrong: str
) -> None:
    folder = tmp_path_factory.mktemp("wrong")
    bad = Authority(folder, expired=True) if wrong == "expired" else Authority(folder, host="other.example")
    with Receiver(bad.context) as factory:
        transport = opened(factory.url, SECRET, {"ca": bad.pem}, allowed=("127.0.0.0/8", "::1"))
        assert failure(transport, SMALL).code == "certificate"
        assert factory.posted == []


@pytest.mark.parametrize("ca", ["", "  \n", "trust me", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_an_authority_that_is_none_does_not_fall_back_to_the_system_s(ca: str) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        opened("https://factory.example/hook", SECRET, {"ca": ca})
    assert caught.value.code == "configuration"


def test_plain_http_needs_a_network_of_the_setting(factory: Receiver) -> None:
    with Receiver() as plain:
        put(opened(plain.url, SECRET, allowed=("127.0.0.0/8", "::1")), SMALL)
        assert len(plain.posted) == 1
        failed = failure(opened("http://192.0.2.1/hook", SECRET), SMALL)
        assert (failed.code, failed.permanent) == ("refused", True)


def test_a_connection_is_kept_for_several_packages(factory: Receiver, to: Opener) -> None:
    async def three(transport: Transport) -> None:
        for number in range(3):
            await transport.put(f"SHOP/{number}.zip", SMALL)

    using(to(), three)
    assert len(factory.posted) == 3
    assert factory.connections == 1


def test_a_receiver_that_is_gone_is_unreachable(authority: Authority) -> None:
    with Receiver(authority.context) as factory:
        url = factory.url
    failed = failure(opened(url, SECRET, {"ca": authority.pem}, allowed=("127.0.0.0/8", "::1")), SMALL)
    assert (failed.code, failed.permanent) == ("unreachable", False)
