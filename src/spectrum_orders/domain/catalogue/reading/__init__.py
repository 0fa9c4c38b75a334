"""Products and recipe sets as they are sent: read, checked against what is there, and written."""

from spectrum_orders.domain.catalogue.reading.against import (
    assets_of,
    check_against,
    check_product,
    products_of,
)
from spectrum_orders.domain.catalogue.reading.documents import (
    key,
    names_in,
    names_in_product,
    product_json,
    read_product,
    read_recipe_set,
    recipe_set_json,
)
from spectrum_orders.domain.catalogue.reading.salvage import merged

__all__ = [
    "assets_of",
    "check_against",
    "check_product",
    "key",
    "merged",
    "names_in",
    "names_in_product",
    "product_json",
    "products_of",
    "read_product",
    "read_recipe_set",
    "recipe_set_json",
]
