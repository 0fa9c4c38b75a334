"""``/api/recipesets``: what a customer designed, put, given finished files, and read back."""

from __future__ import annotations

from collections.abc import Iterator

from spectrum_orders import cataloguing
from spectrum_orders.capture import Intake
from spectrum_orders.cataloguing import Put
from spectrum_orders.errors import NotFound
from spectrum_orders.ids import readable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import recipes
from spectrum_orders.store.recipes import Version
from spectrum_orders.web import documents
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.catalogue import putting
from spectrum_orders.web.catalogue.uploads import Uploads
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look


class RecipeSets:
    """The endpoints of one process."""

    def __init__(self, intake: Intake, uploads: Uploads) -> None:
        self._intake = intake
        self._runtime: Runtime = intake.runtime
        self._uploads = uploads

    async def put(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``PUT /api/recipesets/{readableId}``."""
        dry_run = exchange.flag(b"dryRun")
        body = await documents.receive(exchange)
        readable_id = exchange.parameter
        put, first = await look(lambda: self._put(principal, readable_id, body, dry_run))
        await putting.answer(exchange, put, first=first, product=False, headers=_tag(put))

    def _put(self, principal: Principal, readable_id: str, body: bytes, dry_run: bool) -> tuple[Put, bool]:
        client = putting.client_of(self._runtime, principal)
        with self._runtime.database.read() as connection:
            first = recipes.current_id(connection, client.id, readable_id) is None
        return (
            cataloguing.put_recipe_set(self._runtime, client, readable_id, body, principal.actor, dry_run),
            first,
        )

    async def put_file(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``PUT /api/recipesets/{readableId}/files/{area}``: a finished print file."""
        readable_id, area = exchange.parameters
        product = exchange.text(b"product")

        def store(pieces: Iterator[bytes]) -> Put:
            client = putting.client_of(self._runtime, principal)
            return cataloguing.put_file(
                self._runtime,
                client,
                readable_id,
                area,
                pieces,
                principal.actor,
                product,
                self._uploads.judge,
            )

        put = await self._uploads.store(exchange, store)
        await putting.answer(exchange, put, first=False, product=False, headers=_tag(put))

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/recipesets/{readableId}``: the document, as it can be put again.

        It holds a person's texts, so that its opening is in the journal before it is answered.
        """
        readable_id = exchange.parameter
        found = await look(lambda: self._find(principal.client_id, readable_id))
        if found is None:
            raise NotFound("There is no recipe set with this id.")
        body = {"version": str(found.id), "why": "read by its client"}
        await self._intake.run(
            lambda tx: tx.record("recipe-set.opened", principal.actor, body, client_id=found.client_id)
        )
        # Not the digest of the document: that of a person's text could be guessed back.
        version = readable(putting.VERSION, found.id)
        await putting.respond_unless_known(
            exchange, found.document, version, ((b"spectrum-version", version.encode()),)
        )

    def _find(self, client_id: int, readable_id: str) -> Version | None:
        with self._runtime.database.read() as connection:
            return recipes.find_current(connection, self._runtime.keys, client_id, readable_id)


def _tag(put: Put) -> tuple[tuple[bytes, bytes], ...]:
    return () if put.version is None else (putting.etag(readable(putting.VERSION, put.version)),)
