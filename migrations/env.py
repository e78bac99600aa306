"""Tells Alembic which database to migrate and how its columns compare with our models."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

import incident_app.domain  # noqa: F401 - maps every table
from incident_app.config import read_settings
from incident_app.domain.base import Model, UtcDateTime
from incident_app.services.schema import migrating


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our instants as plain SQLAlchemy, so that a migration never changes with our classes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: sa.Connection) -> None:
    """Run what Alembic was called for, inside the transaction that the connection is in."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        render_item=render_item,
    )
    context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations need a database: they install its guards; leave out --sql")

given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:  # called as `alembic …` by a developer
    with migrating(read_settings().database) as opened:
        migrate(opened)
