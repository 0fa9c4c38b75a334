"""Packages to a folder: orders whose files have been made, planned, packed, written and settled."""

from __future__ import annotations

from pathlib import Path

from bench.figures import Column, Dishonest, Figure, at_least
from bench.lab import SQLITE, Lab, count_orders
from bench.press import DELIVERING, Press, pressing
from bench.process import cpu_seconds
from bench.writing import empty, place
from tests.harness.server import Server

NAME = "packages"
ORDERS = 10_000
"""Twenty seconds' work: of less, much would be the start of the second process."""

PAUSE = 0.2
"""Seconds between two looks at the folder: one takes some milliseconds when it is full, of two cores that the
workers need."""

DESIGN = "ABCD1234"


def run(lab: Lab) -> list[Figure]:
    """Ours, and the same files written by a bare loop."""
    orders = lab.options.orders or ORDERS
    rate = Column("packages", "packages/s", at_least(500))
    cpu = Column("processor, server", "ms/package")
    bare = Column("bare files", "files/s", yardstick=True, note="write, fsync, rename, fsync of the folder")
    share = Column("share of bare files", "")
    sizes: list[int] = []
    for number in range(lab.options.runs):
        with (
            lab.home(SQLITE) as home,
            Server(home, DELIVERING) as server,
            pressing(lab, server) as press,
        ):
            ours, seconds = _deliver(press, orders)
            packages = press.packages()
            sizes += [package.stat().st_size for package in packages]
            theirs = _write(packages, lab.folder / f"bare-{number}")
        rate.add(ours)
        cpu.add(seconds / orders * 1000)
        bare.add(theirs)
        share.add(ours / theirs)
        lab.say(f"{NAME} {number + 1}: {ours:,.0f} packages/s; bare {theirs:,.0f} files/s")
    rate.note = f"{orders:,} orders, {sum(sizes) / len(sizes) / 1000:.0f} kB each"
    return [column.figure(NAME) for column in (rate, cpu, bare, share)]


def _deliver(press: Press, orders: int) -> tuple[float, float]:
    """Packages a second, from the first that is seen to the last, and the server's seconds of processor
    for all of them."""
    server = press.server
    press.design(DESIGN, "Grace")
    press.send("first", DESIGN)
    press.wait(1, PAUSE)
    server.settings["SPECTRUM_DELIVER"] = "off"
    server.restart()
    numbers = [f"later-{number}" for number in range(orders)]
    press.send_all((number, DESIGN) for number in numbers)
    if (stored := count_orders(server.place)) != orders + 1:
        raise Dishonest(f"{orders + 1} orders were sent, but {stored} are stored.")
    if press.count() != 1:
        raise Dishonest("Packages came while nothing was to be delivered.")
    server.settings.update(DELIVERING)
    server.restart()
    used = cpu_seconds(server.pid)
    # The second is the first of those that are timed.
    seen = [(at, there - 1) for at, there in press.watch(orders + 1, PAUSE) if there > 1]
    used = cpu_seconds(server.pid) - used
    (began, there), (ended, _) = seen[0], seen[-1]
    press.check(["first", *numbers])
    if press.made() != 1:
        raise Dishonest("Files were made while only packages were to be.")
    if there == orders:
        raise Dishonest(f"{orders} packages came at once; more are needed to measure.")
    return (orders - there) / (ended - began), used


def _write(packages: list[Path], folder: Path) -> float:
    folder.mkdir()
    try:
        taken = sum(place(folder, package.name, package.read_bytes()) for package in packages)
    finally:
        empty(folder)
    return len(packages) / taken
