"""What is in a package: files, sheets, manifest, tickets and checksums, the same however often it is made."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders import __version__, ids, shelf
from spectrum_orders.artwork import places
from spectrum_orders.artwork.sheet.spec import OrderStrip
from spectrum_orders.artwork.sheet.stamp import stamp
from spectrum_orders.artwork.zipping import Member, Zipped
from spectrum_orders.crypto import KeyRing, OrderKey
from spectrum_orders.delivery import opening
from spectrum_orders.delivery.notices import erasure_notice
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.zipping import packed
from spectrum_orders.domain.catalogue.judgement import Found
from spectrum_orders.domain.catalogue.product import Product
from spectrum_orders.domain.order import LineContent, OrderContent
from spectrum_orders.domain.package import facts, naming
from spectrum_orders.domain.package.people import allowed_people, pointers
from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.errors import Internal, NotFound
from spectrum_orders.receipting import signed
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders, packages, products, recipes, remakes, renewals
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.orders import StoredLine, StoredOrder, StoredReceipt
from spectrum_orders.store.packages import Package
from spectrum_orders.store.recipes import READY, Artwork, Making, PrintFileRow, Version

KEPT = 64
"""Versions kept in mind, without their files: some kilobytes each."""

_decode = msgspec.json.Decoder(OrderContent).decode
_findings = msgspec.json.Decoder(tuple[Found, ...]).decode


class FilesLost(Exception):
    """Files that a package holds are not there: those of a version that was made, or that nobody has made."""

    def __init__(self, version: int) -> None:
        super().__init__(f"version {version}")
        self.version = version


class Printed(msgspec.Struct, frozen=True):
    """One line's artwork as it lies in the store."""

    version: Version
    key: OrderKey
    artwork: Artwork
    files: list[PrintFileRow]
    products: dict[str, Product]
    versions: dict[str, str]
    """What it was made of, for the manifest: the version of the recipe set, and SHA-256 of all else."""


def people(keys: KeyRing, order: StoredOrder, package: Package, settings: PartnerSettings) -> dict[str, str]:
    """What has to be opened for this package: the partner's fields, of the lines that it makes."""
    if package.kind not in packages.PERSONAL:
        return {}  # who takes something back need not say whose it was
    completed = package.kind == packages.COMPLETION or bool(package.completed)
    wanted = pointers(settings.people, package.positions)
    return opening.people(keys, order, wanted, completed=completed)


class Materials(msgspec.Struct, frozen=True):
    """What a package is made of beside its order: the order's receipt, and the making of its artwork by
    client and version. Whoever erases a version destroys its key, and another worker may have made it
    again, so that is looked for every time."""

    receipt: StoredReceipt | None
    makings: dict[Mark, Making]


def gather(connection: Connection, several: Sequence[StoredOrder]) -> list[Materials]:
    """The materials for packages of these orders."""
    receipts = orders.first_receipts(connection, several)
    versions = [
        (one.client_id, line.recipe_version) for one in several for line in one.lines if line.recipe_version
    ]
    makings = recipes.find_makings(connection, versions)
    return [Materials(receipts.get((one.client_id, one.id)), makings) for one in several]


