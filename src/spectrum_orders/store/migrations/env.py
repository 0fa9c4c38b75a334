"""Run by Alembic: migrates the connection that ``upgrade`` handed over, in its transaction."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
