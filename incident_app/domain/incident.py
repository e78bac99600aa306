"""The incident itself: what happened, under which contract, and where its six duties stand."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.parties import Contract, Person

if TYPE_CHECKING:
    from incident_app.domain.containment import ContainmentMeasure
    from incident_app.domain.deadline import Deadline
    from incident_app.domain.evidence import EvidenceFile
    from incident_app.domain.instruction import Instruction, InstructionItem
    from incident_app.domain.notice import Notice
    from incident_app.domain.publication import (
        Consultation,
        PreventionMeasure,
        Publication,
    )
    from incident_app.domain.report import ClientCall, Report
    from incident_app.domain.statute import LegalFactsRow, ReportabilityDecision, StatutoryReport

CONTENT, QUANTITY, PLACE, CIRCUMSTANCES = FACTS = (
    "content",
    "quantity",
    "place",
    "circumstances",
)
KNOWN, ESTIMATED, UNDER_INVESTIGATION = FACT_STATES = ("known", "estimated", "under_investigation")


class Occurrence(Model):
    """One event (事象) that caused one incident or many, one for each contract it struck."""

    __tablename__ = "occurrence"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    recorded_at: Mapped[datetime]


class Fact(Model):
    """One saying about one of the four facts of Article 16(1). Never changed; a newer one follows."""

    __tablename__ = "fact"
    __table_args__ = (
        CheckConstraint("name IN ('content','quantity','place','circumstances')", name="name"),
        CheckConstraint("state IN ('known','estimated','under_investigation')", name="state"),
        CheckConstraint("high IS NULL OR low <= high", name="range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    name: Mapped[str]
    state: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    low: Mapped[int | None]
    """Quantity: how many, or at least how many."""
    high: Mapped[int | None]
    """Quantity: at most how many."""
    as_of: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Track(Model):
    """Where one duty of an incident stands; `version` counts its changes, so that nobody is overtaken."""

    __tablename__ = "track"
    __table_args__ = (UniqueConstraint("incident_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    name: Mapped[str]
    state: Mapped[str]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it per class


class Incident(Model):
    """A leak, damage or loss (漏えい等) of entrusted information, and how its handling stands."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("occurred_at IS NULL OR occurred_at <= detected_at", name="occurred_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrence.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    workflow: Mapped[str]
    workflow_version: Mapped[int]
    workflow_digest: Mapped[str]

    occurred_at: Mapped[datetime | None]
    detected_at: Mapped[datetime]
    """発覚. Also when 乙 knew, unless a person says otherwise."""
    known_at: Mapped[datetime]
    client_known_at: Mapped[datetime | None]
    """甲's knowledge: a recorded call or the receipt of the report, whichever came first."""

    leak: Mapped[bool] = mapped_column(default=False)
    damage: Mapped[bool] = mapped_column(default=False)
    loss: Mapped[bool] = mapped_column(default=False)
    suspected: Mapped[bool] = mapped_column(default=False)
    concerns_personal: Mapped[bool] = mapped_column(default=True)
    concerns_confidential: Mapped[bool] = mapped_column(default=False)

    discovered_by: Mapped[str] = mapped_column(default="")
    cause: Mapped[str] = mapped_column(default="")
    secondary_damage: Mapped[str] = mapped_column(default="")
    recovery: Mapped[str] = mapped_column(default="")
    police: Mapped[str] = mapped_column(default="")

    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    occurrence: Mapped[Occurrence] = relationship()
    contract: Mapped[Contract] = relationship()
    opened_by: Mapped[Person | None] = relationship()
    tracks: Mapped[list[Track]] = relationship(order_by=Track.id)
    facts: Mapped[list[Fact]] = relationship(order_by=Fact.id)
    calls: Mapped[list["ClientCall"]] = relationship(order_by="ClientCall.called_at")
    measures: Mapped[list["ContainmentMeasure"]] = relationship(order_by="ContainmentMeasure.taken_at")
    reports: Mapped[list["Report"]] = relationship(order_by="Report.version")
    instructions: Mapped[list["Instruction"]] = relationship(order_by="Instruction.number")
    notices: Mapped[list["Notice"]] = relationship(order_by="Notice.number")
    consultations: Mapped[list["Consultation"]] = relationship(order_by="Consultation.number")
    publications: Mapped[list["Publication"]] = relationship(order_by="Publication.number")
    prevention: Mapped[list["PreventionMeasure"]] = relationship(order_by="PreventionMeasure.id")
    deadlines: Mapped[list["Deadline"]] = relationship(order_by="Deadline.due_at")
    legal_facts: Mapped[list["LegalFactsRow"]] = relationship(order_by="LegalFactsRow.id")
    decisions: Mapped[list["ReportabilityDecision"]] = relationship(order_by="ReportabilityDecision.id")
    statutory_reports: Mapped[list["StatutoryReport"]] = relationship(order_by="StatutoryReport.id")
    evidence: Mapped[list["EvidenceFile"]] = relationship(order_by="EvidenceFile.id")

    def track(self, name: str) -> Track:
        """Return one duty's place."""
        return next(track for track in self.tracks if track.name == name)

    def decision(self, party: str) -> "ReportabilityDecision | None":
        """Return the decision that stands for a party: its latest."""
        return next((d for d in reversed(self.decisions) if d.party == party), None)

    def known_by(self, party: str) -> datetime | None:
        """Return when a party knew of the incident; None while 甲 has not been told."""
        return self.client_known_at if party == "client" else self.known_at

    def fact(self, name: str) -> Fact | None:
        """Return the latest word on one of the four facts, or None when nothing was said."""
        return next((fact for fact in reversed(self.facts) if fact.name == name), None)

    @property
    def facts_are_known(self) -> bool:
        """Article 16(1) names four facts: content, quantity, place and circumstances."""
        return all((fact := self.fact(name)) is not None and fact.state == KNOWN for name in FACTS)

    @property
    def items_in_force(self) -> list["InstructionItem"]:
        """What 甲 has ordered and neither amended away nor withdrawn."""
        return [item for instruction in self.instructions for item in instruction.items if item.in_force]

    @property
    def notice_is_ruled_out(self) -> bool:
        """Nobody is to be notified: 甲 orders no notice, and no personal information is concerned or 甲 forbids one."""
        ordered = {item.kind for item in self.items_in_force}
        if ordered & {"notify_individuals", "substitute_notice"}:
            return False
        return not self.concerns_personal or "no_notice" in ordered
