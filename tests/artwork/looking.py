"""The independent eyes: Debian's tools, run on a file, and the comparison with what a person has seen."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

REVIEWED = Path(__file__).parent / "reviewed"
# Of 255, averaged over all pixels and channels: half a pixel of drift along every edge is about 2.
_MEAN = 2.5
# Pixels that differ by more than a quarter, a letter that is missing for instance.
_WRONG = 0.01


def run(tool: str, *arguments: str | Path) -> str:
    """What a tool says. Fails when it fails, and skips when it is not installed."""
    if shutil.which(tool) is None:
        pytest.skip(f"needs {tool} (requirements/debian.txt)")
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def drawn(pdf: Path, ppi: int = 72) -> Image.Image:
    """A PDF's page with all its plates, drawn by poppler."""
    run("pdftoppm", "-r", str(ppi), "-overprint", "-png", "-singlefile", pdf, pdf.with_suffix(""))
    with Image.open(pdf.with_suffix(".png")) as picture:
        return picture.convert("RGB")


def plates(pdf: Path, ppi: int = 72) -> dict[str, Image.Image]:
    """Every plate by its name, as a press would make it: 0 is full ink, 255 is none."""
    folder = pdf.parent / "plates"
    folder.mkdir()
    target = folder / "p%d.tif"
    run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=tiffsep", f"-r{ppi}", "-o", target, pdf)
    found = {}
    for path in folder.glob("p1(*).tif"):
        with Image.open(path) as picture:
            found[path.stem.removeprefix("p1(").removesuffix(")")] = picture.convert("L")
    return found


def level(picture: Image.Image, point: tuple[int, int]) -> int:
    """A pixel of one channel."""
    value = picture.getpixel(point)
    assert isinstance(value, int)
    return value


def assert_as_reviewed(name: str, picture: Image.Image) -> None:
    """Holds a picture against the one that a person has looked at.

    With ``REVIEW`` set to a folder the new picture is put there, to be looked at and kept.
    """
    if os.environ.get("REVIEW"):
        picture.quantize(64).save(Path(os.environ["REVIEW"]) / f"{name}.png", optimize=True)
    with Image.open(io.BytesIO((REVIEWED / f"{name}.png").read_bytes())) as opened:
        reviewed = opened.convert("RGB")
    assert picture.size == reviewed.size
    off = ImageChops.difference(picture, reviewed)
    assert sum(ImageStat.Stat(off).mean) / 3 <= _MEAN
    worst = max(off.split(), key=lambda channel: ImageStat.Stat(channel).mean[0])
    wrong = sum(worst.histogram()[64:]) / (picture.width * picture.height)
    assert wrong <= _WRONG
