"""The PDF/X-4 pass: output intent, metadata, identifiers. Nothing here is of the moment or the machine.

Structured as PDF/X-4 (ISO 15930-7); no tool here certifies it.
"""

from __future__ import annotations

import io
import uuid
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from spectrum_orders.artwork import page, profiles
from spectrum_orders.artwork.preflight.pictures import Packed
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.renderer import RENDERER
from spectrum_orders.artwork.scene import Scene
from spectrum_orders.domain.catalogue.product import Area, Space

# ISO 15930-7 wants dates. The same recipe must give the same bytes in ten years, so it is always this one.
_DATE = "2000-01-01T00:00:00Z"
_PDF_DATE = "D:20000101000000Z"
_PRODUCER = "Spectrum Orders"
# How the identifiers begin, in the trailer, which is the last of a file.
_ID, _TAIL = b"/ID [<", 256

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:MetadataDate>{date}</xmp:MetadataDate>
<xmp:CreatorTool>{tool}</xmp:CreatorTool>
<xmpMM:DocumentID>uuid:{document}</xmpMM:DocumentID>
<xmpMM:VersionID>1</xmpMM:VersionID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<pdf:Producer>{producer}</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def write(scene: Scene, area: Area, profile: Profile, identity: bytes) -> tuple[bytes, list[Packed]]:
    """A PDF of one page, and what is known of its pictures.

    ``identity`` (32 bytes) is a hash of all that the file is made of.
    """
    with pikepdf.Pdf.new() as pdf:
        drawing = page.Drawing(pdf, area)
        drawing.draw(scene)
        pdf.Root.OutputIntents = Array([_intent(pdf, profile)])
        xmp = _XMP.format(
            title=escape(area.handle),
            date=_DATE,
            tool=escape(RENDERER),
            document=uuid.UUID(bytes=identity[:16], version=5),
            producer=_PRODUCER,
        )
        pdf.Root.Metadata = pdf.make_stream(xmp.encode(), Type=Name.Metadata, Subtype=Name.XML)
        pdf.trailer.Info = pdf.make_indirect(
            Dictionary(
                Title=String(area.handle),
                Creator=String(RENDERER),
                Producer=String(_PRODUCER),
                CreationDate=String(_PDF_DATE),
                ModDate=String(_PDF_DATE),
                Trapped=Name.False_,
                GTS_PDFXVersion=String("PDF/X-4"),
            )
        )
        out = io.BytesIO()
        # Object streams would hide the XMP packet's neighbours from simple readers and save almost nothing.
        pdf.save(
            out,
            force_version="1.6",
            static_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    _identify(out, identity)
    return out.getvalue(), drawing.packed


def _identify(out: io.BytesIO, identity: bytes) -> None:
    """Puts our own identifier in the place of qpdf's.

    qpdf would hash the whole file for one that is not of the moment, which takes three times as long as
    writing it; what the file is made of says as much. The one that it writes for tests is as long.
    """
    name = identity[:16].hex()
    start = out.seek(-_TAIL, io.SEEK_END)
    out.seek(start + out.read().index(_ID))
    out.write(_ID + f"{name}><{name}>]".encode())


def _intent(pdf: pikepdf.Pdf, profile: Profile) -> Dictionary:
    name = profiles.description(profile)
    icc = pdf.make_stream(
        profiles.deflated(profile),
        N=4 if profile.space is Space.CMYK else 3,
        Alternate=Name.DeviceCMYK if profile.space is Space.CMYK else Name.DeviceRGB,
        Filter=Name.FlateDecode,
    )
    return Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFX,
        OutputConditionIdentifier=String("Custom"),
        OutputCondition=String(name),
        Info=String(name),
        DestOutputProfile=pdf.make_indirect(icc),
    )
