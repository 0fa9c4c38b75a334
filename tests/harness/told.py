"""A receiver of webhooks that believes nothing that is not signed, and a shop that registers it."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import standardwebhooks

from tests.harness.receiver import Posted, Receiver

LOOPBACK = {"SPECTRUM_OUTBOUND_NETWORKS": "127.0.0.0/8,::1/128"}
"""Settings with which a server of a test may post to a receiver on this machine."""


def verified(posted: Posted, *secrets: str) -> dict[str, Any]:
    """What was posted, once the `standardwebhooks` library has found it signed by each of the secrets."""
    found: dict[str, Any] = {}
    for secret in secrets:
        found = standardwebhooks.Webhook(secret).verify(posted.body, posted.headers)
    assert secrets
    signatures = posted.headers["webhook-signature"].split(" ")
    assert len(signatures) == len(secrets), "no more signatures than secrets"
    assert all(len(base64.b64decode(one.removeprefix("v1,"))) == 32 for one in signatures)
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["webhook-id"] == found["id"]
    return found


def taken(receiver: Receiver) -> list[dict[str, Any]]:
    """The events that arrived, in the order of their arrival, repeats included."""
    return [json.loads(posted.body) for posted in receiver.posted]


def sequences(receiver: Receiver) -> Sequence[int]:
    """Their numbers."""
    return [one["sequence"] for one in taken(receiver)]
