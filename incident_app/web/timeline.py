"""The sealed record of a case (経過記録), and corrections to it."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput
from incident_app.domain.timeline import entries_of, verify
from incident_app.engine.library import workflow_of
from incident_app.engine.machine import possible_steps
from incident_app.services.describing import correct_record
from incident_app.services.finding import find_incident
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("timeline", __name__, url_prefix="/incidents/<number>/timeline")


@bp.get("")
def show(number: str) -> str:
    """Every entry, or those of one kind, with the verdict on the whole chain."""
    chosen = request.args.get("event", "")
    with look_at_desk() as work:
        incident = find_incident(work, number)
        entries = entries_of(work.session, incident.id)
        corrected = {entry.facts["corrects"]: entry for entry in entries if entry.event == "correct_record"}
        return render_template(
            "timeline/show.html",
            incident=incident,
            workflow=workflow_of(incident),
            entries=[entry for entry in entries if chosen in ("", entry.event)],
            events=sorted({entry.event for entry in entries}),
            chosen=chosen,
            corrected=corrected,
            flaws=verify(work.session, incident),
            newest=entries[-1] if entries else None,
            may_correct=any(c.step.name == "correct_record" for c in possible_steps(work, incident)),
            words=words,
        )


@bp.get("/correction")
def correct_new(number: str) -> str:
    """The form that puts an entry right."""
    position = request.values.get("position", "")
    with look_at_desk() as work:
        incident = find_incident(work, number)
        entry = next((e for e in entries_of(work.session, incident.id) if str(e.position) == position), None)
        return render_template(
            "timeline/correct.html", incident=incident, entry=entry, workflow=workflow_of(incident)
        )


@bp.post("/correction")
@again(correct_new)
def correct(number: str) -> Response:
    """Put an entry right by a new one that names it."""
    form = Form(request.form)
    position = form.number("position")
    if position is None:
        raise BadInput(
            "position", "訂正する記録の番号を入力してください。", "Which entry is to be corrected?"
        )
    with work_at_desk() as work:
        correct_record(work, find_incident(work, number), position, form.text("text"))
        return land(work, url_for("timeline.show", number=number))
