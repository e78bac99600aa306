"""Reports to the client (Article 16(1)) and their receipt."""

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import FACTS
from incident_app.domain.report import FINAL, FIRST, FOLLOW_UP, REPORT_KINDS
from incident_app.notices.catalogue import catalogue
from incident_app.services.finding import find_incident, find_report
from incident_app.services.reporting import (
    changes_since_last,
    preview_report,
    receive_report,
    send_final_report,
    send_first_report,
    send_follow_up,
)
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.documents import as_issued
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("reports", __name__, url_prefix="/incidents/<number>/reports")


@bp.get("/new")
def new(number: str) -> str:
    """What the report will say, and the few things that only its sender can add."""
    kind = request.values.get("kind", FIRST)
    if kind not in REPORT_KINDS:
        raise NotFound
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            "reports/new.html",
            incident=incident,
            kind=kind,
            form_of=catalogue()[kind],
            facts=FACTS,
            changes=changes_since_last(work, incident, ""),
            seen=incident.track("report").version,
        )


@bp.get("/preview")
def preview(number: str) -> Response:
    """The report as it would be issued now."""
    kind = request.args.get("kind", FIRST)
    if kind not in REPORT_KINDS:
        raise NotFound
    with look_at_desk() as work:
        page = preview_report(work, find_incident(work, number), kind)
    return as_issued(make_response(page))


@bp.post("")
@again(new)
def create(number: str) -> Response:
    """Send a report."""
    form = Form(request.form)
    kind, request_to_client = form.text("kind"), form.text("request")
    next_report, seen = form.moment("next_report"), form.seen()
    with work_at_desk() as work:
        incident = find_incident(work, number)
        if kind == FIRST:
            send_first_report(work, incident, request=request_to_client, next_report=next_report, seen=seen)
        elif kind == FOLLOW_UP:
            send_follow_up(
                work,
                incident,
                reason=form.text("reason"),
                request=request_to_client,
                next_report=next_report,
                seen=seen,
            )
        elif kind == FINAL:
            send_final_report(work, incident, reason=form.text("reason"), seen=seen)
        else:
            raise BadInput("kind", "報告の種類を選んでください。", "Choose a kind of report.")
        return land(work, url_for("incidents.show", number=number) + "#reports")


@bp.post("/<int:version>/receipt")
def receive(number: str, version: int) -> Response:
    """甲 acknowledges a version; its time of knowledge is fixed by this at the latest."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        receive_report(work, incident, find_report(incident, version))
        return land(work, url_for("incidents.show", number=number) + "#reports")
