"""What 乙 told 甲 (Article 16(1)): calls, and reports in versions that are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.document import IssuedDocument
from incident_app.domain.parties import Person

FIRST, FOLLOW_UP, FINAL = REPORT_KINDS = (
    "first_report",
    "follow_up_report",
    "final_report",
)
CHANNELS = ("phone", "in_person", "email", "fax", "online_meeting")


class ClientCall(Model):
    """ "I phoned them": when, by which channel, and who spoke on both sides."""

    __tablename__ = "client_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    called_at: Mapped[datetime]
    channel: Mapped[str]
    ours: Mapped[str]
    theirs: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Report(Model):
    """One version of the report to 甲: what was said then, never overwritten."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("incident_id", "version"),
        CheckConstraint("kind IN ('first_report','follow_up_report','final_report')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    version: Mapped[int]
    kind: Mapped[str]
    said: Mapped[dict[str, Any]]
    """The values of this version, item by item; the next version is compared with them."""
    changes: Mapped[list[dict[str, Any]]]
    """What differs from the version before: item, before, after."""
    reason: Mapped[str] = mapped_column(default="")
    document_id: Mapped[int] = mapped_column(ForeignKey("issued_document.id"))
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime | None]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    document: Mapped[IssuedDocument] = relationship()
    sent_by: Mapped[Person | None] = relationship(foreign_keys=sent_by_id)
    received_by: Mapped[Person | None] = relationship(foreign_keys=received_by_id)
