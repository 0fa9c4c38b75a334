"""Chapters about what an acknowledged order becomes: products, designs, and files at two factories."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from spectrum_orders.cli.demo import catalogue, factory, orders
from spectrum_orders.cli.demo.folder import OPENED, PRESS, SECRET, STUDIO
from spectrum_orders.cli.demo.shop import HANDLE, Shop

PACKAGE_SECONDS = 120.0
"""Ends a wait that hangs; a thousand packages take some seconds."""


def sells(shop: Shop) -> None:
    """Two products and three designs, as the shop's customizer registers them."""
    stage = shop.stage
    stage.say("A product says what can be printed where. A recipe set is what one customer designed.")
    for handle, product in catalogue.PRODUCTS.items():
        first = handle == "mug-11oz"
        answer = shop.put(f"/api/products/{handle}", product, note="" if first else "another product")
        stage.proves(answer.status in (200, 201), f"{product['name']} is known")
    picture = catalogue.photo()
    answer = shop.upload("/api/assets", picture, "a picture of the customer's")
    digest = answer.json()["sha256"]
    stage.proves(digest == hashlib.sha256(picture).hexdigest(), "the picture is stored, sealed, by its hash")
    for name, recipe_set in catalogue.recipe_sets(digest).items():
        note = "" if name == catalogue.MUG else "another design"
        answer = shop.put(f"/api/recipesets/{name}", recipe_set, note=note)
        stage.proves(answer.status in (200, 201), f"{name} can be ordered")


def partners(shop: Shop) -> None:
    """Two factories, one with a folder and one with an SFTP server, and the rules that lead to them."""
    stage, reached = shop.stage, shop.sftp
    stage.say("Two factories: one takes packages from a folder, the other runs a real SFTP server.")
    (shop.folder / PRESS).mkdir(mode=0o700, parents=True)
    shop.call("partner", "create", "press", "--name", "The Press")
    shop.call("destination", "add", "--partner", "press", f"folder://{(shop.folder / PRESS).absolute()}")
    shop.call("partner", "create", "studio", "--name", "The Gift Studio", "--ticket", "xjdf")
    secret = shop.folder / SECRET
    secret.touch(mode=0o600)
    secret.write_text(reached.password)
    shop.call(
        "destination",
        "add",
        "--partner",
        "studio",
        f"sftp://{factory.USER}@127.0.0.1:{reached.port}/",
        "--secret-file",
        str(secret),
        "--host-key",
        reached.host_key,
    )
    secret.unlink()
    shop.call("route", "add", "--client", HANDLE, "--sku", "GIFT-*", "--partner", "studio")
    shop.call("route", "add", "--client", HANDLE, "--partner", "press")
    stage.proves(True, "gifts go to the studio, everything else to the press")


def delivered(shop: Shop) -> None:
    """Every order of the demo lies at its factory as a package."""
    stage = shop.stage
    press, studio = shop.folder / PRESS, shop.folder / STUDIO
    wanted = shop.stored
    stage.say(
        "While the orders came in, their files were made once for each design, checked, packed and sent. "
        "The bar counts packages that lie at a factory."
    )
    began = time.perf_counter()
    for _ in stage.track(_arrivals((press, studio), wanted), wanted, "delivered"):
        pass
    seconds = time.perf_counter() - began
    found = _packages(press) + _packages(studio)
    stage.proves(
        len(found) == wanted, f"{len(found):,} packages for {wanted:,} orders", otherwise=f"{len(found)}"
    )
    stage.proves(not _unfinished(press) + _unfinished(studio), "and no half file beside them")
    shop.tally.append(("packages", f"{wanted:,}, the last one {seconds:.1f} s after the last chapter"))
    stage.say("")
    stage.show(_tree(shop.folder.path, press, studio))


def opened(shop: Shop) -> None:
    """What is in a package, and whether its sums hold."""
    stage = shop.stage
    number = orders.full()["purchaseOrderNumber"]
    (package,) = [path for path in _packages(shop.folder / STUDIO) if path.name.startswith(number)]
    stage.say(f"The gift's package, as the studio got it: {package.relative_to(shop.folder.path)}")
    with zipfile.ZipFile(package) as archive:
        members = {info.filename: info.file_size for info in archive.infolist()}
        listed = archive.read("SHA256SUMS").decode().splitlines()
        sums = {name: sha256 for sha256, name in (line.split("  ", 1) for line in listed)}
        held = all(hashlib.sha256(archive.read(name)).hexdigest() == sums[name] for name in sums)
        ticket = msgspec.json.decode(archive.read("ticket.json"))
        manifest = msgspec.json.decode(archive.read("manifest.json"))
        where = shop.folder / OPENED
        where.mkdir(mode=0o700, exist_ok=True)
        pdfs = [name for name in members if name.endswith(".pdf")]
        for name in pdfs:
            (where / name).write_bytes(archive.read(name))
    stage.facts([(name, f"{size:,} bytes") for name, size in members.items()])
    stage.proves(held and set(sums) == set(members) - {"SHA256SUMS"}, "every file is what SHA256SUMS says")
    city = ticket["shippingAddress"]["city"]
    stage.proves(city == orders.ADDRESS["city"], "the ticket says where it goes, to this factory alone")
    stage.proves(
        "Brankovic" not in msgspec.json.encode(ticket).decode(), "and nothing of the one who paid for it"
    )
    stage.say("")
    stage.say("Preflight looked into every print file before it could leave:")
    rows = [
        (one["name"], "; ".join(finding["found"] for finding in one["warnings"]) or "nothing found")
        for line in manifest["lines"]
        for one in line["files"]
    ]
    stage.facts(rows)
    stage.say("")
    stage.facts([("open this one", str(where / next(name for name in pdfs if "specification" in name)))])


def explained(shop: Shop) -> None:
    """Why this factory, in sentences."""
    number = orders.full()["purchaseOrderNumber"]
    said = shop.call("route", "explain", "--client", HANDLE, number)
    shop.stage.proves("studio" in said, "the rule that decided is kept with every line")


def fetched(shop: Shop) -> None:
    """A factory that fetches its files gets them too."""
    stage = shop.stage
    stage.say("A factory that would rather fetch asks by the design's id and gets the print files alone:")
    answer = shop.fetch(f"/api/webtoprint/{catalogue.MUG}")
    stage.proves(answer.startswith(b"PK"), f"a ZIP of {len(answer):,} bytes")


def _arrivals(folders: tuple[Path, ...], wanted: int) -> Iterator[int]:
    """One step for each package, as it is seen to have arrived."""
    deadline = time.monotonic() + PACKAGE_SECONDS
    seen = 0
    while seen < wanted and time.monotonic() < deadline:
        now = sum(len(_packages(folder)) for folder in folders)
        yield from range(seen, now)
        seen = now
        time.sleep(0.05)


def _packages(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.zip"))


def _unfinished(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".zip"]


def _tree(root: Path, *folders: Path) -> str:
    lines: list[str] = []
    for folder in folders:
        lines.append(f"  {folder.relative_to(root)}/")
        for client in sorted(path for path in folder.iterdir() if path.is_dir()):
            packages = sorted(client.glob("*.zip"))
            lines.append(f"    {client.name}/")
            lines += [f"      {path.name}  {path.stat().st_size:,} bytes" for path in packages[:3]]
            if len(packages) > 3:
                lines.append(f"      … and {len(packages) - 3:,} more")
    return "\n".join(lines)
