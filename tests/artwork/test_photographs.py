"""Photographs, which take most of the work of most print files: quick ways that nobody may see."""

from __future__ import annotations

import functools
import io
import subprocess
import sys
import textwrap

import pikepdf
import pytest
from PIL import Image as Pixels
from PIL import ImageChops, ImageStat

from spectrum_orders.artwork import conversion, preflight, rendering
from spectrum_orders.artwork.preflight import pictures
from spectrum_orders.domain.catalogue.product import Area, Space
from spectrum_orders.domain.catalogue.recipe import Fit, Image
from spectrum_orders.errors import Invalid
from tests.artwork import jobs
from tests.harness.place import environment

AREA = Area("front", 60, 40)
SMALL = Area("front", 60, 40, bleed=0, dpi=100, space=Space.RGB)
Turn = Pixels.Transpose
# How a camera stores what is looked at upright, by the number that it writes beside it.
STORED = {
    1: None, 2: Turn.FLIP_LEFT_RIGHT, 3: Turn.ROTATE_180, 4: Turn.FLIP_TOP_BOTTOM, 5: Turn.TRANSPOSE,
    6: Turn.ROTATE_90, 7: Turn.TRANSVERSE, 8: Turn.ROTATE_270,
}  # fmt: skip


@functools.cache
def colourful() -> bytes:
    """A photograph with more than a hundred thousand colours."""
    planes = [Pixels.effect_noise((900, 600), 120 + number) for number in range(3)]
    out = io.BytesIO()
    Pixels.merge("RGB", planes).save(out, "JPEG", quality=90)
    return out.getvalue()


def sunset(width: int, height: int, orientation: int = 1, mode: str = "RGB", **saving: object) -> bytes:
    """The sunset as a camera stores it that was held in some way."""
    exif = Pixels.Exif()
    exif[0x0112] = orientation
    with Pixels.open(io.BytesIO(jobs.photo(width, height, "PNG"))) as picture:
        turn = STORED[orientation]
        stored = picture if turn is None else picture.transpose(turn)
        out = io.BytesIO()
        stored.convert(mode).save(out, "JPEG", quality=95, exif=exif, **saving)
    return out.getvalue()


def printed(data: bytes, fit: Fit = Fit.COVER, area: Area = SMALL) -> Pixels.Image:
    """The picture inside the print file."""
    made = rendering.make(jobs.job(area, Image(jobs.name(data), fit=fit), assets=(data,)))
    assert not made.rejected, made.findings
    with pikepdf.open(io.BytesIO(made.data)) as pdf:
        image = pdf.pages[0].resources["/XObject"]["/X0"]
        assert isinstance(image, pikepdf.Stream)
        return pikepdf.PdfImage(image).as_pil_image()


def off(one: Pixels.Image, two: Pixels.Image) -> float:
    """How much they differ on average, of 255."""
    assert one.size == two.size
    means = ImageStat.Stat(ImageChops.difference(one, two)).mean
    return sum(means) / len(means)


def test_a_photograph_has_the_same_bytes_whether_its_colours_are_calculated_or_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = jobs.job(AREA, Image(jobs.name(colourful())), assets=(colourful(),))
    conversion.between.cache_clear()
    calculated = rendering.make(one)
    conversion.between.cache_clear()
    monkeypatch.setattr(conversion, "PATIENCE", 0)
    assert rendering.make(one) == calculated


