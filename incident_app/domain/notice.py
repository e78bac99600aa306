"""Notices to individuals and their substitute (Article 16(2), second half), and every delivery."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.individual import Individual
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.outgoing import Outgoing
from incident_app.domain.parties import Person

INDIVIDUAL, SUBSTITUTE_NOTICE = NOTICE_KINDS = (
    "individual_notice",
    "substitute_notice",
)

QUEUED, SENDING, SENT, BOUNCED = "queued", "sending", "sent", "bounced"
PRINTED, POSTED, RETURNED, SUBSTITUTED, STOPPED = (
    "printed",
    "posted",
    "returned",
    "substituted",
    "stopped",
)
DELIVERY_STATES = (
    QUEUED,
    SENDING,
    SENT,
    BOUNCED,
    PRINTED,
    POSTED,
    RETURNED,
    SUBSTITUTED,
    STOPPED,
)
SETTLED = (SENT, POSTED, SUBSTITUTED)
UNSENT = (QUEUED, PRINTED)


class Notice(Model):
    """One text version. Never rewritten: a changed text is the next number."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        CheckConstraint("kind IN ('individual_notice','substitute_notice')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    number: Mapped[int]
    kind: Mapped[str]
    values: Mapped[dict[str, Any]]
    in_whose_name: Mapped[str]
    text_sha256: Mapped[str]
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None]
    text_approved_at: Mapped[datetime | None]
    text_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sent_back_reason: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    paused_at: Mapped[datetime | None]
    """Since when nothing more of it goes out; None: it goes."""
    item_id: Mapped[int | None] = mapped_column(ForeignKey("instruction_item.id"))
    """The instruction item under which it went out."""

    drafted_by: Mapped[Person | None] = relationship(foreign_keys=drafted_by_id)
    item: Mapped[InstructionItem | None] = relationship()


class PrintRun(Model):
    """Letters printed together, sorted by postal code; the PDF itself lies sealed beside the database."""

    __tablename__ = "print_run"
    __table_args__ = (UniqueConstraint("notice_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    number: Mapped[int]
    planned_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    """When a worker took it up; one that has not printed it long after is gone."""
    letters: Mapped[int] = mapped_column(default=0)
    sheets: Mapped[int] = mapped_column(default=0)
    """Pages of all letters together: what the printer's counter must have gone up by."""
    pdf_sha256: Mapped[str] = mapped_column(default="")
    manifest: Mapped[str] = mapped_column(deferred=True, default="")
    """A line for each letter, CSV: sequence number, 整理番号, pages, sha256 of what is printed."""
    printed_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]
    void_at: Mapped[datetime | None]
    """Its instruction was withdrawn before it was printed."""


class Delivery(Outgoing):
    """One notice to one individual by one channel. Cannot exist without the item that orders it."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "individual_id", "channel", "copy"),
        CheckConstraint("channel IN ('letter','email')", name="channel"),
        CheckConstraint(
            "state IN ('queued','sending','sent','bounced','printed','posted','returned','substituted','stopped')",
            name="state",
        ),
        # In these orders the next rows are found without sorting.
        Index("ix_delivery_channel_state_id", "channel", "state", "id"),
        Index("ix_delivery_incident_id_state", "incident_id", "state"),
        Index("ix_delivery_print_run_id_sequence", "print_run_id", "sequence"),
    )

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    individual_id: Mapped[int] = mapped_column(ForeignKey("individual.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("instruction_item.id"))
    channel: Mapped[str]
    copy: Mapped[int] = mapped_column(default=1)
    """1: the first; 2: sent again to a corrected address."""
    text_sha256: Mapped[str | None]
    print_run_id: Mapped[int | None] = mapped_column(ForeignKey("print_run.id"))
    sequence: Mapped[int | None]
    """Its place in the print run, from 1; printed on every sheet."""

    individual: Mapped[Individual] = relationship()
    item: Mapped[InstructionItem] = relationship()
    notice: Mapped[Notice] = relationship()


class Posting(Model):
    """A substitute notice put where the individuals can easily see it, under the item that orders it."""

    __tablename__ = "posting"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("instruction_item.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("issued_document.id"))
    place: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    posted_at: Mapped[datetime]

    item: Mapped[InstructionItem] = relationship()
    notice: Mapped[Notice] = relationship()
