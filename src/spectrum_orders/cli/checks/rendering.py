"""Does a print file come out of the process that makes them, within its memory?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

from spectrum_orders.cli.checks.check import Check, fail, ok
from spectrum_orders.config import Settings
from spectrum_orders.errors import SpectrumError

TEXT = "Ag"


def check_rendering(settings: Settings) -> Iterator[Check]:
    """Make one small print file as a worker would, in a process of its own that ends here."""
    if settings.deliver == "on" or settings.on_postgresql:
        yield asyncio.run(_try(settings))


async def _try(settings: Settings) -> Check:
    from spectrum_orders.artwork import tasks
    from spectrum_orders.artwork.pool import Pool
    from spectrum_orders.domain.catalogue.product import Area
    from spectrum_orders.domain.catalogue.recipe import Box, Filling, Text
    from spectrum_orders.domain.catalogue.work import PrintJob

    area = Area("probe", 30, 20)
    words = Text(TEXT, Box(5, 5, 20, 10))
    pool = Pool(1, settings.render_timeout, settings.render_memory)
    began = time.monotonic()
    try:
        made = await pool.run(tasks.make, PrintJob(area, Filling("probe", (words,)), {}))
    except SpectrumError as error:
        return fail("rendering", error.message, "Raise SPECTRUM_RENDER_MEMORY, or see the log of the server.")
    except Exception as error:  # noqa: BLE001  whatever a library raises, print files cannot be made
        return fail(
            "rendering",
            f"no print file can be made ({type(error).__name__})",
            "Install the locked dependencies, with their fonts and libraries.",
        )
    finally:
        await asyncio.to_thread(pool.close)
    if made.rejected:
        return fail("rendering", "preflight rejects a plain file", "Install the locked dependencies anew.")
    seconds = time.monotonic() - began
    return ok(
        "rendering", f"made and checked a print file in {seconds:.1f} s, the start of its process included"
    )
