"""Notices to individuals and their substitute (Article 16(2), second half), and every delivery."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
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
    item_id: Mapped[int | None] = mapped_column(ForeignKey("instruction_item.id"))
    """The instruction item under which it went out."""

    drafted_by: Mapped[Person | None] = relationship(foreign_keys=drafted_by_id)
    item: Mapped[InstructionItem | None] = relationship()


class PrintRun(Model):
    """Letters printed together: the PDF itself, its digest and how many letters it holds."""

    __tablename__ = "print_run"
    __table_args__ = (UniqueConstraint("notice_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    number: Mapped[int]
    letters: Mapped[int]
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    pdf_sha256: Mapped[str]
    printed_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]


class Delivery(Outgoing):
    """One notice to one individual by one channel. Cannot exist without the item that orders it."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "individual_id", "channel"),
        CheckConstraint("channel IN ('letter','email')", name="channel"),
        CheckConstraint(
            "state IN ('queued','sending','sent','bounced','printed','posted','returned','substituted','stopped')",
            name="state",
        ),
        # In this order the next rows of a state are found without sorting.
        Index("ix_delivery_state_id", "state", "id"),
    )

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    individual_id: Mapped[int] = mapped_column(ForeignKey("individual.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("instruction_item.id"))
    channel: Mapped[str]
    message_id: Mapped[str]
    text_sha256: Mapped[str | None]
    print_run_id: Mapped[int | None] = mapped_column(ForeignKey("print_run.id"))

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
