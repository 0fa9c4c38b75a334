"""``ticket.json``: what is to be made, how often, until when, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from spectrum_orders.domain.package.facts import ERASURE, Line, Package
from spectrum_orders.domain.package.manifest import head, known
from spectrum_orders.domain.package.people import GIFT_MESSAGE

FORMAT = "spectrum-ticket/1"

DELETE = (
    "The person of this order is to be forgotten. Delete the packages named in erases and everything that "
    "was made of them: addresses, messages, print files, labels and copies of them. Then confirm it."
)
"""What an erasure asks of a factory, for whoever reads it there."""

_encode = msgspec.json.Encoder(order="sorted").encode


def ticket(package: Package, people: Mapping[str, Any]) -> bytes:
    """The job ticket as JSON with sorted members, indented by two spaces.

    ``people`` is what ``allowed_people`` gave for the partner: nothing else of a person gets in.
    """
    gifts = people.get(GIFT_MESSAGE, {})
    said = {
        **head(package, FORMAT),
        **({"instruction": DELETE} if package.kind == ERASURE else {}),
        "lines": [_line(line, gifts.get(line.position)) for line in package.lines],
        **{name: value for name, value in people.items() if name != GIFT_MESSAGE},
    }
    # A person at a factory reads it as well as a program.
    return msgspec.json.format(_encode(said), indent=2) + b"\n"


def _line(line: Line, gift: str | None) -> dict[str, Any]:
    return {
        "id": line.id,
        "position": line.position,
        "recipeSetId": line.recipe_set_id,
        "quantity": line.quantity,
        "skuQuantities": [{"sku": pair.sku, "quantity": pair.quantity} for pair in line.sku_quantities],
        "files": [
            {
                "name": one.name,
                "product": one.product,
                "area": one.area,
                "mediaType": one.media_type,
                "widthMm": one.width,
                "heightMm": one.height,
            }
            for one in line.files
        ],
        **known(sheet=line.sheet, dueDate=line.due, shipmentVendor=line.shipment_vendor, giftMessage=gift),
    }
