"""The end of a case, its reopening, and the case that was none."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.services.closing import (
    acknowledge_no_incident,
    claim_no_incident,
    close_incident,
    reject_no_incident,
    reopen_incident,
)
from incident_app.services.finding import find_incident
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("closure", __name__, url_prefix="/incidents/<number>/closure")


@bp.post("")
def close(number: str) -> Response:
    """甲 states that every duty is settled."""
    form = Form(request.form)
    with work_at_desk() as work:
        close_incident(work, find_incident(work, number), seen=form.seen())
        return land(work, _case(number))


@bp.get("/no-incident")
def claim_form(number: str) -> str:
    """The form in which 乙 says why this is no incident."""
    return _page("closure/claim.html", number)


@bp.post("/no-incident")
@again(claim_form)
def claim(number: str) -> Response:
    """乙 says that this is no incident."""
    form = Form(request.form)
    with work_at_desk() as work:
        claim_no_incident(work, find_incident(work, number), form.text("reason"), seen=form.seen())
        return land(work, _case(number))


@bp.post("/no-incident/acknowledgement")
def acknowledge(number: str) -> Response:
    """甲 agrees."""
    form = Form(request.form)
    with work_at_desk() as work:
        acknowledge_no_incident(work, find_incident(work, number), seen=form.seen())
        return land(work, _case(number))


@bp.get("/no-incident/rejection")
def reject_form(number: str) -> str:
    """The form in which 甲 says why it does not agree."""
    return _page("closure/reject.html", number)


@bp.post("/no-incident/rejection")
@again(reject_form)
def reject(number: str) -> Response:
    """甲 does not agree."""
    form = Form(request.form)
    with work_at_desk() as work:
        reject_no_incident(work, find_incident(work, number), form.text("reason"), seen=form.seen())
        return land(work, _case(number))


@bp.get("/reopening")
def reopen_form(number: str) -> str:
    """The form that asks what came to light."""
    return _page("closure/reopen.html", number)


@bp.post("/reopening")
@again(reopen_form)
def reopen(number: str) -> Response:
    """The case goes on."""
    form = Form(request.form)
    with work_at_desk() as work:
        reopen_incident(work, find_incident(work, number), form.text("reason"), seen=form.seen())
        return land(work, _case(number))


def _page(template: str, number: str) -> str:
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(template, incident=incident, seen=incident.track("closure").version)


def _case(number: str) -> str:
    return url_for("incidents.show", number=number)
