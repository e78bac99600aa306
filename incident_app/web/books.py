"""Do the books add up? Persons, deliveries, print runs and seals of one case, held against each other."""

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from incident_app.services.finding import find_incident
from incident_app.services.progress import count_individuals
from incident_app.services.reconciling import last_check, note_result, reconcile
from incident_app.web.desk import desk, land, look_at_desk, work_at_desk

bp = Blueprint("books", __name__, url_prefix="/incidents/<number>/books")


@bp.get("")
def show(number: str) -> str:
    """What a quick look finds now, and what the last full check found."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            "books/show.html",
            incident=incident,
            individuals=count_individuals(work, incident),
            findings=reconcile(work, incident, desk().settings.sealed_folder, everything=False),
            last=last_check(work, incident),
        )


@bp.post("")
def check(number: str) -> Response:
    """Check everything now, as is done every night; a changed result goes on record."""
    folder = desk().settings.sealed_folder
    with look_at_desk() as work:
        findings = reconcile(work, find_incident(work, number), folder)
    with work_at_desk() as work:
        note_result(work, find_incident(work, number), findings)
        return land(work, url_for("books.show", number=number, checked=len(findings)))
