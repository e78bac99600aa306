"""The ledger of outgoing mail: queued, sending (committed before the relay hears of it), and the outcome.

The rows are the queue. A row becomes "sending" by compare-and-set, so that of several workers one has
it; whatever crashes in between is found again and goes out under its old Message-ID.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from incident_app.domain.deadline import Deadline, Reminder
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.instruction import EMAIL, Instruction, InstructionItem
from incident_app.domain.notice import BOUNCED, QUEUED, SENDING, SENT, STOPPED, Delivery, Notice
from incident_app.domain.outgoing import CaseMail, Outgoing
from incident_app.domain.sealing import Seal
from incident_app.domain.timeline import digest
from incident_app.domain.work import Work
from incident_app.mail.message import BadAddress, BadHeader, Envelope
from incident_app.mail.sending import Outcome
from incident_app.services.letters import case_sheet, write_to
from incident_app.services.sheet import Sheet

AT_ONCE = 50
LONGEST_PAUSE = timedelta(hours=1)
LOST_AFTER = timedelta(minutes=5)
"""No conversation with a relay lasts as long: whoever was sending is gone."""

UNUSABLE = "bad_address"

LEDGERS: tuple[type[Outgoing], ...] = (CaseMail, Delivery)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One row of the ledger and the message that it stands for."""

    row: type[Outgoing]
    row_id: int
    envelope: Envelope


@dataclass(slots=True)
class Mailbag:
    """What is due."""

    parcels: list[Parcel] = field(default_factory=list)
    unusable: list[tuple[type[Outgoing], int]] = field(default_factory=list)
    """Rows of which no message can be made: one bad address must not hold up everybody else's mail."""

    def pack(self, row: CaseMail | Delivery, message_id: str, **facts: Any) -> None:
        """Add the message of one row; `facts` are fields of Envelope."""
        try:
            envelope = Envelope(message_id=message_id, **facts)
        except (BadAddress, BadHeader):
            self.unusable.append((type(row), row.id))
        else:
            self.parcels.append(Parcel(type(row), row.id, envelope))


def take_up_lost(work: Work) -> int:
    """Queue again what a crashed worker left in "sending"; returns how many.

    It may have reached the relay already. A second copy under the same Message-ID can be recognised;
    a notice that never went out cannot.
    """
    found = 0
    for row in LEDGERS:
        lost = update(row).where(row.state == SENDING, row.changed_at < work.now - LOST_AFTER)
        taken = work.session.execute(lost.values(state=QUEUED, changed_at=work.now).returning(row.id))
        found += len(taken.all())
    return found


def waiting_mail(work: Work, sender: str) -> Mailbag:
    """Return the next messages that are due, written out and ready to be handed over."""
    bag = Mailbag()
    _pack_case_mail(work, sender, bag)
    _pack_notices(work, sender, bag)
    return bag


def set_aside_unusable(work: Work, bag: Mailbag) -> None:
    """Write off the rows that can never be sent, so that somebody looks at them."""
    for row, row_id in bag.unusable:
        written_off = update(row).where(row.id == row_id, row.state == QUEUED)
        work.session.execute(written_off.values(state=BOUNCED, reply=UNUSABLE, changed_at=work.now))


def begin_sending(work: Work, parcel: Parcel) -> bool:
    """Mark one row "sending"; False when another worker has it, or when it is not wanted any more.

    A row that was "sending" when its instruction went, and then got lost, stops here; so does a reminder that waited
    for the morning and whose deadline was met at night.
    """
    row = parcel.row
    claim = update(row).where(row.id == parcel.row_id, row.state == QUEUED)
    if not _STILL_WANTED[row](work, parcel.row_id):
        work.session.execute(claim.values(state=STOPPED, changed_at=work.now))
        return False
    claimed = work.session.execute(
        claim.values(state=SENDING, attempts=row.attempts + 1, changed_at=work.now).returning(row.id)
    )
    return claimed.first() is not None


