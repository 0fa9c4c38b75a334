"""How often the server and its database say something to each other before an order is answered.

A trip costs both of them more than most of what is done in it: reading an order on PostgreSQL took nine, and
twice as long.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from spectrum_orders import config
from spectrum_orders.web.app import App, create_app
from tests.api.orders import ACKNOWLEDGEMENT, READING, line, order
from tests.harness.place import SQLITE, Place
from tests.harness.shop import make_client, make_token

# A watch asks twice a second whether a token changed, and may come in between.
TRIES = 20


@asynccontextmanager
async def living(place: Place) -> AsyncIterator[App]:
    """The application in this process, where every word to its database can be heard."""
    app = create_app(config.load(place.settings))
    told: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    said: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    assert (await said.get())["type"] == "lifespan.startup.complete"
    yield app
    await told.put({"type": "lifespan.shutdown"})
    await life


@contextmanager
def overheard(place: Place, trace: Path) -> Iterator[Callable[[], int]]:
    """How often something was asked of the database so far: round trips; statements where there are none."""
    statements: list[str] = []

    def note(_c: Any, _u: Any, statement: str, _p: Any, _x: Any, _m: bool) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    if place.kind == SQLITE:
        event.listen(Engine, "before_cursor_execute", note)
        yield lambda: len(statements)
        event.remove(Engine, "before_cursor_execute", note)
        return
    with trace.open("ab") as file:

        def listen(raw: Any, _record: object) -> None:
            raw.pgconn.trace(file.fileno())

        event.listen(Pool, "connect", listen)
        # What goes over the wire: a query by itself, or several messages that a sync ends.
        yield lambda: len(re.findall(rb"\tF\t\d+\t(?:Query|Sync)\b", trace.read_bytes()))
        event.remove(Pool, "connect", listen)


def test_reading_an_order_takes_one_trip_and_the_journal_of_its_opening_another(
    database: Place, tmp_path: Path
) -> None:
    make_client(database.settings, "shop")
    token = make_token(database.settings, "shop")

    async def read() -> int:
        with overheard(database, tmp_path / "trace") as asked:
            async with (
                living(database) as app,
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app=app),
                    base_url="http://server",
                    headers={"SPECTRUM_API_TOKEN": token},
                ) as http,
            ):
                sent = order(purchaseOrderNumber="A-1", lineItems=[line(giftMessage="for Ana")])
                assert (await http.post(ACKNOWLEDGEMENT, json=sent)).status_code == 200
                trips = []
                for _ in range(TRIES):
                    before = asked()
                    answer = await http.get(f"{READING}A-1")
                    trips.append(asked() - before)
                    assert answer.json()["lineItems"][0]["giftMessage"] == "for Ana"
                return min(trips)

    assert asyncio.run(read()) == 2
