"""Consultation, publication and prevention (Article 16(3))."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0006"
down_revision = "0005"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("proposal", sa.String, nullable=False),
        sa.Column("points", sa.String, nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("proposed_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("attendees", sa.String, nullable=False),
        sa.Column("outcome", sa.String),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("next_review_on", sa.Date),
        sa.Column("answered_at", INSTANT),
        sa.Column("answered_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.CheckConstraint("answered_at IS NULL OR outcome IS NOT NULL", name="answer"),
        sa.UniqueConstraint("incident_id", "number"),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("consultation_id", sa.Integer, sa.ForeignKey("consultation.id"), nullable=False),
        sa.Column("withheld", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("document_id", sa.Integer, sa.ForeignKey("issued_document.id")),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("decided_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.CheckConstraint("NOT withheld OR length(trim(reason)) > 0", name="withholding_has_a_reason"),
        sa.UniqueConstraint("incident_id", "number"),
    )
    op.create_table(
        "prevention_measure",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("responsible", sa.String, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("done_at", INSTANT),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    op.drop_table("prevention_measure")
    op.drop_table("publication")
    op.drop_table("consultation")
