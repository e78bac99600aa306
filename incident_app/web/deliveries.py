"""What became of the notices: letters that came back, and the end of the duty.

The blueprint of `notices` begins here: this is its second half, about paper and mail instead of words.
"""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.services import pausing
from incident_app.services.finding import find_incident, find_notice
from incident_app.services.notifying import (
    conclude_notification,
    resume_notification,
    set_notification_aside,
)
from incident_app.services.posting import record_return
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("notices", __name__, url_prefix="/incidents/<number>/notices")


@bp.post("/<int:notice_number>/pause")
def pause(number: str, notice_number: int) -> Response:
    """Let nothing more go out for now."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        pausing.pause(work, incident, find_notice(incident, notice_number))
        return land(work, url_for("notices.show", number=number, notice_number=notice_number))


@bp.post("/<int:notice_number>/resumption")
def go_on(number: str, notice_number: int) -> Response:
    """Go on sending."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        pausing.resume(work, incident, find_notice(incident, notice_number))
        return land(work, url_for("notices.show", number=number, notice_number=notice_number))


@bp.get("/returns/new")
def return_form(number: str) -> str:
    """The form for one letter that came back."""
    with look_at_desk() as work:
        return render_template("notices/return.html", incident=find_incident(work, number), words=words)


@bp.post("/returns")
@again(return_form)
def return_letter(number: str) -> Response:
    """Record a letter that came back, and be ready for the next one."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        record_return(work, incident, form.text("code"), form.text("why"))
        return land(work, url_for("notices.return_form", number=number, recorded=1))


@bp.post("/conclusion")
def conclude(number: str) -> Response:
    """Everybody was told."""
    form = Form(request.form)
    with work_at_desk() as work:
        conclude_notification(work, find_incident(work, number), seen=form.seen())
        return land(work, url_for("incidents.show", number=number))


@bp.post("/set-aside")
def set_aside(number: str) -> Response:
    """Nobody is to be told."""
    form = Form(request.form)
    with work_at_desk() as work:
        set_notification_aside(work, find_incident(work, number), seen=form.seen())
        return land(work, url_for("incidents.show", number=number))


@bp.post("/resumption")
def resume(number: str) -> Response:
    """There is somebody to be told after all."""
    form = Form(request.form)
    with work_at_desk() as work:
        resume_notification(work, find_incident(work, number), seen=form.seen())
        return land(work, url_for("incidents.show", number=number))
