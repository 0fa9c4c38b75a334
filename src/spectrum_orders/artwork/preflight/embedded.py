"""The colour profile that a picture carries."""

from __future__ import annotations

import io

from PIL import ImageCms

from spectrum_orders.artwork.preflight import intent
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.domain.catalogue.product import Space
from spectrum_orders.domain.catalogue.work import PrintJob

MOST_PROFILE = 16 << 20
"""Bytes of a profile. The largest press profiles have three million."""
_SIGNATURES = {Space.CMYK: b"CMYK", Space.RGB: b"RGB "}


def check(data: bytes | None, space: Space, job: PrintJob, report: Report) -> None:
    """``data`` is the profile of a picture in these colours, None when it has none."""
    if data is None:
        report.add("profile-missing", "no profile", "the area's profile embedded")
        return
    if len(data) < 128 or data[36:40] != b"acsp" or data[16:20] != _SIGNATURES[space]:
        report.add("profile-broken", "a profile that does not fit its colours", "the area's profile")
        return
    wanted = intent.wanted(job)
    if wanted is None or wanted.space is not space or data == wanted.data:
        return
    if job.area.profile is None and space is Space.RGB and _is_srgb(data):
        # Every vendor has one of these, and they all say the same.
        return
    report.add("profile-other", "another profile", "the area's own")


def _is_srgb(data: bytes) -> bool:
    try:
        name: str = ImageCms.getProfileDescription(io.BytesIO(data))
    except (OSError, ImageCms.PyCMSError):
        return False
    return name.lower().lstrip().startswith("srgb")
