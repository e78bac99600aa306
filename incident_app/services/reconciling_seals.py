"""The books of what is sealed: every row opens and is found by its marks; after the destruction nothing is left."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import func, select

from incident_app.domain.errors import Refused
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, master_key_of
from incident_app.domain.individual import (
    AffectedList,
    Individual,
    IndividualMark,
    on_record,
    open_particulars,
)
from incident_app.domain.sealing import Seal, SealBroken
from incident_app.domain.work import Work
from incident_app.services.registering import marks_of

SAMPLE = 200
_AT_ONCE = 2_000


def check_seals(
    work: Work, incident: Incident, folder: Path, *, everything: bool
) -> Iterator[tuple[str, str]]:
    """Check what lies sealed of a case; yields the broken rule and the row's number."""
    kept = work.session.get(IncidentKey, incident.id)
    if kept is not None and kept.wrapped is None:
        yield from _left_over(work, incident, folder)
        return
    seal = _opened(work, kept)
    chosen = select(Individual.id).where(on_record(incident.id)).order_by(Individual.id)
    ids = list(work.session.scalars(chosen))
    step = 1 if everything else max(1, len(ids) // SAMPLE)
    looked_at = ids[::step]
    for start in range(0, len(looked_at), _AT_ONCE):
        yield from _rows(work, incident, seal, looked_at[start : start + _AT_ONCE])
    strangers = (
        select(IndividualMark.individual_id)
        .where(
            IndividualMark.incident_id == incident.id,
            IndividualMark.individual_id.not_in(select(Individual.id).where(on_record(incident.id))),
        )
        .distinct()
    )
    for row in work.session.scalars(strangers.order_by(IndividualMark.individual_id)):
        yield "mark_of_nobody", str(row)


def files_of(folder: Path, incident_id: int) -> list[Path]:
    """Return every sealed file of a case, of whatever kind: lists, print runs."""
    return sorted(path for path in folder.glob(f"*/{incident_id}/**/*") if path.is_file())


def _opened(work: Work, kept: IncidentKey | None) -> Seal | None:
    """Return the case's seal; None when its key is missing or another master key wrapped it."""
    if kept is None or kept.wrapped is None:
        return None
    try:
        return master_key_of(work.session).unwrap(kept.wrapped)
    except SealBroken:
        return None


def _rows(work: Work, incident: Incident, seal: Seal | None, ids: Sequence[int]) -> Iterator[tuple[str, str]]:
    marks: dict[bytes, int] = {}
    wanted: set[tuple[bytes, int]] = set()
    found = select(Individual.id, Individual.sealed).where(Individual.id.in_(ids)).order_by(Individual.id)
    for row_id, sealed in work.session.execute(found):
        try:
            if seal is None:
                raise SealBroken
            particulars = open_particulars(seal, incident.id, row_id, sealed)
        except (Refused, ValueError):
            yield "seal_broken", str(row_id)
            continue
        for mark in marks_of(seal, particulars):
            marks[mark] = row_id
            wanted.add((mark, row_id))
    stored = select(IndividualMark.mark, IndividualMark.individual_id).where(
        IndividualMark.incident_id == incident.id, IndividualMark.mark.in_(marks)
    )
    stands = {(mark, row_id) for mark, row_id in work.session.execute(stored)}
    for row_id in sorted({row_id for _, row_id in wanted - stands}):
        yield "mark_missing", str(row_id)


def _left_over(work: Work, incident: Incident, folder: Path) -> Iterator[tuple[str, str]]:
    lists = select(AffectedList.id).where(AffectedList.incident_id == incident.id)
    full = select(Individual.id).where(Individual.list_id.in_(lists), func.length(Individual.sealed) > 0)
    marked = select(IndividualMark.individual_id).where(IndividualMark.incident_id == incident.id).distinct()
    for row in sorted({*work.session.scalars(full), *work.session.scalars(marked)}):
        yield "left_in_row", str(row)
    for name in sorted({path.relative_to(folder).parts[0] for path in files_of(folder, incident.id)}):
        yield "left_in_folder", name
