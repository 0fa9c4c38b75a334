"""Who may call: clients and their API tokens. A token's text is never stored."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.client import ClientSettings
from spectrum_orders.errors import Conflict, NotFound
from spectrum_orders.store import bulk, partners
from spectrum_orders.store.schema import clients, meta, tokens
from spectrum_orders.store.transaction import Transaction

SCOPES = ("acknowledge", "read", "partner", "admin")
DEFAULT_SCOPES = ("acknowledge", "read")
"""What a token may do that was made without a scope: ``admin`` and ``partner`` are explicit."""

GENERATION = "tokens-generation"
"""The row of ``meta`` that grows with every change here, so that caches know within a second."""


UNSET = ClientSettings()


class Client(msgspec.Struct, frozen=True):
    """A shop. ``unknown_recipe_set`` is ``accept`` or ``reject``."""

    id: int
    handle: str
    name: str
    timezone: str
    unknown_recipe_set: str
    created_at: int
    settings: ClientSettings = UNSET


class Token(msgspec.Struct, frozen=True):
    """A token as it is stored: everything but the token. Instants in microseconds, UTC."""

    client_id: int
    id: int
    scopes: tuple[str, ...]
    label: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None

    @property
    def readable_id(self) -> str:
        """The id that is shown and journalled."""
        return ids.readable("tok", self.id)


def token_digest(text: str) -> bytes:
    """SHA-256 of the token. Unsalted and unstretched, because it holds 190 random bits."""
    return hashlib.sha256(text.encode()).digest()


def create_client(
    tx: Transaction,
    handle: str,
    *,
    name: str,
    timezone: str,
    unknown_recipe_set: str = "accept",
    settings: ClientSettings = UNSET,
) -> Client:
    """Register a shop. Raises Conflict when the handle is taken."""
    if find_client(tx.connection, handle) is not None:
        raise Conflict(f"There is already a client with the handle {handle!r}.")
    client = Client(tx.ids.take(), handle, name or handle, timezone, unknown_recipe_set, tx.now, settings)
    tx.connection.execute(
        clients.insert().values(msgspec.structs.asdict(client) | {"settings": _settings_text(settings)})
    )
    tx.record("client.created", "cli", {"handle": handle}, client_id=client.id)
    # An operator may lead its orders to a factory before it has a rule, and packages are named after it.
    partners.changed(tx)
    return client


def find_client(connection: Connection, handle: str) -> Client | None:
    """The client with this handle."""
    row = connection.execute(sa.select(clients).where(clients.c.handle == handle)).first()
    return None if row is None else _client(row)


def change(tx: Transaction, client: Client, actor: str) -> None:
    """Store a client that was replaced by one with another name, time zone or other settings."""
    tx.connection.execute(
        sa.update(clients)
        .where(clients.c.id == client.id)
        .values(
            name=client.name,
            timezone=client.timezone,
            unknown_recipe_set=client.unknown_recipe_set,
            settings=_settings_text(client.settings),
        )
    )
    tx.record("client.changed", actor, {"handle": client.handle}, client_id=client.id)
    changed(tx)
    # Workers remember clients beside partners: deadlines are counted in the client's time zone.
    partners.changed(tx)


def change_settings(tx: Transaction, client: Client, settings: ClientSettings, actor: str) -> Client:
    """Give a client other settings."""
    client = msgspec.structs.replace(client, settings=settings)
    change(tx, client, actor)
    return client


def list_clients(connection: Connection) -> list[Client]:
    """Every client, by handle."""
    return [_client(row) for row in connection.execute(sa.select(clients).order_by(clients.c.handle))]


def hold(tx: Transaction, client_id: int) -> None:
    """Let nobody else who asks for the same pass before this transaction ends; orders are not held up."""
    mine = sa.select(clients.c.id).where(clients.c.id == client_id)
    # Not the key: a token that is made meanwhile refers to it.
    tx.connection.execute(mine.with_for_update(key_share=True))


def create_token(
    tx: Transaction,
    client: Client,
    environment: str,
    *,
    scopes: tuple[str, ...] = DEFAULT_SCOPES,
    label: str = "",
    expires_at: int | None = None,
) -> tuple[str, Token]:
    """Make a token; its text is returned this once and cannot be had again."""
    text = ids.new_token(environment)
    token = Token(client.id, tx.ids.take(), scopes, label, tx.now, expires_at, None, None)
    values = msgspec.structs.asdict(token) | {"scopes": " ".join(scopes), "digest": token_digest(text)}
    tx.connection.execute(tokens.insert().values(values))
    tx.record(
        "token.created", "cli", {"token": token.readable_id, "scopes": list(scopes)}, client_id=client.id
    )
    changed(tx)
    return text, token


def list_tokens(connection: Connection, client: Client | None = None) -> list[Token]:
    """Tokens in the order of their making, of one client or of all."""
    query = sa.select(tokens).order_by(tokens.c.id)
    if client is not None:
        query = query.where(tokens.c.client_id == client.id)
    return [_token(row) for row in connection.execute(query)]


def revoke_token(tx: Transaction, which: str) -> Token:
    """Revoke a token by its id (``tok_…``) or its text; revoking twice changes nothing.

    Raises NotFound.
    """
    number = ids.parse_readable("tok", which)
    match = tokens.c.id == number if number is not None else tokens.c.digest == token_digest(which)
    row = tx.connection.execute(sa.select(tokens).where(match)).first()
    if row is None:
        raise NotFound("No such token. List them with: spectrum token list")
    token = _token(row)
    if token.revoked_at is None:
        tx.connection.execute(sa.update(tokens).where(tokens.c.id == token.id).values(revoked_at=tx.now))
        tx.record("token.revoked", "cli", {"token": token.readable_id}, client_id=token.client_id)
        changed(tx)
        token = msgspec.structs.replace(token, revoked_at=tx.now)
    return token


def find_token(connection: Connection, text: str) -> tuple[Token, Client] | None:
    """The token with this text and its client, revoked and expired ones included."""
    row = connection.execute(
        sa.select(
            tokens,
            *(column.label(f"client_{column.name}") for column in clients.columns if column.name != "id"),
        )
        .join(clients, clients.c.id == tokens.c.client_id)
        .where(tokens.c.digest == token_digest(text))
    ).first()
    if row is None:
        return None
    client = Client(
        row.client_id,
        row.client_handle,
        row.client_name,
        row.client_timezone,
        row.client_unknown_recipe_set,
        row.client_created_at,
        _settings(row.client_settings),
    )
    return _token(row), client


def touch_tokens(tx: Transaction, used: dict[int, int]) -> None:
    """Note when tokens were last used: token id to instant.

    Waits for nobody: a token that another process is just changing is left to that process.
    """
    free = (
        tx.connection.execute(
            sa.select(tokens.c.id)
            .where(tokens.c.id.in_(used))
            .order_by(tokens.c.id)
            .with_for_update(skip_locked=True)
        )
        .scalars()
        .all()
    )
    rows = [(token_id, used[token_id]) for token_id in free]
    bulk.update(tx.connection, tokens, rows, match=("id",), give=("last_used_at",))


def generation(connection: Connection) -> str:
    """Changes whenever a token does."""
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == GENERATION)).scalar() or ""


def changed(tx: Transaction) -> None:
    """Let every process know that what it remembers of tokens is old."""
    value = str(tx.ids.take())
    done = tx.connection.execute(sa.update(meta).where(meta.c.key == GENERATION).values(value=value))
    if done.rowcount == 0:
        tx.connection.execute(meta.insert().values(key=GENERATION, value=value))


def _client(row: sa.Row[Any]) -> Client:
    fields = dict(row._mapping)
    return Client(**fields | {"settings": _settings(fields["settings"])})


_settings = msgspec.json.Decoder(ClientSettings).decode


def _settings_text(settings: ClientSettings) -> str:
    return msgspec.json.encode(settings).decode()


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    fields = row._mapping
    return Token(
        fields["client_id"],
        fields["id"],
        tuple(fields["scopes"].split()),
        fields["label"],
        fields["created_at"],
        fields["expires_at"],
        fields["last_used_at"],
        fields["revoked_at"],
    )
