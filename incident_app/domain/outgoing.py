"""Mail between the parties, and the forms that were already carried out."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from incident_app.domain.base import Model


class Outgoing(Model):
    """What every row of the ledger has: its state, its tries, and what the other side said last."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(default="")
    """The relay's last answer, or why a letter came back or could not be printed."""
    changed_at: Mapped[datetime]


class CaseMail(Outgoing):
    """One mail to an officer or a responsible person; stays queued until the relay takes it."""

    __tablename__ = "case_mail"
    __table_args__ = (Index("ix_case_mail_state_id", "state", "id"),)

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("issued_document.id"))
    reminder_id: Mapped[int | None] = mapped_column(ForeignKey("reminder.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whom a reminder was meant for."""
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    queued_at: Mapped[datetime]


class FormReceipt(Model):
    """A form that was carried out: sent a second time it leads to the same page and does nothing."""

    __tablename__ = "form_receipt"

    key: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    location: Mapped[str]
    received_at: Mapped[datetime]
