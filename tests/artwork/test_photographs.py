"""Photographs, which take most of the work of most print files: quick ways that nobody may see."""

from __future__ import annotations

import functools
import io

import pytest
from PIL import Image as Pixels

from spectrum_orders.artwork import conversion, rendering
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.recipe import Image
from tests.artwork import jobs

AREA = Area("front", 60, 40)


@functools.cache
def colourful() -> bytes:
    """A photograph with more than a hundred thousand colours."""
    planes = [Pixels.effect_noise((900, 600), 120 + number) for number in range(3)]
    out = io.BytesIO()
    Pixels.merge("RGB", planes).save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_photograph_has_the_same_bytes_whether_its_colours_are_calculated_or_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = jobs.job(AREA, Image(jobs.name(colourful())), assets=(colourful(),))
    conversion.between.cache_clear()
    calculated = rendering.make(one)
    conversion.between.cache_clear()
    monkeypatch.setattr(conversion, "PATIENCE", 0)
    assert rendering.make(one) == calculated
