"""Statutory clocks: decisions, moved deadlines, reminders, the call tree and calendar feeds."""

import json

import sqlalchemy as sa
from alembic import op

from incident_app.domain.guards import install_guards

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)
PARTY = "party IN ('contractor','client')"
LADDER = ["-4h", "+0h", "+24h", "+72h"]


def upgrade() -> None:
    _add_parties()
    _add_statute()
    _add_deadlines()
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("at", INSTANT, nullable=False),
    )
    install_guards(op.get_bind())


def downgrade() -> None:
    op.drop_table("heartbeat")
    with op.batch_alter_table("case_mail") as table:
        table.drop_index("ix_case_mail_reminder_id")
        table.drop_column("reminder_id")
        table.drop_column("person_id")
    op.drop_table("reminder")
    op.drop_table("deadline_move")
    op.drop_index("ix_deadline_next_fire", "deadline")
    with op.batch_alter_table("deadline") as table:
        table.drop_constraint(op.f("ck_deadline_party"), type_="check")
        for name in _NEW_IN_DEADLINE:
            table.drop_column(name)
    op.drop_table("statutory_report")
    op.drop_table("reportability_decision")
    op.drop_table("legal_facts")
    with op.batch_alter_table("issued_document") as table:
        table.drop_column("party")
    op.drop_table("calendar_feed")
    op.drop_table("call_tree_place")
    with op.batch_alter_table("person") as table:
        table.drop_column("quiet_from")
        table.drop_column("quiet_until")
    op.add_column("contract", sa.Column("first_report_hours", sa.Integer))
    op.add_column("contract", sa.Column("follow_up_days", sa.Integer))
    _hours_to_columns()
    with op.batch_alter_table("contract") as table:
        table.drop_column("agreed_hours")
    install_guards(op.get_bind())


