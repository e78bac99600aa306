"""The log of the enquiry desk: each call with its topic, its answer and what was promised; counted by day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from incident_app.domain.destruction import keeps_data
from incident_app.domain.enquiry import (
    ANSWERS,
    CHANNELS,
    LANGUAGES,
    NO_PROMISE,
    OWN_DATA,
    PROMISES,
    SECONDARY_DAMAGE,
    TOPICS,
    Enquiry,
    EnquiryDone,
    EnquiryNote,
    IdentityCheck,
    place_of_note,
)
from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import ensure_seal, seal_of
from incident_app.domain.parties import day_in_japan
from incident_app.domain.work import Work
from incident_app.services.identifying import find_check, recognised
from incident_app.services.importing import refuse_outsiders

LONGEST_NOTE = 300
AT_ONCE = 50
"""Entries of the log on one page."""


@dataclass(frozen=True, slots=True)
class Day:
    """How many enquiries were taken on one day in Japan, by topic."""

    day: date
    topics: Mapping[str, int]

    @property
    def count(self) -> int:
        """All enquiries."""
        return sum(self.topics.values())

    @property
    def secondary(self) -> int:
        """Of those, calls about fraud: somebody already uses what leaked."""
        return self.topics.get(SECONDARY_DAMAGE, 0)


@dataclass(frozen=True, slots=True)
class Checks:
    """How often identities were checked, and how often what was said did not fit."""

    made: int
    failed: int


def log_enquiry(
    work: Work,
    incident: Incident,
    *,
    taken_at: datetime,
    channel: str,
    topic: str,
    answer: str,
    note: str = "",
    promise: str = NO_PROMISE,
    language: str = "ja",
    check_id: int | None = None,
) -> Enquiry:
    """Put one enquiry on record. What leaked of somebody is told only after a check that was passed."""
    refuse_outsiders(work, incident)
    for field, word, words in (
        ("channel", channel, CHANNELS),
        ("topic", topic, TOPICS),
        ("language", language, LANGUAGES),
        ("answer", answer, ANSWERS),
        ("promise", promise, PROMISES),
    ):
        if word not in words:
            raise BadInput(field, "一覧から選んでください。", "Choose from the list.")
    if taken_at > work.now:
        raise BadInput("taken_at", "受付の時刻が未来です。", "This time lies in the future.")
    if len(note.strip()) > LONGEST_NOTE:
        raise BadInput(
            "note", f"{LONGEST_NOTE}字までで書いてください。", f"At most {LONGEST_NOTE} characters."
        )
    check = None if check_id is None else find_check(work, incident, check_id)
    if answer == OWN_DATA and not _may_be_told(work, incident, check):
        raise BadInput(
            "answer",
            "本人確認ができていない人に、対象項目を伝えることはできません。",
            "Nobody is told what leaked of them before their identity is checked.",
        )
    # A destroyed key refuses before anything is written.
    seal = ensure_seal(work, incident.id) if note.strip() else None
    enquiry = Enquiry(
        incident_id=incident.id,
        taken_at=taken_at,
        taken_on=day_in_japan(taken_at),
        recorded_at=work.now,
        recorded_by_id=work.actor.person_id,
        channel=channel,
        topic=topic,
        language=language,
        answer=answer,
        promise=promise,
        check=check,
    )
    work.session.add(enquiry)
    work.session.flush()
    if seal is not None:
        place = place_of_note(incident.id, enquiry.id)
        enquiry.note = EnquiryNote(sealed=seal.seal(note.strip().encode(), place))
    return enquiry


def keep_promise(work: Work, incident: Incident, enquiry_id: int) -> None:
    """What was promised to somebody was done. Raises NotFound where nothing is open."""
    refuse_outsiders(work, incident)
    enquiry = work.session.get(Enquiry, enquiry_id)
    if enquiry is None or enquiry.incident_id != incident.id or not enquiry.is_open:
        raise NotFound
    enquiry.done = EnquiryDone(done_at=work.now, done_by_id=work.actor.person_id)


def enquiries_of(
    work: Work, incident: Incident, *, topic: str = "", only_open: bool = False, before: int | None = None
) -> list[Enquiry]:
    """Return one page of the log, the newest first: entries of one topic, with an open promise, older than `before`."""
    chosen = select(Enquiry).where(Enquiry.incident_id == incident.id)
    if topic:
        chosen = chosen.where(Enquiry.topic == topic)
    if only_open:
        done = select(EnquiryDone.enquiry_id)
        chosen = chosen.where(Enquiry.promise != NO_PROMISE, Enquiry.id.not_in(done))
    if before is not None:
        chosen = chosen.where(Enquiry.id < before)
    whole = chosen.options(joinedload(Enquiry.check), joinedload(Enquiry.note), joinedload(Enquiry.done))
    return list(work.session.scalars(whole.order_by(Enquiry.id.desc()).limit(AT_ONCE)))


def notes_of(work: Work, incident: Incident, enquiries: Iterable[Enquiry]) -> dict[int, str]:
    """Return what was noted with these enquiries, by their number; for the contractor's people alone."""
    refuse_outsiders(work, incident)
    noted = [enquiry.note for enquiry in enquiries if enquiry.note is not None]
    if not noted or not keeps_data(work.session, incident.id):
        return {}
    seal = seal_of(work.session, incident.id)
    return {
        note.enquiry_id: seal.open(note.sealed, place_of_note(incident.id, note.enquiry_id)).decode()
        for note in noted
    }


def daily_counts(work: Work, incident: Incident, *, recorded_after: datetime | None = None) -> list[Day]:
    """Count enquiries by day and topic, the earliest day first; all, or those that were recorded since then."""
    counted = select(Enquiry.taken_on, Enquiry.topic, func.count()).where(Enquiry.incident_id == incident.id)
    if recorded_after is not None:
        counted = counted.where(Enquiry.recorded_at > recorded_after)
    days: dict[date, dict[str, int]] = {}
    for day, topic, count in work.session.execute(
        counted.group_by(Enquiry.taken_on, Enquiry.topic).order_by(Enquiry.taken_on)
    ):
        days.setdefault(day, {})[topic] = count
    return [Day(day, topics) for day, topics in days.items()]


def checks_of(work: Work, incident: Incident) -> Checks:
    """Count the identity checks of a case: many that fail are somebody who tries."""
    counted = select(func.count(), func.count(IdentityCheck.individual_id)).where(
        IdentityCheck.incident_id == incident.id
    )
    made, passed = work.session.execute(counted).one()
    return Checks(made, made - passed)


def _may_be_told(work: Work, incident: Incident, check: IdentityCheck | None) -> bool:
    found = recognised(work, incident, check) if check is not None else None
    return found is not None and found.particulars is not None
