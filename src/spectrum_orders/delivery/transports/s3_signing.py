"""AWS Signature Version 4 for requests whose body is known by its hash before it is read."""

from __future__ import annotations

import logging
from typing import Any


def read_keys(text: str) -> tuple[str, str]:
    """Access key id and secret access key from ``ID:SECRET``. Raises ValueError."""
    key, colon, secret = text.strip().partition(":")
    if (
        not colon
        or not key
        or not secret
        or not (key + secret).isascii()
        or any(map(str.isspace, text.strip()))
    ):
        raise ValueError("the secret is not ACCESS_KEY_ID:SECRET_ACCESS_KEY")
    return key, secret


class Signer:
    """Signs for one access key and region."""

    def __init__(self, keys: tuple[str, str], region: str) -> None:
        # Takes a quarter of a second to import, and only S3 needs it.
        from botocore.auth import S3SigV4Auth  # type: ignore[import-untyped]  # botocore ships no types
        from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]  # botocore ships no types
        from botocore.credentials import Credentials  # type: ignore[import-untyped]  # botocore ships no types

        # It writes what it signs at its lowest level.
        logging.getLogger("botocore").setLevel(logging.INFO)

        class Known(S3SigV4Auth):  # type: ignore[misc]  # a class without types
            """Takes the body's hash as it is given, instead of reading the body."""

            def payload(self, request: Any) -> str:
                digest: str = request.context["sha256"]
                return digest

        self._auth = Known(Credentials(*keys), "s3", region)
        self._request = AWSRequest

    def sign(self, method: str, url: str, headers: dict[str, str], sha256: str) -> list[tuple[str, str]]:
        """The headers with the signature's own among them. ``sha256`` is the body's, in hexadecimal."""
        request = self._request(method=method, url=url, headers=headers)
        request.context["sha256"] = sha256
        self._auth.add_auth(request)
        return [(name.lower(), str(value)) for name, value in request.headers.items()]
