"""Affected individuals, notices and their deliveries (Article 16(2), second half)."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "affected_list",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("imported_by_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_table(
        "individual",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("list_id", sa.Integer, sa.ForeignKey("affected_list.id"), nullable=False),
        sa.Column("source_key", sa.String, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("kana", sa.String, nullable=False),
        sa.Column("birth_date", sa.Date),
        sa.Column("postal_code", sa.String, nullable=False),
        sa.Column("address_lines", sa.JSON, nullable=False),
        sa.Column("email", sa.String),
        sa.Column("guardian", sa.String),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("holds", sa.JSON, nullable=False),
        sa.Column("organisation", sa.Boolean, nullable=False),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("incident_id", "source_key"),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("in_whose_name", sa.String, nullable=False),
        sa.Column("text_sha256", sa.String, nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("drafted_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("submitted_at", INSTANT),
        sa.Column("text_approved_at", INSTANT),
        sa.Column("text_approved_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("sent_back_reason", sa.String, nullable=False),
        sa.Column("approved_at", INSTANT),
        sa.Column("approved_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("instruction_item.id")),
        sa.CheckConstraint("kind IN ('individual_notice','substitute_notice')", name="kind"),
        sa.UniqueConstraint("incident_id", "number"),
    )
    op.create_table(
        "print_run",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("notice_id", sa.Integer, sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("letters", sa.Integer, nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.Column("pdf_sha256", sa.String, nullable=False),
        sa.Column("printed_at", INSTANT, nullable=False),
        sa.Column("posted_at", INSTANT),
        sa.UniqueConstraint("notice_id", "number"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("notice_id", sa.Integer, sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("individual_id", sa.Integer, sa.ForeignKey("individual.id"), nullable=False),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("instruction_item.id"), nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", INSTANT),
        sa.Column("reply", sa.String, nullable=False),
        sa.Column("text_sha256", sa.String),
        sa.Column("print_run_id", sa.Integer, sa.ForeignKey("print_run.id")),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("channel IN ('letter','email')", name="channel"),
        sa.CheckConstraint(
            "state IN ('queued','sending','sent','bounced','printed','posted','returned',"
            "'substituted','stopped')",
            name="state",
        ),
        sa.UniqueConstraint("notice_id", "individual_id", "channel"),
    )
    op.create_index("ix_delivery_state_id", "delivery", ["state", "id"])
    op.create_table(
        "posting",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("notice_id", sa.Integer, sa.ForeignKey("notice.id"), nullable=False, index=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("instruction_item.id"), nullable=False),
        sa.Column("document_id", sa.Integer, sa.ForeignKey("issued_document.id"), nullable=False),
        sa.Column("place", sa.String, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date),
        sa.Column("posted_at", INSTANT, nullable=False),
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    op.drop_table("posting")
    op.drop_table("delivery")
    op.drop_table("print_run")
    op.drop_table("notice")
    op.drop_table("individual")
    op.drop_table("affected_list")
