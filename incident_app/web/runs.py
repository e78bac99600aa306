"""What stands around the press: proofs and the test sheet before it; a run's letters, manifest and spoiled sheets after.

Letters are printed with no transaction open: looked up, printed, and only then put on record and handed out.
"""

from io import BytesIO

from flask import Blueprint, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from incident_app.domain.errors import NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.notice import Notice, PrintRun
from incident_app.domain.parties import CONTRACTOR
from incident_app.domain.work import Work
from incident_app.engine.machine import possible_steps
from incident_app.notices.envelope import read_envelope
from incident_app.notices.trial_sheet import trial_sheet
from incident_app.services.finding import find_incident, find_notice, find_print_run, own_party
from incident_app.services.posting import letters_of_run, manifest_of_run
from incident_app.services.posting import record_posting as record_letters_posted
from incident_app.services.printing import title_of_run
from incident_app.services.proofs import choose_proofs, print_proofs, record_proofs
from incident_app.services.reprinting import (
    plan_reprint,
    print_again,
    read_numbers,
    record_reprint,
    reprints_of,
)
from incident_app.web import words
from incident_app.web.desk import desk, land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("runs", __name__, url_prefix="/incidents/<number>/notices/<int:notice_number>")


@bp.get("/test-sheet.pdf")
def test_sheet(number: str, notice_number: int) -> Response:
    """The sheet that shows whether the address stands in the window."""
    with look_at_desk() as work:
        find_notice(find_incident(work, number), notice_number)
    return _pdf(trial_sheet(read_envelope(desk().settings.envelope)), "test-sheet")


@bp.post("/proofs")
def proofs(number: str, notice_number: int) -> Response:
    """Print a proof set, put it on record and hand it out."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        job = choose_proofs(work, incident, find_notice(incident, notice_number))
    made = print_proofs(job)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        record_proofs(work, incident, find_notice(incident, notice_number), made)
        land(work, url_for("notices.show", number=number, notice_number=notice_number))
    return _pdf(made.pdf, f"{number}-N{notice_number}-proofs")


@bp.get("/runs/<int:run_number>")
def show(number: str, notice_number: int, run_number: int) -> str:
    """One print run: its totals, its files, and the sheets that were printed again."""
    with look_at_desk() as work:
        incident, notice, run = _found(work, number, notice_number, run_number)
        if run.printed_at is None:
            raise NotFound
        return render_template(
            "runs/show.html",
            incident=incident,
            notice=notice,
            run=run,
            reprints=reprints_of(work, incident, notice, run),
            may={choice.step.name for choice in possible_steps(work, incident)},
            ours=own_party(work, incident) == CONTRACTOR,
            words=words,
        )


@bp.get("/runs/<int:run_number>.pdf")
def pdf(number: str, notice_number: int, run_number: int) -> Response:
    """The letters of one print run, for the printer."""
    with look_at_desk() as work:
        incident, notice, run = _found(work, number, notice_number, run_number)
        letters = letters_of_run(work, incident, run, desk().settings.sealed_folder)
        return _pdf(letters, title_of_run(incident, notice, run))


@bp.get("/runs/<int:run_number>.csv")
def manifest(number: str, notice_number: int, run_number: int) -> Response:
    """The manifest of one print run; its name says how many letters and pages there must be."""
    with look_at_desk() as work:
        incident, notice, run = _found(work, number, notice_number, run_number)
        lines = manifest_of_run(work, incident, run)
        name = f"{title_of_run(incident, notice, run)}_{run.letters}-letters_{run.sheets}-pages.csv"
    return send_file(BytesIO(lines.encode()), "text/csv", as_attachment=True, download_name=name)


@bp.post("/runs/<int:run_number>/posting")
def record_posting(number: str, notice_number: int, run_number: int) -> Response:
    """The letters of a print run went into the post."""
    with work_at_desk() as work:
        record_letters_posted(work, *_found(work, number, notice_number, run_number))
        return land(work, url_for("notices.show", number=number, notice_number=notice_number))


@bp.post("/runs/<int:run_number>/reprints")
@again(show)
def reprint(number: str, notice_number: int, run_number: int) -> Response:
    """Print spoiled sheets again, put that on record and hand them out once."""
    numbers = read_numbers(Form(request.form).text("numbers"))
    with look_at_desk() as work:
        incident, notice, run = _found(work, number, notice_number, run_number)
        job = plan_reprint(work, incident, notice, run, numbers)
        before = run.manifest
    made = print_again(job, before)
    with work_at_desk() as work:
        record_reprint(work, *_found(work, number, notice_number, run_number), made)
        page = url_for(
            "runs.show", number=number, notice_number=notice_number, run_number=run_number, handed_out=1
        )
        land(work, page)
    return _pdf(made.pdf, f"{job.title}-reprint")


def _found(work: Work, number: str, notice_number: int, run_number: int) -> tuple[Incident, Notice, PrintRun]:
    incident = find_incident(work, number)
    notice = find_notice(incident, notice_number)
    return incident, notice, find_print_run(work, notice, run_number)


def _pdf(content: bytes, name: str) -> Response:
    return send_file(BytesIO(content), "application/pdf", as_attachment=True, download_name=f"{name}.pdf")
