"""Chapters that prove something: the receipt, the sealed people, the journal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spectrum_orders.cli.demo import orders
from spectrum_orders.cli.demo.folder import FACTORIES, FORGED, OPENED, PUBLIC_KEY, RECEIPT
from spectrum_orders.cli.demo.shop import Shop

SECRETS = (
    ("the gift message", orders.GIFT),
    ("the name", orders.ADDRESS["lastName"]),
    ("the street", orders.ADDRESS["address1"]),
    ("the e-mail address", orders.ADDRESS["email"]),
)


def receipt(shop: Shop) -> None:
    """Fetched, checked without the server, and once more after somebody changed it."""
    stage = shop.stage
    stage.say("The deployment signs what was agreed. A shop can prove it later, without asking anybody.")
    receipt_id = shop.client.order("42015953")["receiptId"]
    answer = shop.get(
        f"/api/receipts/{receipt_id}",
        keep=("receiptId", "acknowledgedAt", "keyId", "signature", "content"),
    )
    stage.proves(answer.status == 200, "signed when asked for")
    key = shop.get("/.well-known/spectrum-receipt-key", keep=("keyId", "algorithm", "publicKey"))
    stage.proves(key.status == 200, "the public key is for everybody")
    genuine, forged, public = shop.folder / RECEIPT, shop.folder / FORGED, shop.folder / PUBLIC_KEY
    genuine.write_bytes(answer.body)
    public.write_bytes(key.body)
    shop.call("receipt", "verify", str(genuine), "--public-key", str(public))
    forged.write_bytes(answer.body.replace(b'"quantity":2', b'"quantity":9'))
    stage.say("\nThe same receipt, after somebody made nine mugs of two:")
    shop.call("receipt", "verify", str(forged), "--public-key", str(public), expect=1)
    stage.proves(
        genuine.read_bytes() != forged.read_bytes(), "the genuine one holds, the forged one does not"
    )


def sealed(shop: Shop) -> None:
    """Every byte of every file is searched for the people, and the journal is recomputed."""
    stage = shop.stage
    theirs = (shop.folder / FACTORIES, shop.folder / OPENED)
    files = [
        file
        for file in sorted(shop.folder.path.rglob("*"))
        if file.is_file() and not any(file.is_relative_to(folder) for folder in theirs)
    ]
    size = sum(file.stat().st_size for file in files)
    stage.say(
        f"Every byte of the {len(files)} files that are ours in {shop.folder.path} ({size / 1e6:.1f} MB) "
        "is searched. What lies at the factories is theirs:"
    )
    stage.say("")
    # Without this, a search that never finds anything would look like a proof.
    where = _holding("DEMO-00500", files)
    stage.proves(bool(where), f"a purchase order number is found, in {', '.join(where)}")
    for what, text in SECRETS:
        found = _holding(text, files)
        stage.proves(not found, f"{what} is in none of them", otherwise=", ".join(found))
    shop.call("journal", "verify")
    stage.proves(True, "the hash chain over everything that happened holds")
    shop.tally.append(("stored", f"{shop.stored:,} orders, in {size / 1e6:.1f} MB"))


def _holding(text: str, files: Iterable[Path]) -> list[str]:
    """The names of the files that hold ``text`` in UTF-8 or UTF-16."""
    needles = (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"))
    return [file.name for file in files if any(needle in file.read_bytes() for needle in needles)]
