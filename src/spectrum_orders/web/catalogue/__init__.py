"""Products, recipe sets and assets over HTTP: put, read back, uploaded."""

from __future__ import annotations

from spectrum_orders.web.catalogue.assets import Assets
from spectrum_orders.web.catalogue.products import Products
from spectrum_orders.web.catalogue.recipe_sets import RecipeSets
from spectrum_orders.web.catalogue.schemas import Schemas
from spectrum_orders.web.catalogue.uploads import Uploads

__all__ = ["Assets", "Products", "RecipeSets", "Schemas", "Uploads"]
