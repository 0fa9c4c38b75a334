"""Into a bucket of S3, or of what speaks like it.

Written with ``If-None-Match: *`` and the SHA-256 of the whole, which the service compares before anything
is visible. Nothing is ever replaced: an object of that name with the same bytes is success, with others it
is ``exists-different``.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterable, Callable
from html import unescape
from urllib.parse import quote, unquote

from spectrum_orders.delivery.transports.contract import Content, DeliveryFailed, Proof
from spectrum_orders.delivery.transports.names import check_length, split_name
from spectrum_orders.delivery.transports.reading import patience, pumped
from spectrum_orders.delivery.transports.s3_signing import Signer
from spectrum_orders.delivery.transports.wire import failed, unsuccessful
from spectrum_orders.domain.destinations import Destination
from spectrum_orders.outbound import Answer, Outbound, OutboundError

LARGEST = 5 * 1024**3
"""Bytes that S3 takes in one request."""

LEAST_OF_A_LIST = 100
"""Names for which each part of a list counts at least: parts without any could go on for ever."""

LIST_BYTES = 4 * 1024**2
"""Of one answer: a thousand keys of at most a kilobyte, and what is told of each."""

_KEY = re.compile(r"<Key>([^<]*)</Key>")
_MORE = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")
"""All that is read of a list. Keys are asked for escaped as in a URL, so that no parser has to open what a
stranger may have written."""

_EMPTY = hashlib.sha256().hexdigest()
_CHECKSUM = "x-amz-checksum-sha256"


def bucket_url(destination: Destination) -> str:
    """The URL below which the bucket's keys stand.

    AWS wants the bucket in the host; a bucket with dots does not fit its certificate there, and other
    services want it in the path.
    """
    bucket, options = destination.host, destination.options
    if "endpoint" in options:
        return f"{options['endpoint']}/{bucket}"
    region = options["region"]
    dns = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if "." in bucket:
        return f"https://s3.{region}.{dns}/{bucket}"
    return f"https://{bucket}.s3.{region}.{dns}"


class S3Transport:
    """Puts objects into one bucket."""

    def __init__(self, destination: Destination, signer: Signer, outbound: Outbound) -> None:
        self._destination = destination
        self._base = bucket_url(destination)
        self._host = self._base.split("/")[2]
        self._signer = signer
        self._outbound = outbound

    async def close(self) -> None:
        """Close its connections."""
        await self._outbound.close()

    async def put(self, name: str, content: Content) -> Proof:
        """Write the object, unless it is there."""
        split_name(name)
        if content.size > LARGEST:
            raise DeliveryFailed(
                "too-large",
                "The file is larger than the 5 GiB that S3 takes at once.",
                permanent=True,
                next_step="Cut packages by line, or use another kind of destination.",
            )
        key = f"{self._destination.path}/{name}".lstrip("/")
        url = f"{self._base}/{quote(key, safe='/-_.~')}"
        checksum = base64.b64encode(content.sha256).decode()
        headers = {
            "content-type": content.media_type,
            "content-length": str(content.size),
            "if-none-match": "*",
            _CHECKSUM: checksum,
        }
        already = False
        answer = await self._send(
            "PUT", url, headers, content.sha256.hex(), pumped(content), seconds=patience(content.size)
        )
        if answer.status == 412:
            already = True
        elif answer.status not in (200, 201, 204):
            raise self._unsuccessful(answer)
        if not already and answer.headers.get(_CHECKSUM) == checksum:
            checked = "The service checked the SHA-256 that was sent and confirmed it in its answer."
        else:
            checked = await self._compare(url, content, checksum, already)
        return Proof(
            name=name,
            size=content.size,
            sha256=content.sha256.hex(),
            where=f"s3://{self._destination.host}/{key}",
            checked=checked,
            already_there=already,
        )

    async def is_there(self, name: str) -> bool:
        """Whether an object stands there."""
        split_name(name)
        key = f"{self._destination.path}/{name}".lstrip("/")
        answer = await self._send("HEAD", f"{self._base}/{quote(key, safe='/-_.~')}", {}, _EMPTY)
        # Who may not list a bucket is answered 403 for what is not there.
        if answer.status in (200, 403, 404):
            return answer.status == 200
        raise self._unsuccessful(answer)

    async def names(self, folder: str, ending: str) -> list[str] | None:
        """The objects of one folder, by a thousand; ``None`` where the key may not list the bucket."""
        [part] = split_name(folder)
        prefix = f"{self._destination.path}/{part}/".lstrip("/")
        found: list[str] = []
        # Sorted and escaped as the signature wants them.
        query = f"delimiter=%2F&encoding-type=url&list-type=2&prefix={quote(prefix, safe='-_.~')}"
        after = ""
        seen = 0
        while True:
            answer = await self._send("GET", f"{self._base}?{after}{query}", {}, _EMPTY, most=LIST_BYTES)
            if answer.status == 403:
                return None
            if answer.status != 200:
                raise self._unsuccessful(answer)
            text = answer.body.decode(errors="replace")
            keys = [unquote(one) for one in _KEY.findall(text)]
            seen += max(len(keys), LEAST_OF_A_LIST)
            check_length(seen, self._host)
            found += [key.removeprefix(prefix) for key in keys if key.endswith(ending)]
            more = _MORE.search(text)
            if more is None:
                return found
            after = f"continuation-token={quote(unescape(more[1]), safe='-_.~')}&"

    async def _compare(self, url: str, content: Content, checksum: str, already: bool) -> str:
        """How what stands there was found to be the right bytes. Raises DeliveryFailed when it is not."""
        answer = await self._send("HEAD", url, {"x-amz-checksum-mode": "ENABLED"}, _EMPTY)
        if answer.status == 404:
            # The bucket is there: it has just answered.
            raise DeliveryFailed(
                "busy",
                f"{self._host} had the object a moment ago and has it no longer: somebody removes them.",
                permanent=False,
                next_step="Nothing: it is tried again.",
            )
        if answer.status != 200:
            raise self._unsuccessful(answer)
        size, found = answer.headers.get("content-length"), answer.headers.get(_CHECKSUM)
        same, checked = size == str(content.size), "The service gave back the size and SHA-256."
        if same and found is not None and "-" not in found:
            same = found == checksum
        elif same:
            # Stored without a checksum of the whole: written by other hands, or by a service without them.
            digest = hashlib.sha256()
            answer = await self._send(
                "GET",
                url,
                {},
                _EMPTY,
                seconds=patience(content.size),
                most=content.size,
                into=digest.update,
            )
            if answer.status != 200:
                raise self._unsuccessful(answer)
            same, checked = digest.digest() == content.sha256, "Size and SHA-256 were read back."
        if same:
            return checked
        if already:
            raise DeliveryFailed(
                "exists-different",
                "An object of that name with other bytes is in the bucket.",
                permanent=True,
                next_step="Move it away, then replay the delivery.",
            )
        raise DeliveryFailed(
            "damaged",
            "What stands in the bucket is not what was sent.",
            permanent=False,
            next_step="Remove the object: nothing of ours is ever replaced.",
        )

    async def _send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        sha256: str,
        body: bytes | AsyncIterable[bytes] = b"",
        *,
        seconds: float = 20.0,
        most: int = 64 * 1024,
        into: Callable[[bytes], object] | None = None,
    ) -> Answer:
        signed = self._signer.sign(method, url, headers, sha256)
        try:
            return await self._outbound.send(
                method, url, headers=signed, body=body, seconds=seconds, most=most, into=into
            )
        except OutboundError as error:
            raise failed(error) from None

    def _unsuccessful(self, answer: Answer) -> DeliveryFailed:
        if answer.status == 404:
            return DeliveryFailed(
                "no-folder",
                f"{self._host} answered 404: there is no such bucket.",
                permanent=True,
                next_step="Make the bucket, or mend its name or region, then replay.",
            )
        if answer.status in (409, 412):
            return DeliveryFailed(
                "busy",
                f"{self._host} answered {answer.status}: somebody else is writing the same object.",
                permanent=False,
                next_step="Nothing: it is tried again.",
            )
        return unsuccessful(answer, self._host)
