"""What is due when; each deadline remembers from which event, by which rule and calendar it was counted."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.ladder import next_after
from incident_app.domain.parties import Person

RELEASED, SUPERSEDED, NOT_REPORTABLE, INSTRUCTION_ENDED = DROPPED = (
    "released",
    "superseded",
    "not_reportable",
    "instruction_ended",
)
REPORTABILITY = "reportability"
"""Name of the deadline by which a person decides whether the law asks for a report."""
QUEUED, TOLD, MOOT = "queued", "told", "moot"
"""What became of a reminder."""
SILENT_AFTER = timedelta(minutes=5)
"""The watch looks every minute: when it has not for so long, it is asleep, and reminders come late."""


class Deadline(Model):
    """期限. Met when `met_at` is set; overdue when the instant has passed without it."""

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("party IN ('contractor','client')", name="party"),
        Index("ix_deadline_open", "incident_id", "name", "met_at"),
        # Only what still has a reminder to come: a sweep reads what is due, however many rows there are.
        Index(
            "ix_deadline_next_fire",
            "next_fire",
            sqlite_where=text("next_fire IS NOT NULL"),
            postgresql_where=text("next_fire IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    name: Mapped[str]
    label: Mapped[dict[str, Any]]
    """What is due, in words: {"ja": …, "en": …}."""
    party: Mapped[str]
    """Who owes it: "contractor" (乙) or "client" (甲)."""
    article: Mapped[str]
    """The clause of the annex, or the article of the law, that it rests on."""
    statutory: Mapped[bool] = mapped_column(default=False)
    rule: Mapped[str]
    """Workflow, ruleset or contract, with version and name, that it was counted by."""
    calendar: Mapped[str] = mapped_column(default="")
    """Version of the calendar of closed days that was asked; empty when none was."""
    anchor: Mapped[int | None]
    """Position of the timeline entry that started it."""
    counted_from: Mapped[datetime]
    because: Mapped[list[dict[str, Any]]]
    """How it was counted, step by step: {"ja": …, "en": …} each."""
    window_from: Mapped[date | None]
    due_on: Mapped[date | None]
    """Set when a whole day is due (until 24:00 in Japan) and not an instant."""
    due_at: Mapped[datetime]
    ladder: Mapped[list[str]]
    """Its reminders, as `domain.ladder` reads them."""
    next_fire: Mapped[datetime | None]
    """When the watch looks at it next; None when nothing more is to come."""
    subject: Mapped[int | None]
    """Number of the report, text or consultation that it is about."""
    met_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    """It no longer counts; `dropped_because` says why."""
    dropped_because: Mapped[str] = mapped_column(default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("instruction_item.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("reportability_decision.id"))

    moves: Mapped[list["DeadlineMove"]] = relationship(order_by="DeadlineMove.id")
    reminders: Mapped[list["Reminder"]] = relationship(order_by="Reminder.id", viewonly=True)

    def overdue(self, now: datetime) -> bool:
        """徒過: nobody did it in time, or did it late."""
        return self.dropped_at is None and (self.met_at or now) > self.due_at

    @property
    def is_open(self) -> bool:
        """Still to be met."""
        return self.met_at is None and self.dropped_at is None

    @property
    def is_silent(self) -> bool:
        """No more reminders: it was met or dropped, or its case has ended."""
        return self.next_fire is None

    def arm(self, now: datetime) -> None:
        """Let the watch look at it from its next rung on; what is overdue already is brought up at once."""
        self.next_fire = self.due_at if self.due_at <= now else next_after(self.ladder, self.due_at, now)

    def silence(self) -> None:
        """Send no more reminders."""
        self.next_fire = None

    def meet(self, when: datetime) -> None:
        """履行済: done, in time or late."""
        self.met_at = when
        self.silence()

    def drop(self, when: datetime, because: str) -> None:
        """It no longer counts, for one of the reasons in DROPPED."""
        self.dropped_at = when
        self.dropped_because = because
        self.silence()


class DeadlineMove(Model):
    """A person moved a deadline, and said why. Only ever added to."""

    __tablename__ = "deadline_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), index=True)
    due_before: Mapped[datetime]
    due_after: Mapped[datetime]
    reason: Mapped[str]
    moved_at: Mapped[datetime]
    moved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    moved_by: Mapped[Person | None] = relationship()


class Reminder(Model):
    """One rung of a deadline's ladder that was reached: written before anybody is told, so that none is lost.

    queued → told (its mails stand in the ledger) or moot (the deadline was met or dropped meanwhile).
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("deadline_id", "due_at", "rung"),
        CheckConstraint("state IN ('queued','told','moot')", name="state"),
        Index("ix_reminder_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"))
    due_at: Mapped[datetime]
    """The deadline as it stood: a moved one begins a ladder of its own."""
    rung: Mapped[str]
    fires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default=QUEUED)
    made_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    told_with_id: Mapped[int | None] = mapped_column(ForeignKey("reminder.id"))
    """A later rung that was due as well and whose mail tells of this one, after a time when nobody watched."""

    deadline: Mapped[Deadline] = relationship(viewonly=True)


class Heartbeat(Model):
    """When something that runs without a person last ran: its own silence must be seen too."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
