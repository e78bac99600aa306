"""The ledger of outgoing mail: queued, sending (committed before the relay hears of it), and the outcome.

The rows are the queue. `exchange` writes what came of some and marks the next as "sending", for many conversations
in one transaction; whatever crashes in between is found again and goes out under its old Message-ID.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, exists, select, true, update

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
from incident_app.services.letters import MailForm, case_sheet

AHEAD = 200
"""So many messages are written out at a time: a hundred thousand never lie in memory together."""
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
    """The ledger as those who speak with the relay use it, for one round."""

    open_work: Callable[[], AbstractContextManager[Work]]
    sender: str
    _ready: deque[Parcel] = field(default_factory=deque)
    """Written out ahead, so that little is done while others wait; none of it is begun."""
    _in_hand: dict[str, Parcel] = field(default_factory=dict)
    """By Message-ID."""
    _sheets: dict[int, MailForm] = field(default_factory=dict)
    """By the notice's row: an approved text does not change."""

    def exchange(self, results: Sequence[tuple[Envelope, Outcome]], wanted: int) -> list[Envelope]:
        """Write what came of some messages and mark up to `wanted` others as "sending"; returns these.

        All in one transaction, so that neither an outcome nor an intent is lost or stands without the other.
        """
        parcels = [(self._in_hand.pop(envelope.message_id), outcome) for envelope, outcome in results]
        with self.open_work() as work:
            settle(work, parcels)
            taken = self.claim(work, wanted)
        self._in_hand.update((parcel.envelope.message_id, parcel) for parcel in taken)
        return [parcel.envelope for parcel in taken]

    def claim(self, work: Work, wanted: int) -> list[Parcel]:
        """Mark the next rows that are due as "sending"; a row of which no message can be made is written off."""
        taken: list[Parcel] = []
        while len(taken) < wanted and (self._ready or self._look_ahead(work)):
            batch = [self._ready.popleft() for _ in range(min(wanted - len(taken), len(self._ready)))]
            for row in LEDGERS:
                if mine := [parcel for parcel in batch if parcel.row is row]:
                    taken += _begin(work, row, mine)
        return taken

    def _look_ahead(self, work: Work) -> bool:
        """Write out the next rows that are due, reports to 甲 before notices; False when there are none."""
        while rows := _due(work, CaseMail) or _due(work, Delivery):
            pack = self._pack_case_mail if isinstance(rows[0], CaseMail) else self._pack_notices
            for row, facts in pack(work, rows):
                try:
                    self._ready.append(Parcel(type(row), row.id, row.attempts + 1, Envelope(**facts)))
                except (BadAddress, BadHeader):
                    # One bad address must not hold up everybody else's mail; somebody looks at it.
                    row.state, row.reply, row.changed_at = BOUNCED, UNUSABLE, work.now
            work.session.flush()
            if self._ready:
                return True
        return False

    def _pack_case_mail(self, work: Work, rows: Sequence[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
        for mail in rows:
            yield (
                mail,
                {
                    "message_id": f"<{mail.message_id}>",
                    "sender": self.sender,
                    "to": mail.to,
                    "subject": mail.subject,
                    "text": mail.text,
                    "date": work.now,
                },
            )

    def _pack_notices(self, work: Work, rows: Sequence[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
        people = select(Individual.id, Individual.code, Individual.sealed).where(
            Individual.id.in_([delivery.individual_id for delivery in rows])
        )
        found = {row_id: (code, sealed) for row_id, code, sealed in work.session.execute(people)}
        seals = {it: seal_of(work.session, it) for it in {delivery.incident_id for delivery in rows}}
        for delivery in rows:
            seal = seals[delivery.incident_id]
            code, sealed = found[delivery.individual_id]
            who = open_particulars(seal, delivery.incident_id, delivery.individual_id, sealed)
            subject, text = self._form(work, delivery.notice_id).to(who, code)
            yield (
                delivery,
                {
                    "message_id": message_id(seal, delivery),
                    "sender": self.sender,
                    "to": who.email or "",
                    "subject": subject,
                    "text": text,
                    "date": work.now,
                    "automatic": False,
                },
            )

    def _form(self, work: Work, notice_id: int) -> MailForm:
        if notice_id not in self._sheets:
            notice = work.session.get_one(Notice, notice_id)
            incident = work.session.get_one(Incident, notice.incident_id)
            self._sheets[notice_id] = MailForm(case_sheet(work, incident, notice))
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
        for temporary in (False, True):
            changes = [
                _change(work.now, parcel, outcome)
                for parcel, outcome in mine
                if (outcome.state == "temporary") is temporary
            ]
            if changes:
                work.session.connection().execute(_SETTLING[row, temporary], changes)


def message_id(seal: Seal, delivery: Delivery) -> str:
    """Return the Message-ID of a notice: the same at every attempt, and a bounce that quotes it names the row.

    Without the incident's key nobody can tell whom it went to, or make one up.
    """
    said = f"{delivery.id}/{delivery.notice_id}/{delivery.individual_id}/{delivery.copy}"
    return f"<{delivery.id}.{seal.mark('message', said).hex()}@incident-app.invalid>"


def _change(now: datetime, parcel: Parcel, outcome: Outcome) -> dict[str, Any]:
    change: dict[str, Any] = {
        "row_id": parcel.row_id,
        "reply": f"{outcome.code or ''} {outcome.reply}".strip(),
        "changed_at": now,
        "next_try_at": None,
    }
    if outcome.state == "temporary":
        pause = min(timedelta(minutes=2 ** min(parcel.attempts, 6)), LONGEST_PAUSE)
        return change | {"next_try_at": now + pause}
    if parcel.row is Delivery:
        change["text_sha256"] = digest(parcel.envelope.text)
    return change | {"state": SENT if outcome.state == "accepted" else BOUNCED}


def _due(work: Work, row: type[Outgoing]) -> list[Any]:
    due = [row.state == QUEUED, (row.next_try_at.is_(None)) | (row.next_try_at <= work.now)]
    if row is Delivery:
        due += [Delivery.channel == EMAIL, _NOT_PAUSED]
    return list(work.session.scalars(select(row).where(*due).order_by(row.id).limit(AHEAD)))


def _begin(work: Work, row: type[Outgoing], parcels: Sequence[Parcel]) -> list[Parcel]:
    """Mark rows "sending"; returns those of which no other worker was quicker and that are still wanted.

    A row that was "sending" when its instruction went, and then got lost, stops here; so does a reminder that waited
    for the morning and whose deadline was met at night.
    """
    connection = work.session.connection()
    ids = [parcel.row_id for parcel in parcels]
    if row is Delivery and connection.dialect.name != "sqlite":
        # Under the incidents' locks a withdrawal and a hand-over cannot cross. SQLite has one lock for all.
        connection.execute(_LOCKING, {"ids": ids})
    claimed = connection.execute(_CLAIMING[row], {"ids": ids, "now": work.now})
    mine = {row_id for (row_id,) in claimed}
    if len(mine) < len(ids):
        connection.execute(_STOPPING[row], {"ids": ids, "now": work.now})
    return [parcel for parcel in parcels if parcel.row_id in mine]


_ids: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_NOT_PAUSED = exists().where(Notice.id == Delivery.notice_id, Notice.paused_at.is_(None))
_now = bindparam("now", type_=CaseMail.changed_at.type)
_STILL_WANTED: dict[type[Outgoing], ColumnElement[bool]] = {
    # A reminder whose deadline was met, dropped or moved since is not; any other mail is.
    CaseMail: ~exists().where(
        Reminder.id == CaseMail.reminder_id,
        Reminder.deadline_id == Deadline.id,
        Deadline.next_fire.is_(None) | (Deadline.due_at != Reminder.due_at),
    ),
    Delivery: exists().where(
        InstructionItem.id == Delivery.item_id,
        InstructionItem.ended_in.is_(None),
        Instruction.id == InstructionItem.instruction_id,
        Instruction.withdrawn_at.is_(None),
        Notice.id == Delivery.notice_id,
        Notice.text_approved_at.is_not(None),
    ),
}
# Made once: to build such a statement takes longer than to carry it out.
_LOCKING = (
    select(Incident.id)
    .where(Incident.id.in_(select(Delivery.incident_id).where(Delivery.id.in_(_ids))))
    .order_by(Incident.id)
    .with_for_update(key_share=True)
)
_CLAIMING = {
    row: update(row.__table__)  # type: ignore[arg-type]  # of a mapped class it is a table
    .where(
        row.id.in_(
            select(row.id).where(row.id.in_(_ids), row.state == QUEUED).with_for_update(skip_locked=True)
        ),
        _STILL_WANTED[row],
        _NOT_PAUSED if row is Delivery else true(),
    )
    .values(state=SENDING, attempts=row.attempts + 1, changed_at=_now)
    .returning(row.id)
    for row in LEDGERS
}
_STOPPING = {
    row: update(row.__table__)  # type: ignore[arg-type]  # as above
    .where(row.id.in_(_ids), row.state == QUEUED, ~_STILL_WANTED[row])
    .values(state=STOPPED, changed_at=_now)
    for row in LEDGERS
}
_SETTLED = ("reply", "changed_at", "next_try_at")
_SETTLING = {
    (row, temporary): update(row.__table__)  # type: ignore[arg-type]  # as above
    .where(row.id == bindparam("row_id"))
    .values(
        {name: bindparam(name) for name in _SETTLED}
        | (
            {"state": case((_STILL_WANTED[row], QUEUED), else_=STOPPED)}
            if temporary
            else {"state": bindparam("state")}
            | ({"text_sha256": bindparam("text_sha256")} if row is Delivery else {})
        )
    )
    for row in LEDGERS
    for temporary in (False, True)
}
