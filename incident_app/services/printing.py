"""Letters into print runs: planned in the order of postal codes, claimed by one worker, printed with no transaction
open, sealed on disk, and only then on record. A run is there whole or not at all.
"""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, func, select, update

from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import GAIJI, Individual, Particulars, open_particulars
from incident_app.domain.instruction import LETTER
from incident_app.domain.notice import PRINTED, QUEUED, STOPPED, Delivery, Notice, PrintRun
from incident_app.domain.reference import grouped
from incident_app.domain.sealed_file import write_sealed
from incident_app.domain.sealing import Seal
from incident_app.domain.timeline import lock_record, record
from incident_app.domain.work import Work
from incident_app.notices.press import Press
from incident_app.services.letters import case_sheet, personal_sheet
from incident_app.services.registering import raise_holds
from incident_app.services.sheet import Sheet

NO_GLYPH = "no_glyph"
LOST_AFTER = timedelta(minutes=15)
"""No run takes as long: the worker that claimed it is gone."""
_ID_BITS = 40
_NOT_PAUSED = select(Notice.id).where(Notice.paused_at.is_(None))


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One letter of a run. Shows no content (no repr)."""

    delivery_id: int
    individual_id: int
    sequence: int
    code: str
    particulars: Particulars


@dataclass(frozen=True, slots=True, repr=False)
class Job:
    """A claimed run and all that printing it takes."""

    run_id: int
    notice_id: int
    incident_id: int
    title: str
    sheet: Sheet
    letters: Sequence[Letter]
    seal: Seal


@dataclass(frozen=True, slots=True, repr=False)
class Printed:
    """What came off the press."""

    pdf: bytes
    manifest: str
    sheets: int
    letters: Sequence[Letter]
    unprintable: Sequence[Letter]
    """Their name or address holds a character that no face has: never printed as a box."""


def letters_to_plan(work: Work) -> tuple[int, Sequence[int]] | None:
    """Return the notice whose letters wait, and their deliveries in the order of postal codes; None when none wait."""
    waiting = (
        Delivery.channel == LETTER,
        Delivery.state == QUEUED,
        Delivery.print_run_id.is_(None),
        Delivery.notice_id.in_(_NOT_PAUSED),
    )
    notice_id = work.session.scalar(select(Delivery.notice_id).where(*waiting).order_by(Delivery.id).limit(1))
    if notice_id is None:
        return None
    incident_id = work.session.get_one(Notice, notice_id).incident_id
    seal = seal_of(work.session, incident_id)
    rows = (
        select(Delivery.id, Individual.id, Individual.sealed)
        .join(Individual, Delivery.individual_id == Individual.id)
        .where(*waiting, Delivery.notice_id == notice_id)
        .execution_options(yield_per=5_000)
    )
    # Code and row in one number of 64 bits: half a million of them are four megabytes.
    order = array(
        "Q",
        (
            sort_number(open_particulars(seal, incident_id, row_id, sealed)) << _ID_BITS | delivery_id
            for delivery_id, row_id, sealed in work.session.execute(rows)
        ),
    )
    return notice_id, [both & ((1 << _ID_BITS) - 1) for both in sorted(order)]


def plan_run(work: Work, notice_id: int, delivery_ids: Sequence[int]) -> PrintRun | None:
    """Put letters into the next run, in this order; None when somebody else has planned or stopped them all."""
    notice = work.session.get_one(Notice, notice_id)
    lock_record(work.session, work.session.get_one(Incident, notice.incident_id))
    still = select(Delivery.id).where(
        Delivery.id.in_(delivery_ids), Delivery.state == QUEUED, Delivery.print_run_id.is_(None)
    )
    waiting = set(work.session.scalars(still))
    if not waiting:
        return None
    last = select(func.max(PrintRun.number)).where(PrintRun.notice_id == notice_id)
    run = PrintRun(notice_id=notice_id, number=(work.session.scalar(last) or 0) + 1, planned_at=work.now)
    work.session.add(run)
    work.session.flush()
    ordered = [row_id for row_id in delivery_ids if row_id in waiting]
    work.session.execute(
        update(Delivery),
        [
            {"id": row_id, "print_run_id": run.id, "sequence": place}
            for place, row_id in enumerate(ordered, start=1)
        ],
    )
    return run


def claim_run(work: Work) -> Job | None:
    """Take up the next planned run; None when nothing waits. One that was claimed long ago is taken up again."""
    lost = work.now - LOST_AFTER
    free = (PrintRun.claimed_at.is_(None)) | (PrintRun.claimed_at < lost)
    next_one = (
        select(PrintRun)
        .where(PrintRun.printed_at.is_(None), PrintRun.void_at.is_(None), free)
        .where(PrintRun.notice_id.in_(_NOT_PAUSED))
        .order_by(PrintRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    run = work.session.scalars(next_one).first()
    if run is None:
        return None
    run.claimed_at = work.now
    notice = work.session.get_one(Notice, run.notice_id)
    incident = work.session.get_one(Incident, notice.incident_id)
    seal = seal_of(work.session, incident.id)
    return Job(
        run_id=run.id,
        notice_id=notice.id,
        incident_id=incident.id,
        title=title_of_run(incident, notice, run),
        sheet=case_sheet(work, incident, notice),
        letters=letters_of(work, run, incident.id, seal, Delivery.state == QUEUED),
        seal=seal,
    )


def print_job(job: Job, press: Press) -> Printed:
    """Print; takes its time, and no transaction."""
    sheets = [
        personal_sheet(letter.particulars, grouped(letter.code), job.sheet)
        | {"sequence": f"{letter.sequence:06d}"}
        for letter in job.letters
    ]
    run = press.print_run(sheets, title=job.title)
    both = list(zip(job.letters, run.letters, strict=True))
    lines = [
        f"{letter.sequence},{letter.code},{made.pages},{made.sha256}\r\n"
        for letter, made in both
        if made is not None
    ]
    return Printed(
        run.pdf,
        "".join(lines),
        sum(made.pages for made in run.letters if made is not None),
        [letter for letter, made in both if made is not None],
        [letter for letter, made in both if made is None],
    )


def keep_run(work: Work, job: Job, printed: Printed, folder: Path) -> PrintRun | None:
    """Put a printed run on record; None when its instruction was withdrawn or another worker printed it meanwhile."""
    incident = work.session.get_one(Incident, job.incident_id)
    lock_record(work.session, incident)
    run = work.session.get_one(PrintRun, job.run_id, populate_existing=True)
    if run.printed_at is not None or run.void_at is not None:
        return None
    _hold_unprintable(work, printed.unprintable)
    still = select(func.count()).where(Delivery.print_run_id == run.id, Delivery.state == QUEUED)
    if work.session.scalar(still) != len(printed.letters):
        # Some were stopped while the press ran: what is still wanted is printed again, without them.
        run.claimed_at = None
        return None
    if not printed.letters:
        run.void_at = work.now
        return None
    run.letters = len(printed.letters)
    run.sheets = printed.sheets
    run.pdf_sha256 = hashlib.sha256(printed.pdf).hexdigest()
    run.manifest = printed.manifest
    run.printed_at = work.now
    write_sealed(file_of_run(folder, incident.id, run), job.seal, place_of_run(run), [printed.pdf])
    work.session.execute(
        update(Delivery)
        .where(Delivery.print_run_id == run.id, Delivery.state == QUEUED)
        .values(state=PRINTED, changed_at=work.now)
    )
    notice = work.session.get_one(Notice, job.notice_id)
    record(
        work,
        incident,
        "letters_printed",
        notice=notice.number,
        run=run.number,
        letters=run.letters,
        sha256=run.pdf_sha256,
    )
    return run


def title_of_run(incident: Incident, notice: Notice, run: PrintRun) -> str:
    """Return how a run is called, in its file and in the file's name."""
    return f"{incident.number}-N{notice.number}-{run.number}"


