"""What in a PDF is meant for screens: scripts, actions, annotations, attachments, layers."""

from __future__ import annotations

import pikepdf

from spectrum_orders.artwork.preflight.bounds import TooComplexError
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.artwork.preflight.streams import called

MOST_ENTRIES = 50_000
"""Dictionaries and arrays that are looked through: a tenth of a second, and far more than a page's worth."""

# What is large, leads back to the pages, or cannot do anything.
_PASSED_OVER = {
    "/Pages", "/OutputIntents", "/Metadata", "/StructTreeRoot", "/PageLabels", "/ViewerPreferences",
    "/MarkInfo", "/PieceInfo", "/Dests", "/P", "/Pg", "/Parent", "/Dest", "/AP", "/DR", "/Resources",
    "/Contents", "/SE",
}  # fmt: skip
_ACTIONS = {
    "/GoTo", "/GoToR", "/GoToE", "/Launch", "/Thread", "/URI", "/Sound", "/Movie", "/Hide", "/Named",
    "/SubmitForm", "/ResetForm", "/ImportData", "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView",
    "/RichMediaExecute", "/GoToDp",
}  # fmt: skip
# Marks that print shops make themselves.
_PRINTERS = (pikepdf.Name.PrinterMark, pikepdf.Name.TrapNet)


def check(pdf: pikepdf.Pdf, page: pikepdf.Object, report: Report) -> None:
    """Raises TooComplexError."""
    root = pdf.Root
    layers = root.get("/OCProperties")
    if isinstance(layers, pikepdf.Dictionary) and layers.get("/OCGs"):
        report.add("layers", "layers", "one flat page")
    if root.get("/Collection") is not None:
        report.add("embedded-file", "a collection of files", "one file alone")
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and (form.get("/Fields") or form.get("/XFA") is not None):
        report.add("annotation", "form fields", "a flat page")
    annotations = page.get("/Annots")
    if isinstance(annotations, pikepdf.Array):
        _annotations(list(annotations), report)
    _look_through(
        [root, *(part for name in ("/AA", "/Annots") if (part := page.get(name)) is not None)], report
    )


def _annotations(annotations: list[object], report: Report) -> None:
    for annotation in annotations:
        if isinstance(annotation, pikepdf.Dictionary) and annotation.get("/Subtype") not in _PRINTERS:
            report.add("annotation", "annotations", "a flat page", page=1)
            return


def _look_through(waiting: list[object], report: Report) -> None:
    """Everything that hangs on these, wherever actions and files may be kept."""
    seen: set[tuple[int, int]] = set()
    looked = 0
    while waiting:
        part = waiting.pop()
        if not isinstance(part, (pikepdf.Dictionary, pikepdf.Array)):
            continue
        key = part.objgen
        if key != (0, 0):
            if key in seen:
                continue
            seen.add(key)
        looked += 1
        if isinstance(part, pikepdf.Array):
            entries = list(part)
        else:
            _dictionary(part, report)
            entries = [value for name, value in part.items() if name not in _PASSED_OVER]
        looked += len(entries) // 8
        if looked > MOST_ENTRIES:
            raise TooComplexError(f"more than {MOST_ENTRIES:,} bookmarks, fields and the like")
        waiting.extend(entries)


def _dictionary(part: pikepdf.Object, report: Report) -> None:
    kind = part.get("/S")
    if "/JS" in part or kind == pikepdf.Name.JavaScript:
        report.add("script", "JavaScript", "no script")
    elif isinstance(kind, pikepdf.Name) and called(kind) in _ACTIONS:
        report.add("action", "an action", "no actions")
    if "/EF" in part or "/RF" in part:
        report.add("embedded-file", "an embedded file", "one file alone")
    elif part.get("/Type") in (pikepdf.Name.Filespec, pikepdf.Name("/F")):
        report.add("external-content", "a reference to another file", "everything embedded")
