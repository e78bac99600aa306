"""Mail between the parties, and forms already carried out."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "case_mail",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("document_id", sa.Integer, sa.ForeignKey("issued_document.id")),
        sa.Column("to", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False, unique=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", INSTANT),
        sa.Column("reply", sa.String, nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
    )
    op.create_index("ix_case_mail_state_id", "case_mail", ["state", "id"])
    op.create_table(
        "form_receipt",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("location", sa.String, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    op.drop_table("form_receipt")
    op.drop_table("case_mail")
