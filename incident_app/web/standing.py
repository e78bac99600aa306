"""Where a case stands, in words: what is due when, and what waits for whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.engine.library import workflow_of
from incident_app.web.pages import said


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline with its name in words."""

    deadline: Deadline
    label: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that one side owes the other an answer to."""

    by_client: bool
    """True: 甲 is waited for; False: 乙."""
    what: str
    since: datetime
    url: str


def dues_of(incident: Incident) -> list[Due]:
    """Return the deadlines that count, met ones too, the earliest first; a case that has ended owes nothing more."""
    ended = has_ended(incident)
    counting = [d for d in incident.deadlines if d.dropped_at is None and not (ended and d.is_open)]
    counting.sort(key=lambda deadline: (deadline.due_at, deadline.id))
    return [Due(deadline, _label(incident, deadline)) for deadline in counting]


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


def _for_the_first_word(incident: Incident) -> Iterator[Wait]:
    if incident.track("instruction").state == "awaited" and incident.reports:
        yield Wait(
            True, gettext("an instruction"), incident.reports[0].sent_at, _here(incident, "instructions")
        )
    for report in incident.reports:
        if report.received_at is None:
            yield Wait(
                True,
                gettext("the receipt of report %(n)s", n=report.version),
                report.sent_at,
                _here(incident, "reports"),
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
            yield Wait(True, gettext("the approval of text %(n)s", n=notice.number), notice.submitted_at, url)
        elif notice.text_approved_at and not notice.approved_at:
            what = gettext("the approval of text %(n)s for delivery", n=notice.number)
            yield Wait(False, what, notice.text_approved_at, url)
    for consultation in incident.consultations:
        if consultation.answered_at is None:
            url = url_for(
                "consultations.show", number=incident.number, consultation_number=consultation.number
            )
            what = gettext("an answer to consultation %(n)s", n=consultation.number)
            yield Wait(True, what, consultation.proposed_at, url)


def _for_work(incident: Incident) -> Iterator[Wait]:
    for item in incident.items_in_force:
        if item.fulfilled_at is None and item.due_at is None:
            what = _item_words(item.instruction.number, item.number)
            yield Wait(False, what, item.instruction.issued_at, _here(incident, "instructions"))


def _label(incident: Incident, deadline: Deadline) -> str:
    rule = workflow_of(incident).deadlines.get(deadline.name)
    if rule is not None:
        return said(rule.label)
    items = (item for instruction in incident.instructions for item in instruction.items)
    item = next(item for item in items if item.id == deadline.item_id)
    return _item_words(item.instruction.number, item.number)


def _item_words(instruction: int, item: int) -> str:
    return str(gettext("Instruction %(n)s, item %(item)s", n=instruction, item=item))


def _here(incident: Incident, part: str) -> str:
    return url_for("incidents.show", number=incident.number, _anchor=part)
