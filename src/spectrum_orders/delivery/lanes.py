"""Which lanes a worker takes from, and how much of each at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from spectrum_orders.delivery.registry import Snapshot, is_folder
from spectrum_orders.domain.endpoint import ACTIVE
from spectrum_orders.store import queue

PLAN_TOGETHER = 100
"""Orders planned by one transaction: a few milliseconds in which no order can be written."""

MADE_TOGETHER = 32
"""Packages being made at once, most of which wait for files or for the store."""

TO_FOLDER, TO_ONE = 64, 8
"""Deliveries under way at once. To a folder they go together, and the more of them, the less each costs: with
32 it was 7 % more. Any other destination is somebody else's machine. A folder that has not taken anything yet
is given as few: each delivery that is under way may be an attempt in vain."""


class Load(msgspec.Struct, frozen=True):
    """What a worker has in its hands: how much of each lane, and which destinations have taken the last that
    they were given."""

    busy: Mapping[int, int]
    proven: Collection[int]


def room(snapshot: Snapshot, load: Load, lane: int) -> int:
    """How much more may be taken from a lane, of which so much is under way."""
    if lane == queue.PLAN:
        return PLAN_TOGETHER
    most = _most(snapshot, load, lane)
    free = most - load.busy.get(lane, 0)
    # Some together or none: a claim costs the same for one as for many.
    return free if free * 2 >= most else 0


def _most(snapshot: Snapshot, load: Load, lane: int) -> int:
    if lane == queue.WORK:
        return MADE_TOGETHER
    endpoint = snapshot.endpoints.get(lane)
    if endpoint is not None and endpoint.health.state != ACTIVE:
        # One by one to who is tried or has just come back: in order, and no more at once than it can take.
        return 1
    destination = snapshot.destinations.get(lane)
    many = destination is not None and is_folder(destination) and lane in load.proven
    return TO_FOLDER if many else TO_ONE


def to_folders(snapshot: Snapshot, load: Load, now: int) -> list[int]:
    """The lanes of folders in which nothing has failed: what a second process helps with."""
    return [
        one
        for one in _to_destinations(snapshot, load, now)
        if is_folder(snapshot.destinations[one]) and not snapshot.destinations[one].failures
    ]


def _to_destinations(snapshot: Snapshot, load: Load, now: int) -> list[int]:
    return [
        one.id
        for one in snapshot.destinations.values()
        if one.paused_until <= now and room(snapshot, load, one.id) > 0
    ]


def all_open(snapshot: Snapshot, load: Load, now: int) -> list[int]:
    """Every lane that may be taken from, the nearest to the factory first."""
    found = _to_destinations(snapshot, load, now)
    found += [
        one.id
        for one in snapshot.endpoints.values()
        if not one.health.rests(now) and room(snapshot, load, one.id) > 0
    ]
    if snapshot.listening and room(snapshot, load, queue.ASIDE) > 0:
        found.append(queue.ASIDE)
    # Made before planned: what is planned only waits behind what is to be made.
    if room(snapshot, load, queue.WORK) > 0:
        found.append(queue.WORK)
    if snapshot.rules or snapshot.listening:
        # Without a single rule no order can be planned, and each would be looked at in vain; and that
        # it was acknowledged is an event for nobody as long as nobody listens.
        found.append(queue.PLAN)
    return found
