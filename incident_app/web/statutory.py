"""速報・確報・追完: a party's own drafts to the authority, as paper and as data, and that they were filed."""

from flask import Blueprint, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.statute import FINAL, PRELIMINARY, SUPPLEMENT
from incident_app.services.finding import find_incident, own_party
from incident_app.services.statutory_reports import (
    draft_statutory_report,
    filed_reports,
    find_statutory_report,
    own_reports,
    record_filing,
)
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.doors import doors_of
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed

bp = Blueprint("statutory", __name__, url_prefix="/incidents/<number>/statutory-reports")


@bp.get("")
def index(number: str) -> str:
    """The drafts of this person's party; the other party's are not shown."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        party = own_party(work, incident) or ""
        filed = filed_reports(incident, party)
        return render_template(
            "statutory/index.html",
            incident=incident,
            party=party,
            known_at=incident.known_by(party),
            reports=own_reports(work, incident)[::-1],
            running=[d for d in incident.deadlines if d.statutory and d.party == party and d.is_open],
            kinds=(PRELIMINARY, FINAL, SUPPLEMENT) if filed else (PRELIMINARY, FINAL),
            may=doors_of(work, incident).names,
        )


@bp.post("")
@again(index)
def create(number: str) -> Response:
    """Make the next draft from what the case says now."""
    form = Form(request.form)
    with work_at_desk() as work:
        draft_statutory_report(work, find_incident(work, number), form.text("kind"))
        return land(work, url_for("statutory.index", number=number))


@bp.get("/<int:version>.json")
def show_json(number: str, version: int) -> Response:
    """The nine items as data, as they stood when the draft was made."""
    with look_at_desk() as work:
        report = find_statutory_report(work, find_incident(work, number), version)
        answer = jsonify(report.said)
        name = f"{report.said['reference']}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.post("/filing")
@again(index)
def file(number: str) -> Response:
    """Record that a report went to the authority."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        report = find_statutory_report(work, incident, needed("version", form.number("version")))
        filed_at = needed("filed_at", form.moment("filed_at"))
        record_filing(work, incident, report, filed_at=filed_at, filed_as=form.text("filed_as"))
        return land(work, url_for("statutory.index", number=number))
