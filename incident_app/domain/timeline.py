"""経過記録: one door, one chain. What was written can neither be changed nor taken out unseen.

Each entry keeps the exact text that was sealed, and its seal is the SHA-256 of that text, which
itself holds the seal before. Two times: when it happened, and when it was written down. A mistake
is put right by a new entry that names the one it corrects. Entries hold words of the case, ids,
counts and digests; never personal data of affected individuals, which Article 7 may oblige us to
destroy.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from incident_app.domain.base import Model, canonical
from incident_app.domain.document import IssuedDocument
from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.work import Work

TAG = "incident-app/timeline/1"
START = "0" * 64
Plain = str | int | bool | None | list[str] | list[int]

EVENTS: dict[str, tuple[str, str]] = {
    "incident_opened": ("事案を登録", "Incident opened"),
    "list_imported": ("対象者名簿を取込", "List of affected individuals imported"),
    "letters_printed": ("通知書を印刷", "Letters printed"),
    "letters_reprinted": ("通知書を刷直し", "Letters printed again"),
    "proofs_printed": ("試し刷りを作成", "Proof set printed"),
    "mail_sent": ("通知メールを送信", "Notices sent by e-mail"),
    "mail_bounced": ("通知メールが不達", "Notices by e-mail bounced"),
    "hold_settled": ("保留を解決", "Hold settled"),
    "individual_corrected": ("対象者の記載を訂正", "An individual's data corrected"),
    "protected_flagged": ("支援措置の対象者を指定", "Protected persons named"),
    "books_checked": ("照合", "Books held against each other"),
    "deliveries_paused": ("送付を一時停止", "Deliveries paused"),
    "deliveries_resumed": ("送付を再開", "Deliveries resumed"),
    "deliveries_stopped": ("送付を中止", "Deliveries stopped"),
    "reminded": ("期限を催促", "Reminder sent"),
    "contractor_released": ("乙の報告義務を免除", "Contractor released from its own report"),
    "review_due": ("報告対象かどうかの判断が必要", "A decision on reporting is due"),
    "instruction_sheet_issued": ("指示書を発行", "Instruction sheet issued"),
}
"""What is recorded besides the steps of a workflow, with the words that people see."""


class TimelineEntry(Model):
    """One line of the record. Written once, by `record`."""

    __tablename__ = "timeline_entry"
    __table_args__ = (UniqueConstraint("incident_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    position: Mapped[int]
    event: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str]
    happened_at: Mapped[datetime]
    written_at: Mapped[datetime]
    sealed_text: Mapped[str]
    seal: Mapped[str]

    @property
    def facts(self) -> dict[str, Any]:
        """What was said with the event."""
        return dict(json.loads(self.sealed_text)["facts"])


def record(
    work: Work,
    incident: Incident,
    event_name: str,
    *,
    happened_at: datetime | None = None,
    **facts: Plain,
) -> TimelineEntry:
    """Write one entry at the end of the incident's record and seal it.

    `happened_at` defaults to now. Raises BadInput when it lies in the future.
    """
    refuse_future(work, happened_at)
    happened = happened_at or work.now
    head = lock_record(work.session, incident)
    position = head.position + 1 if head else 1
    text = canonical(
        {
            "tag": TAG,
            "incident": incident.number,
            "position": position,
            "event": event_name,
            "facts": facts,
            "actor_id": work.actor.person_id,
            "actor": work.actor.name,
            "happened_at": stamp(happened),
            "written_at": stamp(work.now),
            "previous": head.seal if head else START,
        }
    )
    entry = TimelineEntry(
        incident_id=incident.id,
        position=position,
        event=event_name,
        actor_id=work.actor.person_id,
        actor_name=work.actor.name,
        happened_at=happened,
        written_at=work.now,
        sealed_text=text,
        seal=digest(text),
    )
    work.session.add(entry)
    work.session.flush()
    return entry


def refuse_future(work: Work, happened_at: datetime | None) -> None:
    """Raise BadInput when something is said to have happened later than now."""
    if happened_at is not None and happened_at > work.now:
        raise BadInput(
            "happened_at",
            "起きた日時が未来になっています。日時を確かめてください。",
            "This time lies in the future. Please check it.",
        )


def lock_record(session: Session, incident: Incident) -> TimelineEntry | None:
    """Let nobody else write to this incident until this work ends; return its newest entry."""
    session.flush()
    # NO KEY: rows that refer to the incident hold its key; two who wrote such rows would block each other for ever.
    lock = select(Incident.id).where(Incident.id == incident.id).with_for_update(key_share=True)
    session.execute(lock)
    return head_of(session, incident.id)


def head_of(session: Session, incident_id: int) -> TimelineEntry | None:
    """Return the newest entry of an incident."""
    newest = select(TimelineEntry).where(TimelineEntry.incident_id == incident_id)
    return session.scalars(newest.order_by(TimelineEntry.position.desc()).limit(1)).first()


def entries_of(session: Session, incident_id: int) -> list[TimelineEntry]:
    """Return the whole record of an incident in its order."""
    chosen = select(TimelineEntry).where(TimelineEntry.incident_id == incident_id)
    return list(session.scalars(chosen.order_by(TimelineEntry.position)))


def stamp(instant: datetime) -> str:
    """Return the fixed text form of an instant: UTC, microseconds, Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Flaw:
    """One place where the record is not what was written."""

    incident: str
    position: int
    what: str


def verify(session: Session, incident: Incident) -> list[Flaw]:
    """Check the chain, the columns beside it and the seals printed on issued documents.

    Returns the flaws found; an empty list means that nothing was altered, and that nothing is
    missing up to the newest seal that a document carries.
    """
    flaws, previous, seals, expected = [], START, set(), 1
    for entry in entries_of(session, incident.id):
        what = _flaw_of(entry, incident.number, expected, previous)
        if what:
            flaws.append(Flaw(incident.number, entry.position, what))
        previous, expected = entry.seal, entry.position + 1
        seals.add(entry.seal)
    printed = select(IssuedDocument.reference, IssuedDocument.timeline_seal).where(
        IssuedDocument.incident_id == incident.id
    )
    for reference, seal in session.execute(printed):
        if seal not in seals:
            flaws.append(
                Flaw(
                    incident.number,
                    0,
                    f"the seal printed on {reference} is not in the record",
                )
            )
    return flaws


def _flaw_of(entry: TimelineEntry, incident: str, expected: int, previous: str) -> str | None:
    if entry.seal != digest(entry.sealed_text):
        return "the sealed text was altered"
    try:
        said = dict(json.loads(entry.sealed_text))
    except (TypeError, ValueError):
        return "the sealed text cannot be read"
    if entry.position != expected:
        return f"entry {expected} is missing"
    if said.get("previous") != previous:
        return "does not follow the entry before it"
    beside = {
        "tag": TAG,
        "incident": incident,
        "position": entry.position,
        "event": entry.event,
        "actor_id": entry.actor_id,
        "actor": entry.actor_name,
        "happened_at": stamp(entry.happened_at),
        "written_at": stamp(entry.written_at),
    }
    wrong = [name for name, value in beside.items() if said.get(name) != value]
    return f"column differs from the sealed text: {', '.join(wrong)}" if wrong else None


@event.listens_for(Session, "before_flush")
def _refuse_rewriting(session: Session, _context: object, _instances: object) -> None:
    for changed in (*session.dirty, *session.deleted):
        if isinstance(changed, TimelineEntry) and (
            changed in session.deleted or session.is_modified(changed)
        ):
            raise RuntimeError("a timeline entry is never changed; record a correction instead")
