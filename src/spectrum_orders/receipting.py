"""Signed receipts of stored orders, for whoever shows or forwards one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from spectrum_orders import crypto, ids
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.receipts import Receipt, digest_text
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders
from spectrum_orders.store.orders import StoredReceipt


def signed_receipt(
    runtime: Runtime, connection: Connection, client_id: int, client_handle: str, receipt_id: int
) -> dict[str, Any] | None:
    """The receipt as ``GET /api/receipts/{id}`` shows it, or ``None`` when this client has no such one.

    Signed when asked for, which takes about 50 µs: what is stored are the digests, and the
    same receipt signed twice is the same bytes, because Ed25519 uses no randomness.
    """
    found = orders.find_receipt(connection, client_id, receipt_id)
    return None if found is None else signed(runtime, client_handle, found)


def signed(runtime: Runtime, client_handle: str, found: StoredReceipt) -> dict[str, Any]:
    """The same of a receipt that was read."""
    receipt = Receipt(
        receipt_id=ids.readable("rcp", found.id),
        kind="completion" if found.kind == "completion" else "acknowledgement",
        environment=runtime.settings.environment,
        client_handle=client_handle,
        purchase_order_number=found.purchase_order_number,
        acknowledged_at=iso(found.acknowledged_at),
        content_digest=digest_text(found.content_digest),
        personal_digest=digest_text(found.personal_digest),
    )
    return crypto.sign_receipt(runtime.keys, receipt, found.content, found.commitments)
