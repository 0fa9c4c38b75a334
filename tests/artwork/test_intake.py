"""What an upload is, judged from its bytes alone."""

from __future__ import annotations

import io
import random
import resource
import zlib

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spectrum_orders.artwork import drawn
from spectrum_orders.artwork.intake import judge
from spectrum_orders.domain.catalogue.asset import AssetKind
from spectrum_orders.domain.catalogue.recipe import Box
from spectrum_orders.errors import Invalid
from tests.artwork import uploads

SAMPLES = uploads.samples()


def refusal(data: bytes) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(Invalid) as caught:
        judge(data)
    assert caught.value.problems[0].pointer == ""
    return caught.value.message


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_is_known_by_its_bytes(name: str) -> None:
    verdict = judge(SAMPLES[name])
    assert verdict.kind.value == name.partition("-")[0]
    assert verdict.kind is AssetKind.DST or AssetKind.of_media_type(verdict.media_type) in (
        verdict.kind,
        None,
    )


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("png", {"widthPixels": 40, "heightPixels": 30, "transparent": True, "bitsPerChannel": 8}),
        ("png-16", {"colourMode": "grey", "bitsPerChannel": 16}),
        ("jpeg", {"ppi": 300.0, "widthMm": 3.4, "colourMode": "RGB"}),
        ("jpeg-cmyk", {"colourMode": "CMYK"}),
        ("svg", {"widthMm": 20.0, "heightMm": 10.0, "text": False}),
        ("pdf", {"pages": 1, "widthMm": 35.28, "heightMm": 17.64}),
        ("dxf", {"entities": 1, "unit": "mm", "dxfVersion": "AC1015"}),
        ("dst", {"colours": 2, "widthMm": 15.0, "heightMm": 5.0}),
        ("font", {"family": "Test Sans", "style": "Regular", "glyphs": 3, "fonts": 1}),
        ("profile", {"space": "rgb", "class": "display", "name": "sRGB"}),
        ("profile-cmyk", {"space": "cmyk", "class": "printer"}),
    ],
)
def test_people_are_told_what_they_want_to_know(name: str, facts: dict[str, object]) -> None:
    assert judge(SAMPLES[name]).facts.items() >= facts.items()


def test_a_turned_photograph_is_measured_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    facts = judge(uploads.picture(size=(40, 30), form="JPEG", exif=exif)).facts
    assert (facts["widthPixels"], facts["heightPixels"]) == (30, 40)


@pytest.mark.parametrize("data", [b"", b"hello", b"\0" * 600, b"<html><svg/></html>", b"%PD", b"PK\3\4zip"])
def test_what_is_of_no_known_kind_is_refused(data: bytes) -> None:
    assert refusal(data)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_cut_off_is_refused(name: str) -> None:
    data = SAMPLES[name]
    # qpdf mends what it can, and preflight says so; so a PDF is cut where nothing is left to mend.
    assert refusal(data[: len(data) // (20 if name == "pdf" else 2)])


def test_an_image_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "million pixels" in refusal(uploads.png_of(60_000, 60_000, bomb))
    webp = bytearray(uploads.picture(form="WEBP", lossless=True))
    webp[21:25] = b"\xff\xff\xff\x0f"  # 16384 by 16384
    assert "million pixels" in refusal(bytes(webp))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    # Few pixels and much behind them: the rest is never asked for.
    assert (
        judge(uploads.png_of(4, 4, zlib.compress(bytes(4 * 13) + bytes(50_000_000), 9))).kind is AssetKind.PNG
    )


STANDARD = (
    b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
)


def _svg(inside: str) -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{inside}</svg>'
    ).encode()


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
        b'<!DOCTYPE svg SYSTEM "http://example.com/x.dtd"><svg/>',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://example.com/svg11.dtd"><svg/>',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/../x@example.com/a"><svg/>',
        STANDARD[:-1] + b" [<!ENTITY ns 'http://ns.example.com/'>]><svg/>",
        STANDARD + b"<svg>&nbsp;</svg>",
        b'<?xml-stylesheet href="http://example.com/x.css"?><svg/>',
        b"<svg><g></svg>",
        b"<svg>" + b"<g>" * 300 + b"</g>" * 300 + b"</svg>",
        _svg("<script>1</script>"),
        _svg('<rect onload="1"/>'),
        _svg('<image href="http://example.com/x.png"/>'),
        _svg('<image xlink:href="file:///etc/passwd"/>'),
        _svg('<image xlink:href="data:image/svg+xml;base64,PHN2Zy8+"/>'),
        _svg('<image xlink:href="data:image/png;base64,AAAA"/>'),
        _svg('<use href="other.svg#a"/>'),
        _svg('<rect style="fill:url(http://example.com/x)"/>'),
        _svg('<rect style="fill:u\\72l(http://example.com/x)"/>'),
        _svg("<style>@import 'x.css';</style>"),
        _svg("<style>rect { fill: url(//example.com) }</style>"),
        _svg("<foreignObject><b/></foreignObject>"),
        _svg('<set attributeName="href" to="http://example.com"/>'),
    ],
)
def test_an_svg_that_runs_or_reaches_out_is_refused(data: bytes) -> None:
    assert refusal(data)


