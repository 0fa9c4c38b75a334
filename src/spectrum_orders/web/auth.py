"""Who is calling: tokens to principals, cached, with revocations known within a second."""

from __future__ import annotations

import asyncio
import time
import zoneinfo
from collections.abc import Mapping

import msgspec
import structlog

from spectrum_orders import ids
from spectrum_orders.errors import (
    Forbidden,
    SpectrumError,
    Unauthenticated,
    Unavailable,
    WrongEnvironment,
)
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parties, partner_tokens
from spectrum_orders.store.database import reason
from spectrum_orders.store.partner_tokens import Bearer
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web.lookup import look, wait_for

_log = structlog.get_logger()

WATCH_SECONDS = 0.4
"""How often the store is asked whether a token changed: twice within the promised second."""

STALE_SECONDS = 0.9
"""When the store has not answered that question for this long, the cache is not believed."""

MOST_CACHED = 10_000

REVOKED = "This API token was revoked."

UNDERSCORE, DASH, BEARER = "underscore", "dash", "bearer"


class Principal(msgspec.Struct, frozen=True):
    """The caller: a token with its client, or with its partner.

    A partner's token that is limited to no client has the ``client_id`` 0 and an empty handle; it comes only
    to routes that are made for partners.
    """

    client_id: int
    client_handle: str
    zone: zoneinfo.ZoneInfo
    rejects_unknown: bool
    token_id: int
    actor: str
    scopes: frozenset[str]
    expires_at: int | None
    partner_id: int | None = None
    partner_handle: str = ""

    @property
    def seat(self) -> Seat:
        """Whose orders the caller may see."""
        return Seat(self.client_id or None, self.partner_id)


def token_of(headers: Mapping[bytes, bytes]) -> tuple[bytes | None, str]:
    """The token in a request's headers and which header brought it.

    ``SPECTRUM_API_TOKEN`` comes first; ``Spectrum-Api-Token`` and a bearer token are there
    because common reverse proxies drop header names with an underscore.
    """
    # An empty header, which some clients send when they have no token, hides no other.
    token = headers.get(b"spectrum_api_token", b"").strip()
    if token:
        return token, UNDERSCORE
    token = headers.get(b"spectrum-api-token", b"").strip()
    if token:
        return token, DASH
    token = headers.get(b"authorization", b"")
    if token[:7].lower() == b"bearer ":
        return token[7:].strip(), BEARER
    return None, "none"


