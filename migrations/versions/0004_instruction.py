"""The client's instructions and the deadlines (Article 16(1))."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "instruction",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("given_by", sa.String, nullable=False),
        sa.Column("prohibitions", sa.String, nullable=False),
        sa.Column("how_to_report", sa.String, nullable=False),
        sa.Column("transcribed", sa.Boolean, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("withdrawn_at", INSTANT),
        sa.Column("withdrawn_reason", sa.String, nullable=False),
        sa.UniqueConstraint("incident_id", "number"),
    )
    op.create_table(
        "instruction_item",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("instruction_id", sa.Integer, sa.ForeignKey("instruction.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("to_whom", sa.String, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("means", sa.JSON, nullable=False),
        sa.Column("text_version", sa.Integer),
        sa.Column("in_whose_name", sa.String, nullable=False),
        sa.Column("added_in", sa.Integer, nullable=False),
        sa.Column("ended_in", sa.Integer),
        sa.Column("fulfilled_at", INSTANT),
        sa.Column("fulfilled_note", sa.String, nullable=False),
        sa.CheckConstraint("in_whose_name IN ('contractor','client','joint')", name="in_whose_name"),
        sa.UniqueConstraint("instruction_id", "number"),
    )
    op.create_table(
        "deadline",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("counted_from", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("met_at", INSTANT),
        sa.Column("dropped_at", INSTANT),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("instruction_item.id")),
    )
    op.create_index("ix_deadline_open", "deadline", ["incident_id", "name", "met_at"])
    install_guards(op.get_bind())


def downgrade() -> None:
    op.drop_table("deadline")
    op.drop_table("instruction_item")
    op.drop_table("instruction")