@pytest.mark.parametrize(
    "doctype",
    [
        STANDARD,
        (
            b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 20010904//EN" '
            b'"http://www.w3.org/TR/2001/REC-SVG-20010904/DTD/svg10.dtd">'
        ),
        (
            b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1 Tiny//EN" '
            b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11-tiny.dtd">'
        ),
    ],
)
def test_an_svg_with_the_standard_s_own_document_type_is_taken_and_drawn(doctype: bytes) -> None:
    bare = _svg('<rect width="9" height="9"/>').replace(b"<svg", b'<svg width="9" height="9"')
    typed = b'<?xml version="1.0" encoding="utf-8"?>\n' + doctype + bare
    assert judge(typed).kind is AssetKind.SVG
    with_type, without = (drawn.picture(one, Box(0, 0, 10, 10), 72, 10_000) for one in (typed, bare))
    assert with_type.tobytes() == without.tobytes()
    assert with_type.getchannel("A").getextrema() == (255, 255)


def test_an_svg_may_refer_to_itself_and_hold_pictures() -> None:
    import base64

    inside = base64.b64encode(uploads.picture()).decode()
    data = _svg(f'<rect fill="url(#a)"/><use xlink:href="#b"/><image href="data:image/png;base64,{inside}"/>')
    assert judge(data).facts["pictures"] == 1


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [(0, True), (4, True), (8, True), (2, False), (0x0100, False), (0x0200, False), (2 | 8, True)],
)
def test_a_font_is_kept_only_when_it_may_be_embedded(permission: int, allowed: bool) -> None:
    data = uploads.font(permission)
    if allowed:
        assert judge(data).kind is AssetKind.FONT
    else:
        assert "does not allow" in refusal(data) or "pictures only" in refusal(data)


def test_a_font_without_outlines_is_refused() -> None:
    assert "no outlines" in refusal(uploads.font(outlines=False))


def test_a_pdf_with_a_password_is_refused() -> None:
    data = uploads.document(encryption=pikepdf.Encryption(user="secret", owner="other"))
    assert "password" in refusal(data)
    assert "encrypted" in refusal(uploads.document(encryption=pikepdf.Encryption(user="", owner="other")))


def test_a_pdf_that_hides_its_filter_is_refused() -> None:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        stream = pdf.make_stream(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01")
        stream.Filter = pdf.make_indirect(pikepdf.Array([pikepdf.Name.LZWDecode]))
        pdf.pages[0].Contents = stream
        # The array lies compressed among other objects, so that its name is not in the file's bytes.
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            compress_streams=False,
        )
    assert "LZW" in refusal(out.getvalue())


def test_a_profile_for_no_printer_is_refused() -> None:
    data = SAMPLES["profile-cmyk"]
    assert "class" in refusal(data[:12] + b"link" + data[16:])
    assert "neither" in refusal(data[:16] + b"GRAY" + data[20:])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(SAMPLES)), seed=st.integers(0, 2**32), cuts=st.integers(0, 6))
def test_whatever_the_bytes_are_the_answer_is_a_verdict_or_a_refusal(name: str, seed: int, cuts: int) -> None:
    chance = random.Random(seed)
    data = bytearray(SAMPLES[name])
    for _ in range(cuts):
        # Most of what can go wrong stands in the first kilobytes: heads, tables, counts.
        at = chance.randrange(min(len(data), chance.choice((64, 600, len(data)))))
        piece = chance.choice((b"", b"\xff\xff\xff\xff", b"\0\0\0\0", chance.randbytes(2), bytes(data[:40])))
        data[at : at + chance.choice((0, 1, 2, 4))] = piece
    try:
        verdict = judge(bytes(data))
    except Invalid as error:
        assert error.problems
        assert error.message.endswith(".")
    else:
        assert isinstance(verdict.facts, dict)


@settings(max_examples=100, deadline=None)
@given(magic=st.sampled_from(sorted({data[:4] for data in SAMPLES.values()})), rest=st.binary(max_size=2000))
def test_a_known_beginning_with_anything_behind_it_is_no_surprise(magic: bytes, rest: bytes) -> None:
    with pytest.raises(Invalid):
        judge(magic + rest)