@pytest.mark.parametrize("times", [1.6, 2.0, 3.3, 9.0])
@pytest.mark.parametrize("fit", Fit)
def test_a_photograph_finer_than_the_press_loses_what_the_press_cannot_show(times: float, fit: Fit) -> None:
    width, height = round(250 * times), round(180 * times)
    found = printed(sunset(width, height), fit)
    # The same by other means: everything lies where it lay, to a fraction of a pixel.
    with Pixels.open(io.BytesIO(jobs.photo(width, height, "PNG"))) as picture:
        whole = picture.convert("RGB")
    if fit is Fit.STRETCH:
        size, part = (236, 157), (0.0, 0.0, float(width), float(height))
    else:
        by = (max if fit is Fit.COVER else min)(60 / width, 40 / height)
        sides = min(60, width * by), min(40, height * by)
        size = round(sides[0] / 25.4 * 100), round(sides[1] / 25.4 * 100)
        left, top = (width - sides[0] / by) / 2, (height - sides[1] / by) / 2
        part = (left, top, width - left, height - top)
    assert found.size == size
    wanted = whole.resize(size, Pixels.Resampling.LANCZOS, box=part)
    assert off(found, wanted) < 1.3


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_fine_photograph_stands_as_its_camera_was_held(orientation: int, mode: str) -> None:
    upright = printed(sunset(1200, 900, mode=mode))
    assert off(printed(sunset(1200, 900, orientation, mode)), upright) < 1


def test_a_fine_photograph_that_is_cut_off_is_refused_by_its_layer() -> None:
    data = sunset(1200, 900)[:-2000]
    with pytest.raises(Invalid, match="damaged") as caught:
        rendering.make(jobs.job(SMALL, Image(jobs.name(data)), assets=(data,)))
    assert caught.value.problems[0].pointer == "/layers/0/asset"


@pytest.mark.parametrize(("dark", "codes"), [(255, ["total-ink"]), (90, [])])
@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_the_ink_of_a_picture_is_the_same_to_us_as_to_a_stranger(
    form: str, dark: int, codes: list[str]
) -> None:
    picture = Pixels.new("CMYK", (900, 600), (90, 90, 90, 0))
    picture.paste((dark, dark, dark, 200), (300, 200, 600, 400))
    out = io.BytesIO()
    picture.save(out, form)
    data = out.getvalue()
    one = jobs.job(AREA, Image(jobs.name(data)), assets=(data,))
    made = rendering.make(one)
    assert [finding.code for finding in made.findings] == codes
    # Who has not made it unpacks it.
    assert [finding.code for finding in preflight.check(made.data, one)] == codes


def test_a_picture_that_we_packed_is_not_unpacked_to_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpacked(*_: object) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(pictures, "_jpeg", unpacked)
    one = jobs.job(AREA, Image(jobs.name(colourful())), assets=(colourful(),))
    assert rendering.make(one).findings == ()


def in_little_memory(spare: int, code: str, given: bytes = b"") -> str:
    """What a process of its own says that may take so many MiB more than it has once it calls `limit`."""
    before = f"""
        import resource, sys
        from PIL import Image
        from spectrum_orders.artwork import conversion, photographs, profiles
        from spectrum_orders.domain.catalogue.product import Space

        def limit() -> None:
            with open("/proc/self/statm") as told:
                pages = int(told.read().split()[0])
            most = pages * resource.getpagesize() + {spare} * 2**20
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(before) + textwrap.dedent(code)],
        env=environment({}), input=given, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_process_without_room_for_all_answers_calculates_them() -> None:
    code = """
        conversion._LEAST_MEMORY = 0  # or it would not even try
        one = conversion.between(profiles.builtin(Space.RGB), profiles.builtin(Space.CMYK))
        picture = Image.merge("RGB", [Image.effect_noise((300, 200), 100) for _ in range(3)])
        calculated = one.apply(picture).tobytes()
        conversion.PATIENCE = 0
        limit()
        print([one.apply(picture).tobytes() == calculated for _ in range(2)])
    """
    assert in_little_memory(32, code) == "[True, True]\n"


def test_a_photograph_that_takes_more_memory_than_there_may_be_is_not_called_damaged() -> None:
    code = """
        data = sys.stdin.buffer.read()
        photographs.reduced(data, 1, (0, 0, 400, 300), (4, 3))  # once, so that its threads are there
        limit()
        try:
            photographs.reduced(data, 1, (0, 0, 600, 450), (400, 300))
        except MemoryError:
            print("not enough")
    """
    # A progressive one is held as a whole, 77 MiB, before its first line is known.
    assert in_little_memory(40, code, sunset(6000, 4500, progressive=True)) == "not enough\n"
