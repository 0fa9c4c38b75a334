"""Promise: an object in a bucket is written once, with its checksum, or not at all."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator

import pytest

from spectrum_orders.delivery.transports import DeliveryFailed, Transport
from spectrum_orders.delivery.transports.s3 import LARGEST, bucket_url
from spectrum_orders.domain import destinations
from tests.delivery.contents import NAME, Changed, Held, failure, is_there, noise, opened, put, using
from tests.harness.s3 import ACCESS, S3

SMALL = noise(5_000)
LARGE = noise(2_500_000, seed=2)
KEY = f"in/{NAME}"


@pytest.fixture(scope="module")
def service() -> Iterator[S3]:
    with S3() as running:
        yield running


@pytest.fixture
def bucket(service: S3) -> S3:
    service.forget()
    return service


def to(bucket: S3, secret: str = ACCESS) -> Transport:
    return opened(bucket.url, secret)


def checksum(content: Held) -> str:
    return base64.b64encode(content.sha256).decode()


@pytest.mark.parametrize("content", [noise(0), SMALL, LARGE], ids=lambda one: one.size)
def test_an_object_arrives_whole(bucket: S3, content: Held) -> None:
    proof = put(to(bucket), content)
    assert bucket.objects == {KEY: content.data}
    assert (proof.size, proof.sha256, proof.already_there) == (content.size, content.sha256.hex(), False)
    assert proof.where == f"s3://press/{KEY}"


def test_the_condition_the_checksum_and_the_signed_hash_are_on_the_wire(bucket: S3) -> None:
    put(to(bucket), LARGE)
    (sent,) = bucket.seen
    assert sent.method == "PUT"
    assert sent.headers["if-none-match"] == "*"
    # The service in this test takes any checksum, so what was sent is held against what arrived.
    assert base64.b64decode(sent.headers["x-amz-checksum-sha256"]).hex() == sent.sha256 == LARGE.sha256.hex()
    assert sent.headers["x-amz-content-sha256"] == sent.sha256
    assert int(sent.headers["content-length"]) == sent.size == LARGE.size
    signed = sent.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "if-none-match", "x-amz-checksum-sha256", "x-amz-content-sha256"} <= set(signed)


def test_a_service_without_checksums_is_read_back(bucket: S3) -> None:
    bucket.confirms = False
    assert "read back" in put(to(bucket), SMALL).checked
    assert [one.method for one in bucket.seen] == ["PUT", "HEAD", "GET"]


def test_a_repeat_finds_the_object_and_nothing_is_written(bucket: S3) -> None:
    put(to(bucket), SMALL)
    before = bucket.versions
    assert put(to(bucket), SMALL).already_there
    assert bucket.versions == before


@pytest.mark.parametrize("same_size", [True, False])
def test_another_object_of_that_name_is_never_replaced(bucket: S3, same_size: bool) -> None:
    other = noise(SMALL.size if same_size else 10, seed=9).data
    bucket.place(KEY, other)
    failed = failure(to(bucket), SMALL)
    assert (failed.code, failed.permanent) == ("exists-different", True)
    assert bucket.objects == {KEY: other}


def test_another_object_with_a_checksum_is_told_apart_without_reading_it(bucket: S3) -> None:
    other = noise(SMALL.size, seed=9)
    put(to(bucket), other)
    bucket.seen.clear()
    failed = failure(to(bucket), SMALL)
    assert (failed.code, failed.permanent) == ("exists-different", True)
    assert [one.method for one in bucket.seen] == ["PUT", "HEAD"]
    assert bucket.objects == {KEY: other.data}


def test_the_same_object_from_other_hands_is_found_by_reading_it(bucket: S3) -> None:
    bucket.place(KEY, SMALL.data)
    proof = put(to(bucket), SMALL)
    assert proof.already_there
    assert "read back" in proof.checked


@pytest.mark.parametrize("after", [0, 1, 1024 * 1024, LARGE.size - 1])
def test_a_cut_in_the_middle_leaves_nothing_and_a_repeat_mends_it(bucket: S3, after: int) -> None:
    bucket.cut_after = after
    failed = failure(to(bucket), LARGE)
    assert (failed.code, failed.permanent) == ("unreachable", False)
    assert bucket.objects == {}
    put(to(bucket), LARGE)
    assert bucket.objects == {KEY: LARGE.data}


def test_an_answer_that_was_lost_is_found_out_by_the_repeat(bucket: S3) -> None:
    bucket.lost_answers = 1
    assert failure(to(bucket), SMALL).code == "unreachable"
    assert put(to(bucket), SMALL).already_there


def test_slow_down_is_heard(bucket: S3) -> None:
    bucket.answers = [("503 Slow Down", [("retry-after", "37")])]
    failed = failure(to(bucket), SMALL)
    assert (failed.code, failed.permanent, failed.retry_after) == ("receiver", False, 37.0)


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        ("400 Bad Digest", "rejected", True),
        ("403 Forbidden", "auth", True),
        ("404 No Such Bucket", "no-folder", True),
        ("409 Conditional Request Conflict", "busy", False),
        ("500 Internal Error", "receiver", False),
        ("301 Moved Permanently", "receiver", False),
        ("507 Insufficient Storage", "no-space", False),
    ],
)
def test_every_answer_has_its_meaning(bucket: S3, status: str, code: str, permanent: bool) -> None:
    bucket.answers = [(status, [("location", "http://127.0.0.1:1/")])]
    failed = failure(to(bucket), SMALL)
    assert (failed.code, failed.permanent) == (code, permanent)
    assert len(bucket.seen) == 1
    assert bucket.objects == {}


def test_an_object_that_goes_while_it_is_compared_is_tried_again(bucket: S3) -> None:
    bucket.answers = [("412 Precondition Failed", []), ("404 Not Found", [])]
    failed = failure(to(bucket), SMALL)
    assert (failed.code, failed.permanent) == ("busy", False)


def test_what_was_stored_otherwise_than_sent_is_found(bucket: S3) -> None:
    bucket.place(KEY, noise(SMALL.size, seed=9).data)
    bucket.answers = [("200 OK", [])]
    failed = failure(to(bucket), SMALL)
    assert (failed.code, failed.permanent) == ("damaged", False)


@pytest.mark.parametrize("secret", ["AKIASOMEBODY:else", ACCESS + "x"], ids=["unknown", "wrong"])
def test_wrong_keys_wait_for_a_person_and_are_never_told(bucket: S3, secret: str) -> None:
    failed = failure(to(bucket, secret), SMALL)
    assert (failed.code, failed.permanent) == ("auth", True)
    assert secret.partition(":")[2] not in f"{failed!r} {failed.message} {failed.next_step}"
    assert bucket.objects == {}


@pytest.mark.parametrize("name", [NAME, "SHOP/Größe+&=100%.zip", "SHOP/two words (2).zip"])
def test_the_signature_holds_whatever_the_name(bucket: S3, name: str) -> None:
    put(to(bucket), SMALL, name)
    assert bucket.objects == {f"in/{name}": SMALL.data}


def test_a_missing_bucket_waits_for_a_person(bucket: S3) -> None:
    failed = failure(opened(bucket.url.replace("//press/", "//other/"), ACCESS), SMALL)
    assert (failed.code, failed.permanent) == ("no-folder", True)


def test_content_that_is_not_what_was_promised_is_not_stored(bucket: S3) -> None:
    assert failure(to(bucket), Changed(SMALL.data)).code == "content-changed"
    assert bucket.objects == {}


def test_the_guard_stands_before_s3_too(bucket: S3) -> None:
    failed = failure(opened(bucket.url, ACCESS, allowed=()), SMALL)
    assert (failed.code, failed.permanent) == ("refused", True)
    assert bucket.seen == []


class Huge(Held, frozen=True):
    @property
    def size(self) -> int:
        return LARGEST + 1


def test_what_is_too_large_is_not_begun(bucket: S3) -> None:
    failed = failure(to(bucket), Huge(b""))
    assert (failed.code, failed.permanent) == ("too-large", True)
    assert bucket.seen == []


@pytest.mark.parametrize("secret", ["", "only-an-id", ":secret", "id:", "id:two words", "id:geheimniß"])
def test_without_keys_it_does_not_open(secret: str) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        opened("s3://press/in", secret)
    assert (caught.value.code, caught.value.permanent) == ("configuration", True)
    assert secret == "" or secret not in caught.value.message


def test_no_log_at_any_level_holds_the_keys(bucket: S3, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        put(to(bucket), SMALL)
    assert ACCESS.partition(":")[2] not in caplog.text
    assert "AWS4-HMAC" not in caplog.text


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("s3://press/in", "https://press.s3.us-east-1.amazonaws.com"),
        ("s3://press/in?region=eu-central-1", "https://press.s3.eu-central-1.amazonaws.com"),
        ("s3://press.example.org?region=eu-west-3", "https://s3.eu-west-3.amazonaws.com/press.example.org"),
        ("s3://press?region=cn-north-1", "https://press.s3.cn-north-1.amazonaws.com.cn"),
        ("s3://press?endpoint=https://store.example:9000", "https://store.example:9000/press"),
    ],
)
def test_where_a_bucket_is(url: str, base: str) -> None:
    assert bucket_url(destinations.parse(url)) == base


def test_whether_a_file_stands_there_is_asked_by_its_name(bucket: S3) -> None:
    receipt = NAME + ".received"
    put(to(bucket), SMALL)
    assert is_there(to(bucket))
    assert not is_there(to(bucket), receipt)
    put(to(bucket), SMALL, receipt)
    assert is_there(to(bucket), receipt)


def test_a_folder_is_listed_by_a_thousand(bucket: S3) -> None:
    for place in range(1_003):
        bucket.place(f"in/SHOP/{place}&.zip.received", b"")
    bucket.place("in/SHOP/1.zip", b"")
    bucket.place("in/SHOP/below/1.zip.received", b"")
    bucket.place("in/SHOPPING/1.zip.received", b"")
    found = using(to(bucket), lambda one: one.names("SHOP", ".received"))
    assert sorted(found or ()) == sorted(f"{place}&.zip.received" for place in range(1_003))
    assert using(to(bucket), lambda one: one.names("OTHER", ".received")) == []


@pytest.mark.parametrize(("longest", "least"), [(1_002, 100), (1_500, 900)])
def test_a_list_that_does_not_end_is_a_failure(
    bucket: S3, monkeypatch: pytest.MonkeyPatch, longest: int, least: int
) -> None:
    monkeypatch.setattr("spectrum_orders.delivery.transports.names.LONGEST_LIST", longest)
    monkeypatch.setattr("spectrum_orders.delivery.transports.s3.LEAST_OF_A_LIST", least)
    for place in range(1_003):
        bucket.place(f"in/SHOP/{place}.zip", b"")
    with pytest.raises(DeliveryFailed) as failed:
        using(to(bucket), lambda one: one.names("SHOP", ".received"))
    assert (failed.value.code, failed.value.permanent) == ("too-long", True)


def test_a_key_that_may_not_list_the_bucket_shows_no_list(bucket: S3) -> None:
    bucket.answers = [("403 Forbidden", [])]
    assert using(to(bucket), lambda one: one.names("SHOP", ".received")) is None
    bucket.answers = [("503 Slow Down", [])]
    with pytest.raises(DeliveryFailed) as failed:
        using(to(bucket), lambda one: one.names("SHOP", ".received"))
    assert not failed.value.permanent