def _add_parties() -> None:
    op.add_column(
        "contract", sa.Column("agreed_hours", sa.JSON, nullable=False, server_default=sa.text("'{}'"))
    )
    _columns_to_hours()
    with op.batch_alter_table("contract") as table:
        table.alter_column("agreed_hours", server_default=None)
        table.drop_column("first_report_hours")
        table.drop_column("follow_up_days")
    op.add_column("person", sa.Column("quiet_from", sa.Time))
    op.add_column("person", sa.Column("quiet_until", sa.Time))
    op.create_table(
        "call_tree_place",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("contract_id", sa.Integer, sa.ForeignKey("contract.id"), nullable=False),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.UniqueConstraint("contract_id", "party", "place"),
        sa.UniqueConstraint("contract_id", "party", "person_id"),
        sa.CheckConstraint(PARTY, name="party"),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("token_sha256", sa.String, nullable=False, unique=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
    )


def _add_statute() -> None:
    op.add_column("issued_document", sa.Column("party", sa.String))
    op.create_table(
        "legal_facts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("recorded_by_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_table(
        "reportability_decision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("legal_facts_id", sa.Integer, sa.ForeignKey("legal_facts.id")),
        sa.Column("rulesets", sa.JSON, nullable=False),
        sa.Column("proposal", sa.JSON, nullable=False),
        sa.Column("reportable", sa.Boolean, nullable=False),
        sa.Column("grounds", sa.JSON, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("exemption", sa.String, nullable=False),
        sa.Column("assessed_by", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("decided_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.CheckConstraint(PARTY, name="party"),
        sa.CheckConstraint("days IN (30, 60)", name="days"),
    )
    op.create_index(
        "ix_reportability_decision_incident_id", "reportability_decision", ["incident_id", "party"]
    )
    op.create_table(
        "statutory_report",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.Integer, sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("document_id", sa.Integer, sa.ForeignKey("issued_document.id"), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("filed_at", INSTANT),
        sa.Column("filed_as", sa.String, nullable=False),
        sa.UniqueConstraint("incident_id", "party", "version"),
        sa.CheckConstraint(PARTY, name="party"),
        sa.CheckConstraint("kind IN ('preliminary','final','supplement')", name="kind"),
    )


_NEW_IN_DEADLINE = (
    *("label", "party", "article", "statutory", "calendar", "anchor", "because", "window_from", "due_on"),
    *("ladder", "next_fire", "subject", "dropped_because", "decision_id"),
)


def _add_deadlines() -> None:
    def text(name: str, default: str) -> sa.Column[str]:
        return sa.Column(name, sa.String, nullable=False, server_default=default)

    def listed(name: str, default: str) -> sa.Column[list[str]]:
        return sa.Column(name, sa.JSON, nullable=False, server_default=sa.text(f"'{default}'"))

    with op.batch_alter_table("deadline") as table:
        table.add_column(listed("label", '{"ja":"","en":""}'))
        table.add_column(text("party", "contractor"))
        table.add_column(text("article", "第16条"))
        table.add_column(sa.Column("statutory", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(text("calendar", ""))
        table.add_column(sa.Column("anchor", sa.Integer))
        table.add_column(listed("because", "[]"))
        table.add_column(sa.Column("window_from", sa.Date))
        table.add_column(sa.Column("due_on", sa.Date))
        table.add_column(listed("ladder", json.dumps(LADDER)))
        table.add_column(sa.Column("next_fire", INSTANT))
        table.add_column(sa.Column("subject", sa.Integer))
        table.add_column(text("dropped_because", ""))
        table.add_column(
            sa.Column(
                "decision_id",
                sa.Integer,
                sa.ForeignKey("reportability_decision.id", name="fk_deadline_decision_id"),
            )
        )
    _describe_old_deadlines()
    with op.batch_alter_table("deadline") as table:
        for name in _NEW_IN_DEADLINE:
            if name not in {"anchor", "window_from", "due_on", "next_fire", "subject", "decision_id"}:
                table.alter_column(name, server_default=None)
        table.create_check_constraint("party", PARTY)
    op.create_index(
        "ix_deadline_next_fire",
        "deadline",
        ["next_fire"],
        sqlite_where=sa.text("next_fire IS NOT NULL"),
        postgresql_where=sa.text("next_fire IS NOT NULL"),
    )
    op.create_table(
        "deadline_move",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("deadline_id", sa.Integer, sa.ForeignKey("deadline.id"), nullable=False, index=True),
        sa.Column("due_before", INSTANT, nullable=False),
        sa.Column("due_after", INSTANT, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.Column("moved_by_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("deadline_id", sa.Integer, sa.ForeignKey("deadline.id"), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("rung", sa.String, nullable=False),
        sa.Column("fires_at", INSTANT, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT),
        sa.Column("told_with_id", sa.Integer, sa.ForeignKey("reminder.id")),
        sa.UniqueConstraint("deadline_id", "due_at", "rung"),
        sa.CheckConstraint("state IN ('queued','told','moot')", name="state"),
    )
    op.create_index("ix_reminder_state_id", "reminder", ["state", "id"])
    with op.batch_alter_table("case_mail") as table:
        table.add_column(
            sa.Column(
                "reminder_id", sa.Integer, sa.ForeignKey("reminder.id", name="fk_case_mail_reminder_id")
            )
        )
        table.add_column(
            sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", name="fk_case_mail_person_id"))
        )
        table.create_index("ix_case_mail_reminder_id", ["reminder_id"])


def _describe_old_deadlines() -> None:
    """Open deadlines of earlier versions are watched from now on, under the words that they had."""
    rows = sa.table(
        "deadline",
        *(
            sa.column(name)
            for name in ("id", "name", "rule", "party", "due_at", "next_fire", "met_at", "dropped_at")
        ),
        sa.column("label", sa.JSON),
    )
    words = {
        "prompt_report": ("甲への第一報（速やかに）", "First report to the client (promptly)"),
        "first_measure": ("最初の被害最小化措置（速やかに）", "First containment measure (promptly)"),
        "instruction_answer": ("甲の指示（回答の目安）", "Client's instruction (target)"),
        "next_follow_up": ("次の続報", "Next follow-up report"),
    }
    bind = op.get_bind()
    for row_id, name, rule in bind.execute(sa.select(rows.c.id, rows.c.name, rows.c.rule)).all():
        ja, en = words.get(name, (f"指示事項（{rule}）", rule))
        party = "client" if name == "instruction_answer" else "contractor"
        described = rows.update().where(rows.c.id == row_id)
        bind.execute(described.values(label={"ja": ja, "en": en}, party=party))
    still_open = (rows.c.met_at.is_(None), rows.c.dropped_at.is_(None))
    bind.execute(rows.update().where(*still_open).values(next_fire=rows.c.due_at))


def _contracts() -> sa.TableClause:
    before = (sa.column("first_report_hours", sa.Integer), sa.column("follow_up_days", sa.Integer))
    return sa.table("contract", sa.column("id", sa.Integer), *before, sa.column("agreed_hours", sa.JSON))


def _columns_to_hours() -> None:
    rows, bind = _contracts(), op.get_bind()
    chosen = sa.select(rows.c.id, rows.c.first_report_hours, rows.c.follow_up_days)
    for row_id, hours, days in bind.execute(chosen).all():
        agreed = {} if hours is None else {"prompt_report": hours}
        agreed |= {} if days is None else {"next_follow_up": days * 24}
        bind.execute(rows.update().where(rows.c.id == row_id).values(agreed_hours=agreed))


def _hours_to_columns() -> None:
    rows, bind = _contracts(), op.get_bind()
    for row_id, agreed in bind.execute(sa.select(rows.c.id, rows.c.agreed_hours)).all():
        follow_up = agreed.get("next_follow_up")
        days = None if follow_up is None else -(-follow_up // 24)
        before = {"first_report_hours": agreed.get("prompt_report"), "follow_up_days": days}
        bind.execute(rows.update().where(rows.c.id == row_id).values(**before))
