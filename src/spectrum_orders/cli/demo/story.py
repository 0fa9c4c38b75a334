"""The story in order. A new chapter is a function and one line here."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from spectrum_orders.cli.demo import orders, printing, proving, refusing, shipping, taking
from spectrum_orders.cli.demo.folder import LOG
from spectrum_orders.cli.demo.shop import Shop
from spectrum_orders.cli.demo.stage import Stage

CHAPTERS: tuple[tuple[str, Callable[[Shop], None]], ...] = (
    ("What the shop sells", printing.sells),
    ("Who makes it", printing.partners),
    ("One order goes in", taking.one),
    ("The same order again is refused", refusing.duplicate),
    ("A retry is not a second order", refusing.retry),
    ("What is wrong is said at once", refusing.invalid),
    ("A dry run stores nothing", refusing.dry_run),
    ("A thousand orders in one request", taking.many),
    ("An order with people in it", taking.full),
    ("The shop reads it back", taking.read_back),
    ("Print-ready files at the factory", printing.delivered),
    ("What is in a package", printing.opened),
    ("Why this factory", printing.explained),
    ("A factory that fetches", printing.fetched),
    ("Collected, shipped, and the shop is told", shipping.shipped),
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
    stage.say("Send the server an order; the second time it is refused:")
    stage.say("")
    stage.show(curl(url, shop.token))
    stage.say("")
    stage.facts(
        [
            ("server", url),
            ("API reference", f"{url}/docs"),
            ("token", shop.token),
            ("log", str(folder / LOG)),
        ]
    )
    stage.say("")
    stage.say("Every verb works beside the running server:")
    stage.say("")
    stage.show(f"{program()} --config {folder.settings} token list")
    stage.say("")
    stage.say("Ctrl-C stops the server.")


def curl(url: str, token: str) -> str:
    """A command that sends one order; may be pasted into a shell as it is."""
    return f"""curl {url}/api/order/acknowledgement \\
  -H 'SPECTRUM_API_TOKEN: {token}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"purchaseOrderNumber": "MY-FIRST-ORDER", "orderDate": "{orders.now()[:10]}",
       "lineItems": [{{"recipeSetId": "ABCD1234",
                      "skuQuantities": [{{"sku": "MUG-11OZ", "quantity": 1}}]}}]}}'"""


def program() -> str:
    """How the command is called from here: its name, or its path where a shell would not find it."""
    installed = Path(sys.prefix) / "bin" / "spectrum"
    if shutil.which("spectrum") or not installed.is_file():
        return "spectrum"
    here = Path.cwd()
    return str(installed.relative_to(here) if installed.is_relative_to(here) else installed)
