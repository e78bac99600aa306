"""What the law asks of each party: the facts that decide it, the person's decision, and the statutory reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.document import IssuedDocument
from incident_app.domain.parties import Person

PRELIMINARY, FINAL, SUPPLEMENT = STATUTORY_KINDS = ("preliminary", "final", "supplement")
"""速報, 確報, 追完."""


class LegalFactsRow(Model):
    """What is known that decides whether the law asks for a report. Never changed; a newer row follows."""

    __tablename__ = "legal_facts"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    said: Mapped[dict[str, Any]]
    """As `rulesets.facts` reads it."""
    as_of: Mapped[datetime]
    """When this became known: a threshold crossed later counts from here."""
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ReportabilityDecision(Model):
    """A person's decision whether one party must report, with the proposal that lay before them. Only ever added to."""

    __tablename__ = "reportability_decision"
    __table_args__ = (
        CheckConstraint("party IN ('contractor','client')", name="party"),
        CheckConstraint("days IN (30, 60)", name="days"),
        Index("ix_reportability_decision_incident_id", "incident_id", "party"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    party: Mapped[str]
    legal_facts_id: Mapped[int | None] = mapped_column(ForeignKey("legal_facts.id"))
    rulesets: Mapped[list[str]]
    """The rulesets that were in force, with their versions."""
    proposal: Mapped[dict[str, Any]]
    """What the program proposed, as `rulesets.triage.said_by` writes it."""
    reportable: Mapped[bool]
    grounds: Mapped[list[str]]
    """Articles under which the report is due."""
    days: Mapped[int]
    """30, or 60 with an unlawful purpose."""
    exemption: Mapped[str] = mapped_column(default="")
    """Why no report is due although a ground is met, with the conditions that were looked at."""
    assessed_by: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    known_at: Mapped[datetime]
    """The knowledge from which the days are counted."""
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    decided_by: Mapped[Person | None] = relationship()


class StatutoryReport(Model):
    """A draft of 速報, 確報 or a supplement to the authority, in versions; and, later, that it was filed."""

    __tablename__ = "statutory_report"
    __table_args__ = (
        UniqueConstraint("incident_id", "party", "version"),
        CheckConstraint("party IN ('contractor','client')", name="party"),
        CheckConstraint("kind IN ('preliminary','final','supplement')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    party: Mapped[str]
    kind: Mapped[str]
    version: Mapped[int]
    said: Mapped[dict[str, Any]]
    """The nine items of Rule 8(1) as they stood; what the JSON holds."""
    changes: Mapped[list[dict[str, Any]]]
    """What differs from the version that was filed last: item, before, after."""
    document_id: Mapped[int] = mapped_column(ForeignKey("issued_document.id"))
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime | None]
    filed_as: Mapped[str] = mapped_column(default="")
    """The authority's own receipt number."""

    document: Mapped[IssuedDocument] = relationship()
    made_by: Mapped[Person | None] = relationship()
