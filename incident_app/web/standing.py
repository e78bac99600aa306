"""Where a case stands, in words: what is due when, and what waits for whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.ladder import depth
from incident_app.domain.parties import Person
from incident_app.domain.work import Work
from incident_app.engine.library import workflow_of
from incident_app.services.call_tree import people_down_to
from incident_app.services.watching import last_beat, watch_is_silent
from incident_app.web.pages import moment, said


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline with its name in words and the page that explains it."""

    deadline: Deadline
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that one side owes the other an answer to."""

    by_client: bool
    """True: 甲 is waited for; False: 乙."""
    what: str
    since: datetime
    url: str
    deadline: Deadline | None = None
    """By when the answer is due, where the workflow sets a date."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """How often a deadline was brought up, and who hears of it next."""

    told: int
    last: datetime | None
    next_at: datetime | None
    people: list[Person]


def dues_of(incident: Incident) -> list[Due]:
    """Return the deadlines that count, met ones too, the earliest first; a case that has ended owes nothing more."""
    ended = has_ended(incident)
    counting = [d for d in incident.deadlines if d.dropped_at is None and not (ended and d.is_open)]
    counting.sort(key=lambda deadline: (deadline.due_at, deadline.id))
    return [due_of(incident, deadline) for deadline in counting]


def due_of(incident: Incident, deadline: Deadline) -> Due:
    """Return one deadline as pages show it."""
    url = url_for("deadlines.show", number=incident.number, deadline_id=deadline.id)
    return Due(deadline, said((deadline.label["ja"], deadline.label["en"])), url)


def next_due(incident: Incident) -> Due | None:
    """Return what has to be done first."""
    return next((due for due in dues_of(incident) if due.deadline.is_open), None)


def has_ended(incident: Incident) -> bool:
    """Closed, or ended as no incident."""
    return incident.track("closure").state in workflow_of(incident).tracks["closure"].settled


def waits_of(incident: Incident) -> list[Wait]:
    """Return what waits for whom, the longest wait first; nothing in a case that has ended."""
    if has_ended(incident):
        return []
    found = [*_for_the_first_word(incident), *_for_words_on_texts(incident), *_for_work(incident)]
    return sorted(found, key=lambda wait: wait.since)


def reminding_of(work: Work, incident: Incident, deadline: Deadline) -> Reminding:
    """Return what the watch has done about a deadline and will do; nobody comes next once it is met or dropped."""
    told = [r.told_at for r in deadline.reminders if r.told_at and r.told_with_id is None]
    people: list[Person] = []
    if deadline.next_fire:
        reach = depth(deadline.ladder, deadline.due_at, deadline.next_fire)
        people = people_down_to(work.session, incident.contract_id, deadline.party, reach, work.now)
    return Reminding(len(told), max(told, default=None), deadline.next_fire, people)


def silence_of_watch(work: Work) -> str:
    """Say since when nobody watches the deadlines; empty while the watch is awake."""
    if not watch_is_silent(work):
        return ""
    beat = last_beat(work.session)
    if beat is None:
        return str(gettext("Nobody watches the deadlines: the watch has never run. No reminders go out."))
    return str(
        gettext(
            "The watch over the deadlines stands still since %(when)s. No reminders go out.",
            when=moment(beat),
        )
    )


def _for_the_first_word(incident: Incident) -> Iterator[Wait]:
    if incident.track("instruction").state == "awaited" and incident.reports:
        yield Wait(
            True,
            gettext("an instruction"),
            incident.reports[0].sent_at,
            _here(incident, "instructions"),
            _answer_due(incident, "instruction_answer"),
        )
    for report in incident.reports:
        if report.received_at is None:
            yield Wait(
                True,
                gettext("the receipt of report %(n)s", n=report.version),
                report.sent_at,
                _here(incident, "reports"),
                _answer_due(incident, "report_receipt", report.version),
            )
    for instruction in incident.instructions:
        if instruction.awaits_confirmation and instruction.withdrawn_at is None:
            yield Wait(
                True,
                gettext(
                    "the confirmation of instruction %(n)s, which was written down", n=instruction.number
                ),
                instruction.issued_at,
                url_for("instructions.show", number=incident.number, instruction_number=instruction.number),
            )
    closure = incident.track("closure")
    if closure.state == "no_incident_claimed":
        yield Wait(
            True,
            gettext("its word on whether this is an incident"),
            closure.changed_at,
            _here(incident, "closure"),
        )


def _for_words_on_texts(incident: Incident) -> Iterator[Wait]:
    for notice in incident.notices:
        url = url_for("notices.show", number=incident.number, notice_number=notice.number)
        if notice.submitted_at and not notice.text_approved_at:
            what = gettext("the approval of text %(n)s", n=notice.number)
            due = _answer_due(incident, "text_answer", notice.number)
            yield Wait(True, what, notice.submitted_at, url, due)
        elif notice.text_approved_at and not notice.approved_at:
            what = gettext("the approval of text %(n)s for delivery", n=notice.number)
            yield Wait(False, what, notice.text_approved_at, url)
    for consultation in incident.consultations:
        if consultation.answered_at is None:
            url = url_for(
                "consultations.show", number=incident.number, consultation_number=consultation.number
            )
            what = gettext("an answer to consultation %(n)s", n=consultation.number)
            due = _answer_due(incident, "consultation_answer", consultation.number)
            yield Wait(True, what, consultation.proposed_at, url, due)


def _for_work(incident: Incident) -> Iterator[Wait]:
    """What has a date of its own stands among the deadlines; an item of an earlier time may have none."""
    dated = {deadline.item_id for deadline in incident.deadlines}
    for item in incident.items_in_force:
        if item.fulfilled_at is None and item.id not in dated:
            what = _item_words(item.instruction.number, item.number)
            yield Wait(False, what, item.instruction.issued_at, _here(incident, "instructions"))


def _answer_due(incident: Incident, name: str, subject: int | None = None) -> Deadline | None:
    answers = (d for d in incident.deadlines if d.name == name and d.subject == subject and d.is_open)
    return next(answers, None)


def _item_words(instruction: int, item: int) -> str:
    return str(gettext("Instruction %(n)s, item %(item)s", n=instruction, item=item))


def _here(incident: Incident, part: str) -> str:
    return url_for("incidents.show", number=incident.number, _anchor=part)
