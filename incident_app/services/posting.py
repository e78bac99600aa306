"""What happened to letters on paper: into the post, back again, printed once more."""

from pathlib import Path

from sqlalchemy import func, select, update

from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import Individual
from incident_app.domain.notice import POSTED, PRINTED, RETURNED, Delivery, Notice, PrintRun
from incident_app.domain.reference import read_code
from incident_app.domain.sealed_file import read_sealed
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.services.importing import refuse_outsiders
from incident_app.services.printing import file_of_run, place_of_run

RETURN_REASONS = ("unknown_address", "incomplete_address", "moved", "refused", "retention_expired", "other")
"""What the tag on a returned letter says (Japan Post's own list of reasons)."""


def letters_of_run(work: Work, incident: Incident, run: PrintRun, folder: Path) -> bytes:
    """Return the letters of a print run for the printer; full of names, so for the contractor's people alone."""
    refuse_outsiders(work, incident)
    seal = seal_of(work.session, incident.id)
    return read_sealed(file_of_run(folder, incident.id, run), seal, place_of_run(run))


def manifest_of_run(work: Work, incident: Incident, run: PrintRun) -> str:
    """Return the list of a run's letters by number (CSV), for those who insert them and count.

    It names nobody, but whoever holds a letter's number can ask at the desk: so for the contractor's people alone.
    """
    refuse_outsiders(work, incident)
    if run.printed_at is None:
        raise NotFound
    return f"sequence,reference,pages,sha256\r\n{run.manifest}"


def record_posting(work: Work, incident: Incident, notice: Notice, run: PrintRun) -> int:
    """The letters of a print run went into the post; returns how many."""
    if run.printed_at is None:
        raise BadInput("run", "この印刷分はまだ印刷されていません。", "This run is not printed yet.")
    if run.posted_at is not None:
        raise BadInput("run", "この印刷分はすでに投函済みです。", "This run was already posted.")
    printed = (Delivery.print_run_id == run.id, Delivery.state == PRINTED)
    letters = work.session.scalar(select(func.count()).where(*printed)) or 0
    take(
        work,
        incident,
        "record_posting",
        item=notice.item,
        number=notice.number,
        run=run.number,
        letters=letters,
        sha256=run.pdf_sha256,
    )
    run.posted_at = work.now
    work.session.execute(update(Delivery).where(*printed).values(state=POSTED, changed_at=work.now))
    return letters


def record_return(work: Work, incident: Incident, code: str, why: str) -> Delivery:
    """A letter came back: find it by its printed number and say why."""
    if why not in RETURN_REASONS:
        raise BadInput("why", "返戻の理由を選んでください。", "Choose why it came back.")
    number = read_code(code)
    if number is None:
        raise BadInput(
            "code",
            "整理番号が読み違えられています。もう一度確かめてください。",
            "This is not one of our numbers; a sign was misread. Look again.",
        )
    found = select(Delivery).join(Individual, Delivery.individual_id == Individual.id)
    delivery = work.session.scalars(
        found.where(Delivery.incident_id == incident.id, Individual.code == number, Delivery.state == POSTED)
    ).first()
    if delivery is None:
        raise BadInput(
            "code", "この整理番号の投函済み通知書はありません。", "No posted letter has this number."
        )
    take(work, incident, "record_return", delivery=delivery.id, why=why)
    delivery.state = RETURNED
    delivery.reply = why
    delivery.changed_at = work.now
    return delivery
