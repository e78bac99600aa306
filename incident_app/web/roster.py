"""The list of affected individuals (対象者名簿): looked at before it is imported."""

from collections import Counter

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.incident import Incident
from incident_app.domain.individual import LETTER_HOLDS
from incident_app.domain.parties import day_in_japan
from incident_app.domain.work import Work
from incident_app.roster.persons import Gathering, gather_persons
from incident_app.roster.reading import Roster, read_roster
from incident_app.roster.reasons import REASONS
from incident_app.services.finding import find_incident
from incident_app.services.importing import count_known, import_roll, refuse_import
from incident_app.services.progress import count_individuals
from incident_app.services.uploading import discard_old_uploads, discard_upload, keep_upload, waiting_upload
from incident_app.web import masking, words
from incident_app.web.desk import desk, land, look_at_desk, work_at_desk
from incident_app.web.errors import again

MOST_LINES = 100
FIRST_PERSONS = 5

bp = Blueprint("roster", __name__, url_prefix="/incidents/<number>/roster")


@bp.get("/new")
def new(number: str) -> str:
    """The form that takes a file."""
    discard_old_uploads(desk().settings.data, desk().clock())
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            "roster/new.html", incident=incident, present=count_individuals(work, incident)
        )


@bp.post("")
@again(new)
def preview(number: str) -> Response:
    """Read a file and keep it until somebody has looked at what was read; nothing is imported yet."""
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        read_roster(data)
        sha256 = keep_upload(desk().settings.data, incident, data)
    return redirect(url_for("roster.show", number=number, sha256=sha256), 303)


@bp.get("/<sha256>")
def show(number: str, sha256: str) -> str:
    """What was read: columns, counts, what is held or rejected and why, the first persons masked."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        listed, gathering = _read(work, incident, sha256)
        rejected = [report for report in gathering.reports if report.verdict == "rejected"]
        return render_template(
            "roster/show.html",
            incident=incident,
            sha256=sha256,
            listed=listed,
            gathering=gathering,
            known=count_known(work, incident, gathering.persons),
            held=_held(gathering),
            stopped=sum(bool(not person.holds.isdisjoint(LETTER_HOLDS)) for person in gathering.persons),
            rejected=rejected[:MOST_LINES],
            more_rejected=len(rejected[MOST_LINES:]),
            first=gathering.persons[:FIRST_PERSONS],
            reasons=REASONS,
            words=words,
            masking=masking,
        )


@bp.post("/<sha256>/import")
@again(show)
def create(number: str, sha256: str) -> Response:
    """Import the list that was looked at; then the file is deleted."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        import_roll(work, incident, _read(work, incident, sha256)[1], sha256)
        answer = land(work, url_for("incidents.show", number=number))
    # Only now: had the import failed, the file would still be there to try again.
    discard_upload(desk().settings.data, incident, sha256)
    return answer


@bp.post("/<sha256>/discard")
def discard(number: str, sha256: str) -> Response:
    """Throw the file away instead."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        discard_upload(desk().settings.data, incident, sha256)
    return redirect(url_for("roster.new", number=number), 303)


def _read(work: Work, incident: Incident, sha256: str) -> tuple[Roster, Gathering]:
    listed = read_roster(waiting_upload(desk().settings.data, incident, sha256))
    return listed, gather_persons(listed, day_in_japan(work.now))


def _held(gathering: Gathering) -> dict[str, int]:
    """Return how many persons somebody must look at, by reason."""
    return dict(Counter(code for person in gathering.persons for code in sorted(person.holds)))
