"""Containment measures (被害を最小限にする措置)."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.services.containing import declare_contained, record_measure, resume_containment
from incident_app.services.finding import find_incident
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("measures", __name__, url_prefix="/incidents/<number>")


@bp.get("/measures/new")
def new(number: str) -> str:
    """The form for one measure."""
    with look_at_desk() as work:
        return render_template("measures/new.html", incident=find_incident(work, number))


@bp.post("/measures")
@again(new)
def create(number: str) -> Response:
    """Record one measure."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        record_measure(
            work,
            incident,
            form.text("text"),
            taken_at=form.moment("taken_at"),
            taken_by=form.text("taken_by"),
        )
        return land(work, url_for("incidents.show", number=number))


@bp.post("/containment")
def contain(number: str) -> Response:
    """Declare the damage contained."""
    form = Form(request.form)
    with work_at_desk() as work:
        declare_contained(work, find_incident(work, number), seen=form.seen())
        return land(work, url_for("incidents.show", number=number))


@bp.post("/containment/resumption")
def resume(number: str) -> Response:
    """Take containment up again."""
    form = Form(request.form)
    with work_at_desk() as work:
        resume_containment(work, find_incident(work, number), seen=form.seen())
        return land(work, url_for("incidents.show", number=number))
