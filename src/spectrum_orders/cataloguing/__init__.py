"""What is made, put in: products, recipe sets, their finished files, and what they are made of.

The one way in for a catalogue, as ``capture`` is for orders: neither HTTP nor the command line
stores a document itself. A document is read as a whole and every problem is told at once; then one
transaction checks it against what is stored, writes, and wakes the packages that waited for it.
"""

from spectrum_orders.cataloguing.documents import Put, put_file, put_product, put_recipe_set
from spectrum_orders.cataloguing.uploads import store_asset

__all__ = ["Put", "put_file", "put_product", "put_recipe_set", "store_asset"]
