"""The sending of a notice can be paused."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("notice", sa.Column("paused_at", sa.DateTime(timezone=True)))
    install_guards(op.get_bind())


def downgrade() -> None:
    op.drop_column("notice", "paused_at")
    install_guards(op.get_bind())
