"""What a process counts, and how it is read: ``GET /metrics``."""

from __future__ import annotations

from spectrum_orders.web.metrics.cells import Cells
from spectrum_orders.web.metrics.endpoint import MetricsReading, pulse
from spectrum_orders.web.metrics.ledger import MeteredLedger
from spectrum_orders.web.metrics.tally import Tally

__all__ = ["Cells", "MeteredLedger", "MetricsReading", "Tally", "pulse"]
