"""One deadline: what is due, on which article it rests, how it was counted, who moved it, who was reminded."""

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from incident_app.domain.deadline import Deadline, Reminder
from incident_app.domain.incident import Incident
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.parties import Person
from incident_app.domain.timeline import TimelineEntry
from incident_app.domain.work import Work
from incident_app.engine.library import workflow_of
from incident_app.notices.japanese import both_calendars
from incident_app.services.finding import find_incident
from incident_app.services.moving import find_deadline, may_move, move_deadline, only_earlier
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form
from incident_app.web.standing import due_of, reminding_of

bp = Blueprint("deadlines", __name__, url_prefix="/incidents/<number>/deadlines/<int:deadline_id>")


@bp.get("")
def show(number: str, deadline_id: int) -> str:
    """Everything about one deadline, and the form that moves it for those who may."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        deadline = find_deadline(incident, deadline_id)
        return render_template(
            "deadlines/show.html",
            incident=incident,
            due=due_of(incident, deadline),
            in_both_calendars=both_calendars(deadline.due_on or deadline.due_at),
            started_by=_entry(work, incident, deadline),
            workflow=workflow_of(incident),
            mails=_mails(work, deadline),
            reminding=reminding_of(work, incident, deadline),
            may_move=may_move(work, incident, deadline),
            only_earlier=only_earlier(work, incident, deadline),
            words=words,
        )


@bp.post("/moves")
@again(show)
def move(number: str, deadline_id: int) -> Response:
    """Move the deadline, with a reason."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        move_deadline(
            work,
            incident,
            find_deadline(incident, deadline_id),
            to_day=form.day("due_on"),
            to_instant=form.moment("due_at"),
            reason=form.text("reason"),
        )
        return land(work, url_for("deadlines.show", number=number, deadline_id=deadline_id))


def _entry(work: Work, incident: Incident, deadline: Deadline) -> TimelineEntry | None:
    chosen = select(TimelineEntry).where(
        TimelineEntry.incident_id == incident.id, TimelineEntry.position == deadline.anchor
    )
    return work.session.scalars(chosen).first()


def _mails(work: Work, deadline: Deadline) -> dict[int | None, list[tuple[CaseMail, Person | None]]]:
    """Return the mails of each reminder, with the person for whom they were meant."""
    sent = (
        select(CaseMail, Person)
        .join(Reminder, CaseMail.reminder_id == Reminder.id)
        .outerjoin(Person, CaseMail.person_id == Person.id)
        .where(Reminder.deadline_id == deadline.id)
        .order_by(CaseMail.id)
    )
    found: dict[int | None, list[tuple[CaseMail, Person | None]]] = {}
    for mail, person in work.session.execute(sent):
        found.setdefault(mail.reminder_id, []).append((mail, person))
    return found
