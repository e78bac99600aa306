"""Consultation, publication, recurrence prevention (Article 16(3)): best effort, so withholding has a reason."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.document import IssuedDocument

OUTCOMES = ("publish", "publish_part", "defer", "withhold")


class Consultation(Model):
    """協議: what 乙 or 甲 proposed, and what 甲 answered."""

    __tablename__ = "consultation"
    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        CheckConstraint("answered_at IS NULL OR outcome IS NOT NULL", name="answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    number: Mapped[int]
    proposal: Mapped[str]
    points: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    attendees: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="")
    next_review_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Publication(Model):
    """公表, or the decision to withhold it. Neither exists without its consultation."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        CheckConstraint("NOT withheld OR length(trim(reason)) > 0", name="withholding_has_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    number: Mapped[int]
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    withheld: Mapped[bool]
    reason: Mapped[str] = mapped_column(default="")
    values: Mapped[dict[str, Any]]
    place: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("issued_document.id"))
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    consultation: Mapped[Consultation] = relationship()
    document: Mapped[IssuedDocument | None] = relationship()


class PreventionMeasure(Model):
    """再発防止策: what, who answers for it, by when, and whether it is done."""

    __tablename__ = "prevention_measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    text: Mapped[str]
    responsible: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
