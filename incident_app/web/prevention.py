"""再発防止策 (Article 16(3))."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.services.finding import find_incident
from incident_app.services.publishing import complete_prevention, record_prevention
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("prevention", __name__, url_prefix="/incidents/<number>/prevention")


@bp.get("/new")
def new(number: str) -> str:
    """The form for one measure."""
    with look_at_desk() as work:
        return render_template("prevention/new.html", incident=find_incident(work, number))


@bp.post("")
@again(new)
def create(number: str) -> Response:
    """Record one measure."""
    form = Form(request.form)
    with work_at_desk() as work:
        record_prevention(
            work,
            find_incident(work, number),
            form.text("text"),
            responsible=form.text("responsible"),
            due_on=form.day("due_on"),
        )
        return land(work, url_for("incidents.show", number=number))


@bp.post("/<int:measure_id>/completion")
def complete(number: str, measure_id: int) -> Response:
    """A measure is in place."""
    with work_at_desk() as work:
        complete_prevention(work, find_incident(work, number), measure_id)
        return land(work, url_for("incidents.show", number=number))