class Authenticator:
    """Turns tokens into principals. One for each process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._environment = runtime.settings.environment
        self._known: dict[bytes, Principal] = {}
        self._refused: dict[bytes, str] = {}
        self._generation = ""
        self._checked = 0.0
        self._used: dict[int, int] = {}
        self._refreshing: asyncio.Task[None] | None = None

    async def authenticate(self, headers: Mapping[bytes, bytes]) -> Principal:
        """The caller. Raises Unauthenticated, WrongEnvironment or Unavailable."""
        token, _ = token_of(headers)
        if token is None:
            raise Unauthenticated("No API token was sent. Send it in the header SPECTRUM_API_TOKEN.")
        principal = self._known.get(token)
        if principal is None:
            self._examine(token)  # first of all, so that a flood of nonsense costs the database nothing
        if time.monotonic() - self._checked > STALE_SECONDS:
            await self._refresh()
            principal = self._known.get(token)
        if principal is None:
            principal = await self._look_up(token)
        now = now_us()
        if principal.expires_at is not None and principal.expires_at <= now:
            raise Unauthenticated("This API token has expired. Ask the operator for a new one.")
        self._used[principal.token_id] = now
        return principal

    def _examine(self, token: bytes) -> None:
        environment = ids.token_environment(token.decode("latin-1"))
        if environment is None:
            raise Unauthenticated(
                "This is not an API token, or it was copied wrongly: its checksum does not fit."
            )
        if environment != self._environment:
            raise WrongEnvironment(
                f"This API token is for the environment {environment!r}, but this is {self._environment!r}."
            )

    async def _look_up(self, token: bytes) -> Principal:
        refused = self._refused.get(token)
        if refused is not None:
            raise Unauthenticated(refused)
        generation = self._generation
        principal = await look(lambda: self._read(token.decode("ascii")))
        if self._generation != generation:
            # A token changed while we read: what we read may be from before, and must not be kept.
            return await self._look_up(token)
        if isinstance(principal, str):
            if len(self._refused) >= MOST_CACHED:
                self._refused.clear()
            self._refused[token] = principal
            raise Unauthenticated(principal)
        if len(self._known) >= MOST_CACHED:
            self._known.clear()
        self._known[token] = principal
        return principal

    def _read(self, text: str) -> Principal | str:
        with self._runtime.database.read() as connection:
            found = parties.find_token(connection, text)
            bearer = partner_tokens.find(connection, text) if found is None else None
        if bearer is not None:
            return _partner(bearer)
        if found is None:
            return "This API token is not known."
        token, client = found
        if token.revoked_at is not None:
            return REVOKED
        return Principal(
            client.id,
            client.handle,
            zoneinfo.ZoneInfo(client.timezone),
            client.unknown_recipe_set == "reject",
            token.id,
            token.readable_id,
            frozenset(token.scopes),
            token.expires_at,
        )

    async def watch(self) -> None:
        """Forget what is cached whenever a token changes anywhere, and pick up new keys. Endless."""
        last = ""
        while True:
            trouble = ""
            try:
                await self._refresh()
                if self._runtime.refresh_keys():
                    _log.info("key ring read again", active=self._runtime.keys.active)
            except Unavailable as error:
                trouble = f"store unavailable: {reason(error)}"
            except SpectrumError as error:
                trouble = error.message
            except Exception as error:  # noqa: BLE001  the watch must outlive what it meets
                trouble = type(error).__name__
            if trouble != last:  # once for each change, not twice a second
                if trouble:
                    _log.error("watch failed", cause=trouble)
                else:
                    _log.info("watch works again")
                last = trouble
            await asyncio.sleep(WATCH_SECONDS)

    async def _refresh(self) -> None:
        """Bring the cache up to date. However many requests wait for it, the store is asked once.

        Raises Unavailable, also when the store does not answer; the question then stays open.
        """
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._compare_generation())
            self._refreshing.add_done_callback(self._refreshed)
        await wait_for(asyncio.shield(self._refreshing))

    def _refreshed(self, asked: asyncio.Task[None]) -> None:
        self._refreshing = None
        if not asked.cancelled():
            asked.exception()  # taken note of, for the case that nobody waits for it any more

    async def _compare_generation(self) -> None:
        began = time.monotonic()
        generation = await asyncio.to_thread(self._read_generation)
        if generation != self._generation:
            self._known.clear()
            self._refused.clear()
            self._generation = generation
        self._checked = began

    def _read_generation(self) -> str:
        with self._runtime.database.glance() as connection:
            return parties.generation(connection)

    def take_used(self) -> dict[int, int]:
        """The tokens used since the last call, with the instant of their last use."""
        used, self._used = self._used, {}
        return used


def _partner(bearer: Bearer) -> Principal | str:
    token = bearer.token
    if token.revoked_at is not None:
        return REVOKED
    return Principal(
        token.client_id or 0,
        bearer.client_handle or "",
        zoneinfo.ZoneInfo("UTC"),
        False,
        token.id,
        token.readable_id,
        frozenset((partner_tokens.SCOPE,)),
        token.expires_at,
        token.partner_id,
        bearer.partner_handle,
    )


def need_scope(principal: Principal, scope: str, *, partners: bool = False) -> None:
    """Raises Forbidden when the token may not do this; ``partners`` may, with a token of their own."""
    if principal.partner_id is not None:
        if not partners:
            raise Forbidden("This is a partner's API token; it is not for this route, which is the shop's.")
    elif scope not in principal.scopes:
        raise Forbidden(
            f"This API token lacks the scope {scope!r}; it has: {', '.join(sorted(principal.scopes))}."
        )