def file_of_run(folder: Path, incident_id: int, run: PrintRun) -> Path:
    """Return where a run lies: named by its digest, so that two workers never write over each other's."""
    return folder / "runs" / str(incident_id) / f"{run.id}-{run.pdf_sha256[:16]}"


def place_of_run(run: PrintRun) -> str:
    """Return what the seal of a run is bound to."""
    return f"print_run|{run.id}|{run.pdf_sha256}"


def sort_number(particulars: Particulars) -> int:
    """Return the postal code as a number of at most 24 bits; what has none comes last."""
    return int(particulars.postal_code.replace("-", "") or 9_999_999)


def letters_of(
    work: Work, run: PrintRun, incident_id: int, seal: Seal, which: ColumnElement[bool]
) -> list[Letter]:
    """Return those letters of a run that meet a condition, in their order."""
    rows = (
        select(Delivery.id, Delivery.sequence, Individual.id, Individual.code, Individual.sealed)
        .join(Individual, Delivery.individual_id == Individual.id)
        .where(Delivery.print_run_id == run.id, which)
        .order_by(Delivery.sequence)
    )
    return [
        Letter(delivery_id, row_id, sequence or 0, code, open_particulars(seal, incident_id, row_id, sealed))
        for delivery_id, sequence, row_id, code, sealed in work.session.execute(rows)
    ]


def _hold_unprintable(work: Work, letters: Sequence[Letter]) -> None:
    """Stop the letters that cannot be printed, and hold their individuals until somebody has looked."""
    if not letters:
        return
    stop = update(Delivery).where(
        Delivery.id.in_([letter.delivery_id for letter in letters]), Delivery.state == QUEUED
    )
    work.session.execute(stop.values(state=STOPPED, reply=NO_GLYPH, changed_at=work.now))
    raise_holds(work, [(letter.individual_id, GAIJI) for letter in letters])
