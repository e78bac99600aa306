"""Calls to the client: "I phoned them" (Article 16(1))."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.parties import CLIENT_OFFICER, people_in
from incident_app.domain.report import CHANNELS
from incident_app.services.finding import find_incident
from incident_app.services.reporting import record_call
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed
from incident_app.web.pages import said

bp = Blueprint("calls", __name__, url_prefix="/incidents/<number>/calls")


@bp.get("/new")
def new(number: str) -> str:
    """The form for one call."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        officers = people_in(work.session, incident.contract_id, CLIENT_OFFICER, work.now)
        return render_template(
            "calls/new.html",
            incident=incident,
            officer=officers[0].name if officers else "",
            channels=[(channel, said(words.SPOKEN_CHANNELS[channel])) for channel in CHANNELS],
        )


@bp.post("")
@again(new)
def create(number: str) -> Response:
    """Record one call."""
    form = Form(request.form)
    with work_at_desk() as work:
        record_call(
            work,
            find_incident(work, number),
            called_at=needed("called_at", form.moment("called_at")),
            channel=form.text("channel"),
            ours=form.text("ours"),
            theirs=form.text("theirs"),
            note=form.text("note"),
        )
        return land(work, url_for("incidents.show", number=number))
