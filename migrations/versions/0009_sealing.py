"""Personal data sealed; holds; print runs planned, claimed and kept beside the database."""

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0009"
down_revision = "0008"

INSTANT = sa.DateTime(timezone=True)
OLD = ("delivery", "print_run", "individual", "affected_list")


def upgrade() -> None:
    _refuse_lists()
    for table in OLD:
        op.drop_table(table)
    op.create_table(
        "incident_key",
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("master", sa.String, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("destroyed_at", INSTANT),
    )
    _create_individuals()
    _create_deliveries()
    install_guards(op.get_bind())


def downgrade() -> None:
    _refuse_lists()
    for table in (
        "delivery",
        "print_run",
        "hold",
        "individual_mark",
        "individual",
        "affected_list",
        "incident_key",
    ):
        op.drop_table(table)
    _create_old_individuals()
    _create_old_deliveries()
    install_guards(op.get_bind())


def _refuse_lists() -> None:
    """Stop before anything is lost: what was plain cannot become sealed without the master key, nor the other way."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM affected_list")).scalar():
        raise RuntimeError(
            "対象者名簿のあるデータベースはこの版との間で移せません。前の版のまま事案を終えてください。 / "
            "A database that holds a list of affected persons cannot be moved across this version. "
            "Finish its incidents with the version that it was made with."
        )


def _create_individuals() -> None:
    op.create_table(
        "affected_list",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("faults", sa.JSON, nullable=False),
        sa.Column("report", sa.LargeBinary, nullable=False),
        sa.Column("importing_at", INSTANT),
        sa.Column("imported_at", INSTANT),
        sa.Column("imported_by_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_table(
        "individual",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("list_id", sa.Integer, sa.ForeignKey("affected_list.id"), nullable=False, index=True),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("has_email", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "individual_mark",
        sa.Column("incident_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.LargeBinary, primary_key=True),
        sa.Column("individual_id", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("individual_id", sa.Integer, sa.ForeignKey("individual.id"), nullable=False, index=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("raised_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("settled_at", INSTANT),
        sa.Column("settled_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("way", sa.String, nullable=False),
    )


def _create_deliveries() -> None:
    op.create_table(
        "print_run",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("notice_id", sa.Integer, sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("claimed_at", INSTANT),
        sa.Column("letters", sa.Integer, nullable=False),
        sa.Column("sheets", sa.Integer, nullable=False),
        sa.Column("pdf_sha256", sa.String, nullable=False),
        sa.Column("manifest", sa.String, nullable=False),
        sa.Column("printed_at", INSTANT),
        sa.Column("posted_at", INSTANT),
        sa.Column("void_at", INSTANT),
        sa.UniqueConstraint("notice_id", "number"),
    )
    _create_delivery(
        sa.Column("copy", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer),
        sa.UniqueConstraint("notice_id", "individual_id", "channel", "copy"),
    )
    op.create_index("ix_delivery_channel_state_id", "delivery", ["channel", "state", "id"])
    op.create_index("ix_delivery_incident_id_state", "delivery", ["incident_id", "state"])
    op.create_index("ix_delivery_print_run_id_sequence", "delivery", ["print_run_id", "sequence"])


def _create_delivery(*more: sa.schema.SchemaItem) -> None:
    """Create the table with what both of its forms have."""
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("notice_id", sa.Integer, sa.ForeignKey("notice.id"), nullable=False),
        sa.Column("individual_id", sa.Integer, sa.ForeignKey("individual.id"), nullable=False),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("instruction_item.id"), nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", INSTANT),
        sa.Column("reply", sa.String, nullable=False),
        sa.Column("text_sha256", sa.String),
        sa.Column("print_run_id", sa.Integer, sa.ForeignKey("print_run.id")),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("channel IN ('letter','email')", name="channel"),
        sa.CheckConstraint(
            "state IN ('queued','sending','sent','bounced','printed','posted','returned','substituted','stopped')",
            name="state",
        ),
        *more,
    )


def _create_old_individuals() -> None:
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


def _create_old_deliveries() -> None:
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
    _create_delivery(
        sa.Column("message_id", sa.String, nullable=False),
        sa.UniqueConstraint("notice_id", "individual_id", "channel"),
    )
    op.create_index("ix_delivery_incident_id", "delivery", ["incident_id"])
    op.create_index("ix_delivery_state_id", "delivery", ["state", "id"])