class Contents:
    """Builds packages. Keeps in mind what the newest versions consist of: a thousand orders may share one."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: OrderedDict[tuple[int, int], tuple[Making, Printed]] = OrderedDict()

    def build(
        self,
        snapshot: Snapshot,
        package: Package,
        order: StoredOrder,
        personal: dict[str, str],
        materials: Materials,
    ) -> Zipped:
        """The package, ready to be sent.

        Raises NotFound when artwork was erased meanwhile, FilesLost, and FilesAway.
        """

        def printed_of(client_id: int, number: int) -> Printed:
            return self._printed(client_id, number, materials.makings.get((client_id, number)))

        return _build(self._runtime, printed_of, snapshot, package, order, personal, materials.receipt)

    def _printed(self, client_id: int, number: int, making: Making | None) -> Printed:
        known = self._known.get((client_id, number))
        if making is not None and known is not None and known[0] == making:
            return known[1]
        self._known.pop((client_id, number), None)
        printed = _printed(self._runtime, client_id, number)
        if making is not None:
            self._known[(client_id, number)] = (making, printed)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return printed


def _build(
    runtime: Runtime,
    printed_of: Callable[[int, int], Printed],
    snapshot: Snapshot,
    package: Package,
    order: StoredOrder,
    personal: dict[str, str],
    receipt: StoredReceipt | None,
) -> Zipped:
    if package.kind == packages.ERASURE:
        return erasure_notice(runtime, snapshot, package, order)
    partner = snapshot.partners[package.partner_id]
    client = snapshot.clients[package.client_id]
    content = _decode(order.content)
    ticket_alone = package.kind not in packages.PRINTED
    followed = _bound_then(runtime, package) if package.completes else {}
    repeats = _sent_at(runtime, package) if package.kind == packages.REPRINT else None
    names = naming.Names()
    members: dict[str, Member] = {}
    sheets: list[Member] = []
    lines: list[facts.Line] = []
    for position in package.positions:
        agreed, state = content.line_items[position], order.lines[position]
        version = followed.get(position, state.recipe_version)
        if version is None:
            raise Internal("A package was owed before its line was bound to artwork.")
        try:
            printed = printed_of(package.client_id, version)
        except (NotFound, FilesLost):
            if not ticket_alone:
                raise
            lines.append(_bare(position, agreed, state))
            continue
        if not ticket_alone:
            _check(runtime, printed)
        files: list[facts.File] = []
        differs: list[facts.Difference] = []
        for row in printed.files:
            name = _name(names, printed, row, agreed, content, state.number)
            files.append(_file(name, printed, row))
            if repeats is not None and (before := remakes.as_of(row, repeats)) is not None:
                now = (row.digest.hex(), before.renderer, printed.artwork.renderer)
                differs.append(facts.Difference(name, before.sha256, *now))
            if not ticket_alone:
                place = places.file_name(package.client_id, version, str(row.place))
                members[name] = Member(
                    name,
                    row.size,
                    row.digest,
                    row.crc32,
                    row.media_type,
                    functools.partial(runtime.files.read, place, printed.key),
                )
        sheet = names.sheet(agreed.recipe_set_id)
        if not ticket_alone:
            stamped = _sheet(runtime, package, printed, agreed, content, state.number)
            sheets.append(Member.of(sheet, stamped, "application/pdf"))
        lines.append(
            facts.Line(
                id=state.number,
                position=position,
                recipe_set_id=agreed.recipe_set_id,
                sku_quantities=agreed.sku_quantities,
                files=tuple(files),
                sheet=None if ticket_alone else sheet,
                due=agreed.estimated_delivery_date,
                shipment_vendor=agreed.shipment_vendor,
                versions=printed.versions,
                differs=None if repeats is None else tuple(differs),
            )
        )
    told = facts.Package(
        id=ids.readable("pkg", package.id),
        client_handle=client.handle,
        order_id=ids.readable("ord", order.id),
        purchase_order_number=order.purchase_order_number,
        order_date=content.order_date,
        partner_handle=partner.handle,
        lines=tuple(lines),
        kind=package.kind,
        completes=ids.readable("pkg", package.completes) if package.completes else None,
        priority=content.priority,
        due=content.estimated_delivery_date,
        receipt={} if receipt is None else signed(runtime, client.handle, receipt),
        versions={"spectrum-orders": __version__},
    )
    seen = allowed_people(personal, partner.settings.people)
    return packed(told, seen, list(members.values()), sheets, partner.settings.tickets)


def _bare(position: int, agreed: LineContent, state: StoredLine) -> facts.Line:
    """A line whose artwork was erased, as a cancellation still has to name it."""
    return facts.Line(
        id=state.number,
        position=position,
        recipe_set_id=agreed.recipe_set_id,
        sku_quantities=agreed.sku_quantities,
        due=agreed.estimated_delivery_date,
        shipment_vendor=agreed.shipment_vendor,
    )


def _printed(runtime: Runtime, client_id: int, number: int) -> Printed:
    with runtime.database.read() as connection:
        version = recipes.find_version(connection, runtime.keys, client_id, number)
        wrapped = recipes.find_key(connection, client_id, number)
        artwork = recipes.find_artwork(connection, client_id, number)
        if version is None or wrapped is None:
            raise NotFound("The artwork of a line was erased.")
        if artwork is None:
            raise FilesLost(number)
        own: dict[str, Product] = {}
        versions = {"recipeSet": ids.readable("ver", number)}
        if version.assets:
            versions["assets"] = " ".join(sorted(version.assets))
        for handle, product_id in version.products.items():
            row = products.find_version(connection, client_id, product_id)
            if row is not None:
                own[handle] = msgspec.json.decode(row.document, type=Product)
                versions[f"product:{handle}"] = row.digest.hex()
        files = recipes.find_print_files(connection, client_id, number)
    key = runtime.keys.open_order_key(client_id, number, wrapped.wrapped, wrapped.version)
    return Printed(version, key, artwork, files, own, versions)


def _check(runtime: Runtime, printed: Printed) -> None:
    """What holds for a package with files, and not for a ticket alone."""
    if printed.artwork.state != READY or not printed.files:
        raise Internal("A package with a line that may not be printed was about to leave.")
    version = printed.version
    if not shelf.has(runtime.files, version.client_id, version.id, (row.place for row in printed.files)):
        raise FilesLost(version.id)


def _name(
    names: naming.Names,
    printed: Printed,
    row: PrintFileRow,
    agreed: LineContent,
    content: OrderContent,
    number: int,
) -> str:
    product = printed.products.get(row.product)
    return names.print_file(
        product.file_name if product is not None else "{recipeSetId}",
        row.area,
        row.suffix,
        sha256=row.digest.hex(),
        recipeSetId=agreed.recipe_set_id,
        product=row.product,
        sku=agreed.sku_quantities[0].sku,
        line=number,
        quantity=sum(pair.quantity for pair in agreed.sku_quantities),
        purchaseOrderNumber=content.purchase_order_number,
    )


def _file(name: str, printed: Printed, row: PrintFileRow) -> facts.File:
    product = printed.products.get(row.product)
    area = None if product is None else product.area(row.area)
    warnings = next(
        (
            found.findings
            for found in _findings(printed.artwork.findings)
            if (found.product, found.area) == (row.product, row.area)
        ),
        (),
    )
    return facts.File(
        name=name,
        product=row.product,
        area=row.area,
        media_type=row.media_type,
        width=0.0 if area is None else area.width,
        height=0.0 if area is None else area.height,
        renderer=printed.artwork.renderer,
        warnings=warnings,
    )


def _bound_then(runtime: Runtime, package: Package) -> dict[int, int]:
    with runtime.database.read() as connection:
        return renewals.before(connection, (package.client_id, package.order_id), package.completes)


def _sent_at(runtime: Runtime, package: Package) -> int:
    with runtime.database.read() as connection:
        return remakes.sent_at(connection, package)


def _called(package: Package) -> str:
    """The package, for a person at the press: what was printed before must not be taken for new."""
    name = ids.readable("pkg", package.id)
    if package.kind != packages.REPRINT:
        return name
    return f"{name}  REPRINT of {ids.readable('pkg', package.completes)}"


def _sheet(
    runtime: Runtime,
    package: Package,
    printed: Printed,
    agreed: LineContent,
    content: OrderContent,
    number: int,
) -> bytes:
    place = places.file_name(package.client_id, printed.version.id, places.SHEET)
    return stamp(
        runtime.files.whole(place, printed.key),
        OrderStrip(
            purchase_order_number=content.purchase_order_number,
            order_date=content.order_date,
            line=str(number),
            sku_quantities=agreed.sku_quantities,
            package_id=_called(package),
            due=agreed.estimated_delivery_date or content.estimated_delivery_date or "",
        ),
    )
