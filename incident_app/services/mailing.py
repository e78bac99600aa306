"""The ledger of outgoing mail: queued, sending (committed before the relay hears of it), and the outcome.

The rows are the queue. `exchange` writes what came of some and marks the next as "sending", for many conversations
in one transaction; whatever crashes in between is found again and goes out under its old Message-ID.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from incident_app.domain.deadline import Deadline, Reminder
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import Individual, open_particulars
from incident_app.domain.instruction import EMAIL, Instruction, InstructionItem
from incident_app.domain.notice import BOUNCED, QUEUED, SENDING, SENT, STOPPED, Delivery, Notice
from incident_app.domain.outgoing import CaseMail, Outgoing
from incident_app.domain.sealing import Seal
from incident_app.domain.timeline import digest
from incident_app.domain.work import Work
from incident_app.mail.message import BadAddress, BadHeader, Envelope
from incident_app.mail.sending import Outcome
from incident_app.services.letters import case_sheet, mail_to
from incident_app.services.sheet import Sheet

LONGEST_PAUSE = timedelta(hours=1)
LOST_AFTER = timedelta(minutes=5)
"""No conversation with a relay lasts as long: whoever was sending is gone."""

UNUSABLE = "bad_address"

LEDGERS: tuple[type[Outgoing], ...] = (CaseMail, Delivery)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One row of the ledger that is being sent, and the message that it stands for."""

    row: type[Outgoing]
    row_id: int
    attempts: int
    envelope: Envelope


@dataclass(slots=True)
class Ledger:
    """The ledger as those who speak with the relay use it."""

    begin: Callable[[], AbstractContextManager[Work]]
    sender: str
    _in_hand: dict[str, Parcel] = field(default_factory=dict)
    """By Message-ID."""
    _sheets: dict[int, Sheet] = field(default_factory=dict)
    """What all copies of a notice share, by the notice's row: an approved text does not change."""

    def exchange(self, results: Sequence[tuple[Envelope, Outcome]], wanted: int) -> list[Envelope]:
        """Write what came of some messages and mark up to `wanted` others as "sending"; returns these.

        All in one transaction, so that neither an outcome nor an intent is lost or stands without the other.
        """
        parcels = [(self._in_hand.pop(envelope.message_id), outcome) for envelope, outcome in results]
        with self.begin() as work:
            settle(work, parcels)
            taken = self.claim(work, wanted) if wanted else []
        self._in_hand.update((parcel.envelope.message_id, parcel) for parcel in taken)
        return [parcel.envelope for parcel in taken]

    def claim(self, work: Work, wanted: int) -> list[Parcel]:
        """Mark the next rows that are due as "sending"; a row of which no message can be made is written off."""
        taken: list[Parcel] = []
        for row, pack in ((CaseMail, self._pack_case_mail), (Delivery, self._pack_notices)):
            # One row that cannot be sent must not look like the end of the queue.
            while len(taken) < wanted and (claimed := _claim(work, row, wanted - len(taken))):
                taken += pack(work, claimed)
        return taken

    def _pack_case_mail(self, work: Work, claimed: dict[int, int]) -> list[Parcel]:
        mails = select(CaseMail).where(CaseMail.id.in_(claimed)).order_by(CaseMail.id)
        return _packed(
            work,
            CaseMail,
            (
                (
                    mail.id,
                    claimed[mail.id],
                    {
                        "message_id": f"<{mail.message_id}>",
                        "sender": self.sender,
                        "to": mail.to,
                        "subject": mail.subject,
                        "text": mail.text,
                        "date": work.now,
                    },
                )
                for mail in work.session.scalars(mails)
            ),
        )

    def _pack_notices(self, work: Work, claimed: dict[int, int]) -> list[Parcel]:
        rows = (
            select(Delivery, Individual.code, Individual.sealed)
            .join(Individual, Delivery.individual_id == Individual.id)
            .where(Delivery.id.in_(claimed))
            .order_by(Delivery.id)
        )
        seals: dict[int, Seal] = {}
        facts = []
        for delivery, code, sealed in work.session.execute(rows):
            incident_id = delivery.incident_id
            seal = seals.setdefault(incident_id, seals.get(incident_id) or seal_of(work.session, incident_id))
            particulars = open_particulars(seal, incident_id, delivery.individual_id, sealed)
            subject, text = mail_to(particulars, code, self._sheet(work, delivery.notice_id))
            facts.append(
                (
                    delivery.id,
                    claimed[delivery.id],
                    {
                        "message_id": message_id(seal, delivery),
                        "sender": self.sender,
                        "to": particulars.email or "",
                        "subject": subject,
                        "text": text,
                        "date": work.now,
                        "automatic": False,
                    },
                )
            )
        return _packed(work, Delivery, facts)

    def _sheet(self, work: Work, notice_id: int) -> Sheet:
        if notice_id not in self._sheets:
            notice = work.session.get_one(Notice, notice_id)
            incident = work.session.get_one(Incident, notice.incident_id)
            self._sheets[notice_id] = case_sheet(work, incident, notice)
        return self._sheets[notice_id]


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


