"""Run by Alembic: migrates the connection that ``upgrade`` handed over. In its transaction, if there is one;
otherwise with one for each revision."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
context.run_migrations()
