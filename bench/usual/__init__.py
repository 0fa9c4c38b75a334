"""The usual stack, to compare with: FastAPI, an SQLAlchemy session, asyncpg and PostgreSQL.

Built as its own documentation teaches: ORM models, one session and one transaction a request. It
validates the same body, seals the gift message with AES-256-GCM, writes order, line, SKU and
outbox row, and answers after its commit. It has no receipts, no journal and no data key per
order, and it looks its token up in memory: where the two differ, it has less to do.
"""