def settle(work: Work, parcels: Sequence[tuple[Parcel, Outcome]]) -> None:
    """Write the relay's answers into the ledger; after a temporary one a row waits longer each time."""
    for row in LEDGERS:
        mine = [(parcel, outcome) for parcel, outcome in parcels if parcel.row is row]
        again = [parcel.row_id for parcel, outcome in mine if outcome.state == "temporary"]
        wanted = _STILL_WANTED[row](work, again) if again else set()
        changes = [_change(work.now, parcel, outcome, wanted) for parcel, outcome in mine]
        if changes:
            work.session.execute(update(row), changes)


def message_id(seal: Seal, delivery: Delivery) -> str:
    """Return the Message-ID of a notice: the same at every attempt, and a bounce that quotes it names the row.

    Without the incident's key nobody can tell whom it went to, or make one up.
    """
    said = f"{delivery.id}/{delivery.notice_id}/{delivery.individual_id}/{delivery.copy}"
    return f"<{delivery.id}.{seal.mark('message', said).hex()}@incident-app.invalid>"


def _change(now: datetime, parcel: Parcel, outcome: Outcome, wanted: set[int]) -> dict[str, Any]:
    change: dict[str, Any] = {
        "id": parcel.row_id,
        "reply": f"{outcome.code or ''} {outcome.reply}".strip(),
        "changed_at": now,
        "next_try_at": None,
    }
    if parcel.row is Delivery:
        change["text_sha256"] = None if outcome.state == "temporary" else digest(parcel.envelope.text)
    if outcome.state == "temporary":
        pause = min(timedelta(minutes=2 ** min(parcel.attempts, 6)), LONGEST_PAUSE)
        return change | {
            "state": QUEUED if parcel.row_id in wanted else STOPPED,
            "next_try_at": now + pause,
        }
    return change | {"state": SENT if outcome.state == "accepted" else BOUNCED}


def _packed(
    work: Work, row: type[Outgoing], facts: Iterable[tuple[int, int, dict[str, Any]]]
) -> list[Parcel]:
    parcels = []
    for row_id, attempts, said in facts:
        try:
            parcels.append(Parcel(row, row_id, attempts, Envelope(**said)))
        except (BadAddress, BadHeader):
            # One bad address must not hold up everybody else's mail; somebody looks at it.
            written_off = update(row).where(row.id == row_id)
            work.session.execute(written_off.values(state=BOUNCED, reply=UNUSABLE, changed_at=work.now))
    return parcels


def _claim(work: Work, row: type[Outgoing], wanted: int) -> dict[int, int]:
    """Mark rows "sending" and stop those that nobody wants any more; returns row → which attempt this is.

    A row that was "sending" when its instruction went, and then got lost, stops here; so does a reminder that waited
    for the morning and whose deadline was met at night.
    """
    due = [row.state == QUEUED, (row.next_try_at.is_(None)) | (row.next_try_at <= work.now)]
    if row is Delivery:
        due.append(Delivery.channel == EMAIL)
    while candidates := list(work.session.scalars(select(row.id).where(*due).order_by(row.id).limit(wanted))):
        still = _STILL_WANTED[row](work, candidates)
        free = select(row.id).where(row.id.in_(candidates), row.state == QUEUED)
        mine = set(work.session.scalars(free.with_for_update(skip_locked=True)))
        unwanted = update(row).where(row.id.in_(mine - still))
        work.session.execute(unwanted.values(state=STOPPED, changed_at=work.now))
        claim = update(row).where(row.id.in_(mine & still))
        claimed = work.session.execute(
            claim.values(state=SENDING, attempts=row.attempts + 1, changed_at=work.now).returning(
                row.id, row.attempts
            )
        )
        taken = {row[0]: row[1] for row in claimed}
        if taken or not mine:
            return taken
    return {}


def _still_ordered(work: Work, delivery_ids: Sequence[int]) -> set[int]:
    """Look under the incidents' locks, so that a withdrawal and a hand-over cannot cross."""
    incidents = select(Delivery.incident_id).where(Delivery.id.in_(delivery_ids)).distinct()
    locked = select(Incident.id).where(Incident.id.in_(incidents)).order_by(Incident.id)
    work.session.execute(locked.with_for_update(key_share=True))
    ordered = (
        select(Delivery.id)
        .join(InstructionItem, Delivery.item_id == InstructionItem.id)
        .join(Instruction, InstructionItem.instruction_id == Instruction.id)
        .join(Notice, Delivery.notice_id == Notice.id)
        .where(
            Delivery.id.in_(delivery_ids),
            InstructionItem.ended_in.is_(None),
            Instruction.withdrawn_at.is_(None),
            Notice.text_approved_at.is_not(None),
        )
    )
    return set(work.session.scalars(ordered))


def _still_due(work: Work, mail_ids: Sequence[int]) -> set[int]:
    """Leave out reminders whose deadline was met, dropped or moved since; any other mail is wanted."""
    past = (
        select(CaseMail.id)
        .join(Reminder, CaseMail.reminder_id == Reminder.id)
        .join(Deadline, Reminder.deadline_id == Deadline.id)
        .where(CaseMail.id.in_(mail_ids), Deadline.next_fire.is_(None) | (Deadline.due_at != Reminder.due_at))
    )
    return set(mail_ids) - set(work.session.scalars(past))


_STILL_WANTED: dict[type[Outgoing], Callable[[Work, Sequence[int]], set[int]]] = {
    CaseMail: _still_due,
    Delivery: _still_ordered,
}
