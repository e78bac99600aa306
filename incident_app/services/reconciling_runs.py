"""The books of the print runs: manifest, ledger, timeline and the sealed file say the same."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from incident_app.domain.errors import Refused
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, seal_of
from incident_app.domain.individual import Individual
from incident_app.domain.instruction import LETTER
from incident_app.domain.notice import POSTED, PRINTED, RETURNED, STOPPED, Delivery, Notice, PrintRun
from incident_app.domain.sealed_file import SealedReader
from incident_app.domain.timeline import entries_of
from incident_app.domain.work import Work
from incident_app.services.printing import file_of_run, place_of_run

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Line:
    """One letter of a manifest."""

    sequence: int
    code: str
    pages: int


def check_runs(
    work: Work, incident: Incident, folder: Path, *, everything: bool
) -> Iterator[tuple[str, str]]:
    """Check every printed run of a case; yields the broken rule and the run, as text number and run number."""
    said = {
        (entry.facts["notice"], entry.facts["run"]): entry.facts
        for entry in entries_of(work.session, incident.id)
        if entry.event == "letters_printed"
    }
    runs = (
        select(PrintRun, Notice.number)
        .join(Notice, PrintRun.notice_id == Notice.id)
        .where(Notice.incident_id == incident.id, PrintRun.printed_at.is_not(None))
        .order_by(PrintRun.id)
    )
    for run, notice in work.session.execute(runs).all():
        row = f"{notice}-{run.number}"
        facts = said.pop((notice, run.number), None)
        if facts is None or (facts["letters"], facts["sha256"]) != (run.letters, run.pdf_sha256):
            yield "run_not_recorded", row
        for rule in _broken_in(work, run):
            yield rule, row
        if not _file_is_whole(work, incident, run, folder, read=everything):
            yield "run_file", row
    for notice, number in said:
        yield "run_not_recorded", f"{notice}-{number}"


def _broken_in(work: Work, run: PrintRun) -> Iterator[str]:
    lines = _lines_of(run.manifest)
    if len(lines) != run.letters or sum(line.pages for line in lines) != run.sheets:
        yield "run_count"
    ledger = work.session.execute(
        select(Delivery.sequence, Individual.code, Delivery.state)
        .outerjoin(Individual, Delivery.individual_id == Individual.id)
        .where(Delivery.print_run_id == run.id)
    ).all()
    if not _rises(work, run, lines, ledger):
        yield "run_sequence"
    listed = {(line.sequence, line.code) for line in lines}
    kept = {(row[0], row[1]) for row in ledger}
    printed = {(row[0], row[1]) for row in ledger if row[2] in (PRINTED, POSTED, RETURNED)}
    if not printed <= listed or _moved_on(work, run) < len(listed - kept):
        yield "run_letter"
    states = {row[2] for row in ledger}
    if states & ({PRINTED} if run.posted_at else {POSTED, RETURNED}):
        yield "run_posting"


def _lines_of(manifest: str) -> list[_Line]:
    """Read a manifest; a line that cannot be read counts as missing."""
    lines = []
    for text in manifest.splitlines():
        sequence, _, rest = text.partition(",")
        code, _, rest = rest.partition(",")
        pages = rest.partition(",")[0]
        if sequence.isdecimal() and pages.isdecimal():
            lines.append(_Line(int(sequence), code, int(pages)))
    return lines


def _rises(work: Work, run: PrintRun, lines: Sequence[_Line], ledger: Sequence[Any]) -> bool:
    """Return whether the numbers rise by one, but for those that were stopped before they were printed."""
    numbers = [line.sequence for line in lines]
    stands = Counter(row[0] for row in ledger)
    if len(set(numbers)) != len(numbers) or numbers != sorted(numbers) or max(stands.values(), default=0) > 1:
        return False
    stopped = {row[0] for row in ledger if row[2] == STOPPED}
    missing = set(range(1, max(numbers, default=0) + 1)) - set(numbers) - stopped
    return len(missing) <= _moved_on(work, run)


def _moved_on(work: Work, run: PrintRun) -> int:
    """Return how many letters of the notice were queued again since: they may have left a place in this run."""
    later = select(PrintRun.id).where(PrintRun.notice_id == run.notice_id, PrintRun.number > run.number)
    again = select(func.count()).where(
        Delivery.notice_id == run.notice_id,
        Delivery.channel == LETTER,
        Delivery.print_run_id.is_(None) | Delivery.print_run_id.in_(later),
    )
    return work.session.scalar(again) or 0


def _file_is_whole(work: Work, incident: Incident, run: PrintRun, folder: Path, *, read: bool) -> bool:
    """Return whether the sealed file is there and, when it is to be read, holds what its digest says."""
    kept = work.session.get(IncidentKey, incident.id)
    if kept is not None and kept.wrapped is None:
        return True  # destroyed with its key, and so it should be
    path = file_of_run(folder, incident.id, run)
    if not read:
        return path.is_file()
    digest = hashlib.sha256()
    try:
        with SealedReader(path, seal_of(work.session, incident.id), place_of_run(run)) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except (Refused, OSError):
        return False
    return digest.hexdigest() == run.pdf_sha256
