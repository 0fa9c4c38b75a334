"""When a line has to be shipped: by the date that the shop sent, or by what its factory promises.

A deadline is the last second of a day in somebody's time zone, unless the shop sent a time of day.
Instants are microseconds since the Unix epoch.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from spectrum_orders.domain import calendars, instants
from spectrum_orders.domain.order import OrderContent
from spectrum_orders.domain.partner import PartnerSettings

SECOND_US = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = len("2026-03-30")


def ship_by(
    content: OrderContent,
    position: int,
    partner: PartnerSettings | None,
    client_zone: ZoneInfo,
    routed_at: int,
) -> int | None:
    """The deadline of one line of an order, ``None`` when nobody has set any.

    The line's own ``estimatedDeliveryDate`` counts, else the order's, else the working days that the
    ``partner`` promises, to which the line was led at ``routed_at``. Days are the partner's, or the client's
    while there is no partner or it has named no time zone.
    """
    zone = client_zone if partner is None or partner.timezone is None else ZoneInfo(partner.timezone)
    for text in (content.line_items[position].estimated_delivery_date, content.estimated_delivery_date):
        if text is not None and (meant := _estimated(text, zone, client_zone)) is not None:
            return meant
    if partner is None or partner.sla_days is None:
        return None
    return promised(routed_at, partner.sla_days, zone, partner.holidays)


def promised(routed_at: int, days: int, zone: ZoneInfo, calendar: str) -> int:
    """The end of the working day that comes so many working days after the one of ``routed_at``."""
    seconds, rest = divmod(routed_at, SECOND_US)
    routed = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest).astimezone(zone).date()
    return end_of_day(calendars.after(routed, days, calendar), zone)


def end_of_day(day: date, zone: ZoneInfo) -> int:
    """The last second of a day: the one before the next day begins, however long the day is."""
    # Where a clock change skips midnight, it stands for the moment of the change: then the day begins.
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return (midnight - _EPOCH) // timedelta(microseconds=1) - SECOND_US


def _estimated(text: str, zone: ZoneInfo, client_zone: ZoneInfo) -> int | None:
    """What the shop sent: a date alone is the factory's whole day, a time without an offset the client's."""
    read = instants.parse(text, client_zone)
    if read is None:
        return None
    return end_of_day(date.fromisoformat(text), zone) if len(text) == _DATE else read[0]
