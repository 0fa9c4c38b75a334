"""What becomes of orders: the catalogue, artwork, partners, routes, packages and their deliveries."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, UniqueConstraint, text

from spectrum_orders.store.schema.columns import binary, small, table, whole, words

products = table(
    "products",
    whole("client_id"),
    whole("id"),
    words("handle"),
    words("document"),
    binary("digest"),
    whole("created_at"),
    whole("superseded_at", null=True),
    Index(
        "uq_products_current",
        "client_id",
        "handle",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    key=("client_id", "id"),
)
"""Every version of every product. The one that nothing supersedes is the current one."""

recipe_sets = table(
    "recipe_sets",
    whole("client_id"),
    whole("id"),
    words("key"),
    words("readable_id"),
    binary("sealed"),
    binary("digest"),
    words("products"),
    words("assets"),
    whole("created_at"),
    whole("superseded_at", null=True),
    Index("ix_recipe_sets_key", "client_id", "key"),
    Index(
        "uq_recipe_sets_current",
        "client_id",
        "key",
        unique=True,
        sqlite_where=text("superseded_at IS NULL"),
        postgresql_where=text("superseded_at IS NULL"),
    ),
    key=("client_id", "id"),
)
"""Every version of every recipe set, sealed under the key of its id. ``products`` holds the ids of the
product versions that it was designed for, by handle, and ``assets`` the digests that it needs; both JSON."""

assets = table(
    "assets",
    whole("client_id"),
    binary("digest"),
    whole("id"),
    words("kind"),
    words("media_type"),
    whole("bytes"),
    words("facts"),
    whole("created_at"),
    key=("client_id", "digest"),
)
"""Uploaded pictures, fonts, profiles and finished files; their bytes lie sealed in ``files``."""

artworks = table(
    "artworks",
    whole("client_id"),
    whole("recipe_version"),
    words("state"),
    words("findings"),
    words("renderer"),
    whole("made_at"),
    key=("client_id", "recipe_version"),
)
"""What became of a recipe set version: ``ready``, ``rejected`` by preflight, or ``failed``."""

print_files = table(
    "print_files",
    whole("client_id"),
    whole("recipe_version"),
    small("place"),
    words("product"),
    words("area"),
    words("suffix"),
    words("media_type"),
    whole("bytes"),
    binary("digest"),
    whole("crc32"),
    words("earlier", default="[]"),
    key=("client_id", "recipe_version", "place"),
)
"""Print files as they lie there now. ``earlier`` says in JSON what each was before it was lost, where that
was something else: its SHA-256, what it was made by, and until when."""

partners = table(
    "partners",
    whole("id"),
    words("handle"),
    words("name"),
    words("settings"),
    whole("created_at"),
    UniqueConstraint("handle"),
    key=("id",),
)

destinations = table(
    "destinations",
    whole("id"),
    Column("partner_id", BigInteger, ForeignKey("partners.id"), nullable=False, autoincrement=False),
    words("url"),
    words("environment"),
    words("options"),
    Column("secret", LargeBinary, nullable=True),
    whole("created_at"),
    whole("paused_until", default="0"),
    whole("failures", default="0"),
    words("last_error", default=""),
    whole("removed_at", null=True),
    key=("id",),
)

routes = table(
    "routes",
    Column("client_id", BigInteger, ForeignKey("clients.id"), nullable=False, autoincrement=False),
    whole("id"),
    whole("rank"),
    words("sku", null=True),
    words("country", null=True),
    Column("partner_id", BigInteger, ForeignKey("partners.id"), nullable=False, autoincrement=False),
    whole("created_at"),
    key=("client_id", "id"),
)

line_routes = table(
    "line_routes",
    whole("client_id"),
    whole("order_id"),
    small("position"),
    whole("partner_id", null=True),
    words("reason"),
    whole("decided_at"),
    key=("client_id", "order_id", "position"),
)
"""Which factory makes a line, and why: the decision as ``domain.routing`` wrote it."""

UNCOLLECTED = "collect_by IS NOT NULL AND collected_at IS NULL"
"""What the index of packages holds that their partner should say to have."""

AWAITED = "collected_at IS NULL AND state = 'delivered'"
"""What the index holds of packages that a receipt file may come for."""

packages = table(
    "packages",
    whole("client_id"),
    whole("id"),
    whole("order_id"),
    whole("partner_id"),
    words("positions"),
    words("kind"),
    words("state"),
    words("reason", default=""),
    whole("completes", default="0"),
    whole("completed", default="0"),
    whole("created_at"),
    whole("modified_at"),
    whole("accepted_at", null=True),
    whole("collected_at", null=True),
    whole("collect_by", null=True),
    Index("ix_packages_order", "client_id", "order_id"),
    Index("ix_packages_partner", "partner_id", "id"),
    Index(
        "ix_packages_collect_by",
        "collect_by",
        sqlite_where=text(UNCOLLECTED),
        postgresql_where=text(UNCOLLECTED),
    ),
    Index(
        "ix_packages_awaited",
        "partner_id",
        "client_id",
        "id",
        sqlite_where=text(AWAITED),
        postgresql_where=text(AWAITED),
    ),
    key=("client_id", "id"),
)
"""One package for each order and partner, or for each line; ``positions`` are its lines (JSON). ``kind``
is ``package`` or ``completion``, the ticket alone that completes an earlier one (``completes``). A
``reprint`` repeats the package that it ``completes``, and a ``cancellation`` takes that one back.
``completed`` is 1 when the order had been completed before the package became ready: only then does the
package itself hold what the completion brought, so that its bytes stay the same however often it is sent.
``collect_by`` is when a partner that says what it has received should have said so."""

deliveries = table(
    "deliveries",
    whole("client_id"),
    whole("package_id"),
    whole("destination_id"),
    words("state"),
    words("name"),
    whole("attempts"),
    words("proof"),
    whole("created_at"),
    whole("settled_at", null=True),
    key=("client_id", "package_id", "destination_id"),
)

waiting = table(
    "waiting",
    whole("client_id"),
    words("key"),
    whole("package_id"),
    key=("client_id", "key", "package_id"),
)
"""Packages that wait for a recipe set, by its key: who puts the set wakes them."""
