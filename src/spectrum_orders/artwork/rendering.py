"""The door of this room: one print job in, one print file out. Bytes in, bytes out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from spectrum_orders.artwork import composing, finished, passes, preview, profiles, remarks
from spectrum_orders.artwork.preflight import check
from spectrum_orders.artwork.preflight.pictures import Packed
from spectrum_orders.artwork.preflight.report import Remark
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.renderer import RENDERER
from spectrum_orders.artwork.scene import Scene, Words
from spectrum_orders.domain.catalogue.product import Area, Output
from spectrum_orders.domain.catalogue.recipe import Image
from spectrum_orders.domain.catalogue.work import Font, Pass, PrintFile, PrintJob
from spectrum_orders.errors import Invalid, Problem


def make(job: PrintJob) -> PrintFile:
    """The finished file of a job, checked, with its preview. The same job gives the same bytes.

    A file that was uploaded finished comes back unchanged.

    Raises:
        Invalid: the recipe or the product asks for what cannot be made; a pointer names the layer.
    """
    if job.filling.file is not None:
        return _finished(job, job.filling.file)
    if job.area.output.outlined:
        _refuse_pictures(job)
    profile = profiles.of(job.area, job.assets)
    scene = composing.compose(job, profile)
    data, known, passed = _written(scene, job, profile)
    picture = preview.of_scene(scene, job.area, profile)
    made = _checked(job, data, picture, remarks.of(scene, job.area, profile), known)
    return msgspec.structs.replace(made, fonts=_fonts(scene), passes=passed)


def identity(job: PrintJob) -> bytes:
    """A hash (32 bytes) of all that the job's file is made of."""
    digest = hashlib.sha256(RENDERER.encode())
    digest.update(msgspec.json.encode((job.area, job.filling)))
    return digest.digest()


def _finished(job: PrintJob, name: str) -> PrintFile:
    data = job.assets.get(name)
    if data is None:
        message = "The finished file was not uploaded."
        raise Invalid(message, problems=(Problem("/file", "file", message),))
    made = _checked(job, data, finished.preview(data, job.area))
    # Preflight stops where a drawing is too complex; nobody cuts it, so nobody reads it as a whole once more.
    if made.rejected:
        return made
    return msgspec.structs.replace(made, passes=passes.of_file(data, job.area))


def _checked(
    job: PrintJob, data: bytes, picture: bytes, said: Sequence[Remark] = (), known: Sequence[Packed] = ()
) -> PrintFile:
    output = job.area.output
    findings = check(data, job, said, known)
    return PrintFile(data, output.suffix, output.media_type, picture, findings, RENDERER)


def _fonts(scene: Scene) -> dict[str, tuple[Font, ...]]:
    return {
        words.pointer: words.lettering.fonts(words.page)
        for words in scene.elements
        if isinstance(words, Words)
    }


_Written = tuple[bytes, Sequence[Packed], tuple[Pass, ...]]


def _written(scene: Scene, job: PrintJob, profile: Profile) -> _Written:
    # Each format's library is loaded when it is first needed: ezdxf alone takes half a second.
    area: Area = job.area
    match area.output:
        case Output.PDF_X4:
            from spectrum_orders.artwork import pdfx

            return *pdfx.write(scene, area, profile, identity(job)), ()
        case Output.TIFF:
            from spectrum_orders.artwork import tiff

            return tiff.write(scene, area, profile), (), ()
        case Output.PNG:
            from spectrum_orders.artwork import png

            return png.write(scene, area, profile), (), ()
        case Output.SVG:
            from spectrum_orders.artwork import svg

            return svg.write(scene, area), (), ()
        case Output.DXF:
            from spectrum_orders.artwork import dxf

            data, passed = dxf.write(scene, area)
            return data, (), passed
        case Output.DST:
            from spectrum_orders.artwork import dst

            data, passed = dst.write(scene, area)
            return data, (), passed


def _refuse_pictures(job: PrintJob) -> None:
    message = f"A {job.area.output.value.upper()} holds outlines only, and a picture has none."
    problems = tuple(
        Problem(f"/layers/{number}/asset", "image", message)
        for number, layer in enumerate(job.filling.layers)
        if isinstance(layer, Image)
    )
    if problems:
        raise Invalid(f"{message} Leave it out, or upload a finished file.", problems=problems)
