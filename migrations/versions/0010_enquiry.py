"""The enquiry desk, and tries at the page that says whether a letter is genuine."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0010"
down_revision = "0009"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "identity_check",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("checked_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("individual_id", sa.Integer),
    )
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("taken_on", sa.Date, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("topic", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("promise", sa.String, nullable=False),
        sa.Column("check_id", sa.Integer, sa.ForeignKey("identity_check.id")),
    )
    op.create_index("ix_enquiry_incident_id_taken_on", "enquiry", ["incident_id", "taken_on"])
    op.create_table(
        "enquiry_note",
        sa.Column("enquiry_id", sa.Integer, sa.ForeignKey("enquiry.id"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "enquiry_done",
        sa.Column("enquiry_id", sa.Integer, sa.ForeignKey("enquiry.id"), primary_key=True),
        sa.Column("done_at", INSTANT, nullable=False),
        sa.Column("done_by_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_table(
        "genuine_try",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("minute", INSTANT, nullable=False),
        sa.Column("mark", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_genuine_try_minute", "genuine_try", ["minute"])
    install_guards(op.get_bind())


def downgrade() -> None:
    for table in ("genuine_try", "enquiry_done", "enquiry_note", "enquiry", "identity_check"):
        op.drop_table(table)
    install_guards(op.get_bind())
