"""Issued documents, calls and reports to the client (Article 16(1))."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "issued_document",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("template", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("html", sa.String, nullable=False),
        sa.Column("html_sha256", sa.String, nullable=False),
        sa.Column("missing", sa.JSON, nullable=False),
        sa.Column("timeline_seal", sa.String, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        sa.Column("issued_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("pdf", sa.LargeBinary),
        sa.Column("pdf_sha256", sa.String),
        sa.UniqueConstraint("incident_id", "template", "number", "version"),
    )
    op.create_table(
        "client_call",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("called_at", INSTANT, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("ours", sa.String, nullable=False),
        sa.Column("theirs", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("document_id", sa.Integer, sa.ForeignKey("issued_document.id"), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("sent_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("received_at", INSTANT),
        sa.Column("received_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.CheckConstraint("kind IN ('first_report','follow_up_report','final_report')", name="kind"),
        sa.UniqueConstraint("incident_id", "version"),
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    op.drop_table("report")
    op.drop_table("client_call")
    op.drop_table("issued_document")