def settle(work: Work, parcel: Parcel, outcome: Outcome) -> None:
    """Write the relay's answer into the ledger; after a temporary one the row waits longer each time."""
    row = work.session.get_one(parcel.row, parcel.row_id)
    row.reply = f"{outcome.code or ''} {outcome.reply}".strip()
    row.changed_at = work.now
    if outcome.state == "temporary":
        withdrawn = not _STILL_WANTED[parcel.row](work, row.id)
        row.state = STOPPED if withdrawn else QUEUED
        row.next_try_at = work.now + min(timedelta(minutes=2 ** min(row.attempts, 6)), LONGEST_PAUSE)
        return
    row.state = SENT if outcome.state == "accepted" else BOUNCED
    row.next_try_at = None
    if isinstance(row, Delivery):
        row.text_sha256 = digest(parcel.envelope.text)


def _pack_case_mail(work: Work, sender: str, bag: Mailbag) -> None:
    due = _due(CaseMail, work.now)
    for mail in work.session.scalars(select(CaseMail).where(*due).order_by(CaseMail.id).limit(AT_ONCE)):
        bag.pack(
            mail,
            f"<{mail.message_id}>",
            sender=sender,
            to=mail.to,
            subject=mail.subject,
            text=mail.text,
            date=work.now,
        )


def _pack_notices(work: Work, sender: str, bag: Mailbag) -> None:
    due = (*_due(Delivery, work.now), Delivery.channel == EMAIL)
    deliveries = work.session.scalars(select(Delivery).where(*due).order_by(Delivery.id).limit(AT_ONCE))
    sheets: dict[int, Sheet] = {}
    for delivery in deliveries:
        incident = work.session.get_one(Incident, delivery.incident_id)
        if delivery.notice_id not in sheets:
            sheets[delivery.notice_id] = case_sheet(work, incident, delivery.notice)
        seal = seal_of(work.session, incident.id)
        individual = delivery.individual
        particulars = individual.particulars(seal)
        written = write_to(particulars, individual.code, sheets[delivery.notice_id])
        bag.pack(
            delivery,
            message_id(seal, delivery),
            sender=sender,
            to=particulars.email or "",
            subject=written.subject,
            text=written.text,
            date=work.now,
            automatic=False,
        )


def message_id(seal: Seal, delivery: Delivery) -> str:
    """Return the Message-ID of a notice: the same at every attempt, and a bounce that quotes it names the row.

    Without the incident's key nobody can tell whom it went to, or make one up.
    """
    said = f"{delivery.id}/{delivery.notice_id}/{delivery.individual_id}/{delivery.copy}"
    return f"<{delivery.id}.{seal.mark('message', said).hex()}@incident-app.invalid>"


def _due(row: type[Outgoing], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (row.state == QUEUED, (row.next_try_at.is_(None)) | (row.next_try_at <= now))


def _still_ordered(work: Work, delivery_id: int) -> bool:
    """Look under the incident's lock, so that a withdrawal and a hand-over cannot cross."""
    incident = select(Delivery.incident_id).where(Delivery.id == delivery_id).scalar_subquery()
    work.session.execute(select(Incident.id).where(Incident.id == incident).with_for_update(key_share=True))
    ordered = (
        select(InstructionItem.id)
        .join(Instruction, InstructionItem.instruction_id == Instruction.id)
        .join(Delivery, Delivery.item_id == InstructionItem.id)
        .join(Notice, Delivery.notice_id == Notice.id)
        .where(
            Delivery.id == delivery_id,
            InstructionItem.ended_in.is_(None),
            Instruction.withdrawn_at.is_(None),
            Notice.text_approved_at.is_not(None),
        )
    )
    return work.session.scalar(ordered) is not None


def _still_due(work: Work, mail_id: int) -> bool:
    """Return False for a reminder whose deadline was met, dropped or moved since; any other mail is wanted."""
    past = (
        select(CaseMail.id)
        .join(Reminder, CaseMail.reminder_id == Reminder.id)
        .join(Deadline, Reminder.deadline_id == Deadline.id)
        .where(CaseMail.id == mail_id, Deadline.next_fire.is_(None) | (Deadline.due_at != Reminder.due_at))
    )
    return work.session.scalar(past) is None


_STILL_WANTED: dict[type[Outgoing], Callable[[Work, int], bool]] = {
    CaseMail: _still_due,
    Delivery: _still_ordered,
}
