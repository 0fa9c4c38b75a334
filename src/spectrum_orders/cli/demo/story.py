"""The story in order. A new chapter is a function and one line here."""

from __future__ import annotations

from collections.abc import Callable

from spectrum_orders.cli.demo import orders, proving, refusing, taking
from spectrum_orders.cli.demo.shop import Shop
from spectrum_orders.cli.demo.stage import Stage

CHAPTERS: tuple[tuple[str, Callable[[Shop], None]], ...] = (
    ("One order goes in", taking.one),
    ("The same order again is refused", refusing.duplicate),
    ("A retry is not a second order", refusing.retry),
    ("What is wrong is said at once", refusing.invalid),
    ("A dry run stores nothing", refusing.dry_run),
    ("A thousand orders in one request", taking.many),
    ("An order with people in it", taking.full),
    ("The shop reads it back", taking.read_back),
    ("A receipt that proves what was agreed", proving.receipt),
    ("Nobody reads it on the disk", proving.sealed),
)


def tell(stage: Stage, shop: Shop) -> None:
    """Every chapter, then what it came to. Raises DemoFailed at the first step that fails."""
    for heading, chapter in CHAPTERS:
        stage.chapter(heading)
        chapter(shop)
    stage.chapter("What it came to")
    stage.facts([("server started in", f"{shop.child.seconds:.1f} s"), *shop.tally])
    stage.proves(True, f"{len(CHAPTERS)} chapters, and every step did what it says")


def invite(stage: Stage, shop: Shop) -> None:
    """How to go on by hand."""
    url, folder = shop.child.url, shop.folder
    stage.chapter("Your turn")
    stage.say("The server stays up until Ctrl-C. Send it an order; the second time it is refused:\n")
    stage.show(curl(url, shop.token))
    stage.say("")
    stage.facts(
        [
            ("server", url),
            ("API reference", f"{url}/docs"),
            ("token", shop.token),
            ("settings", str(folder.settings)),
            ("log", str(folder.path / "server.log")),
        ]
    )
    stage.say("")
    stage.say(f"Every verb works beside it: spectrum --config {folder.settings} token list")
    stage.say("Ctrl-C stops the server.")


def curl(url: str, token: str) -> str:
    """A command that sends one order; may be pasted into a shell as it is."""
    return f"""curl {url}/api/order/acknowledgement \\
  -H 'SPECTRUM_API_TOKEN: {token}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"purchaseOrderNumber": "MY-FIRST-ORDER", "orderDate": "{orders.now()}",
       "lineItems": [{{"recipeSetId": "ABCD1234",
                      "skuQuantities": [{{"sku": "MUG-11OZ", "quantity": 1}}]}}]}}'"""
