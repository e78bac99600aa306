"""The incident, its facts, duties, measures and evidence, and the timeline (Article 16)."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards, remove_guards

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "occurrence",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String, nullable=False, unique=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("occurrence_id", sa.Integer, sa.ForeignKey("occurrence.id"), nullable=False),
        sa.Column("contract_id", sa.Integer, sa.ForeignKey("contract.id"), nullable=False, index=True),
        sa.Column("workflow", sa.String, nullable=False),
        sa.Column("workflow_version", sa.Integer, nullable=False),
        sa.Column("workflow_digest", sa.String, nullable=False),
        sa.Column("occurred_at", INSTANT),
        sa.Column("detected_at", INSTANT, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("client_known_at", INSTANT),
        sa.Column("leak", sa.Boolean, nullable=False),
        sa.Column("damage", sa.Boolean, nullable=False),
        sa.Column("loss", sa.Boolean, nullable=False),
        sa.Column("suspected", sa.Boolean, nullable=False),
        sa.Column("concerns_personal", sa.Boolean, nullable=False),
        sa.Column("concerns_confidential", sa.Boolean, nullable=False),
        sa.Column("discovered_by", sa.String, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("secondary_damage", sa.String, nullable=False),
        sa.Column("recovery", sa.String, nullable=False),
        sa.Column("police", sa.String, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.CheckConstraint("occurred_at IS NULL OR occurred_at <= detected_at", name="occurred_first"),
    )
    op.create_table(
        "fact",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("low", sa.Integer),
        sa.Column("high", sa.Integer),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.CheckConstraint("name IN ('content','quantity','place','circumstances')", name="name"),
        sa.CheckConstraint("high IS NULL OR low <= high", name="range"),
        sa.CheckConstraint("state IN ('known','estimated','under_investigation')", name="state"),
    )
    op.create_table(
        "track",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("incident_id", "name"),
    )
    op.create_table(
        "containment_measure",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.String, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_table(
        "evidence_file",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.UniqueConstraint("incident_id", "sha256"),
    )
    op.create_table(
        "timeline_entry",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("actor_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("actor_name", sa.String, nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("sealed_text", sa.String, nullable=False),
        sa.Column("seal", sa.String, nullable=False),
        sa.UniqueConstraint("incident_id", "position"),
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    remove_guards(op.get_bind())
    op.drop_table("timeline_entry")
    op.drop_table("evidence_file")
    op.drop_table("containment_measure")
    op.drop_table("track")
    op.drop_table("fact")
    op.drop_table("incident")
    op.drop_table("occurrence")
