"""The list of affected individuals (対象者名簿) put on record, and who handles their personal data.

A large list is written in many transactions, and nobody sees any of it before the last one: until then its rows
are staged. What a crash leaves staged is deleted when somebody tries again.
"""

import gc
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, exists, select, update
from sqlalchemy.orm import InstrumentedAttribute

from incident_app.domain.errors import BadInput, NotPermitted, Overtaken
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import (
    REFERENCE,
    AffectedList,
    Hold,
    Individual,
    IndividualMark,
    Particulars,
    found_by,
    on_record,
    open_particulars,
    place_of,
)
from incident_app.domain.parties import CONTRACTOR_ROLES, day_in_japan, roles_on
from incident_app.domain.timeline import lock_record, record
from incident_app.domain.work import Work
from incident_app.services.listing import (
    LOST_AFTER,
    kept_list,
    note_findings,
    refuse_while_importing,
    unstage,
)
from incident_app.services.packing import Chunk, Plain
from incident_app.services.reading import chunks_of
from incident_app.services.registering import Register, raise_holds

Begin = Callable[[], AbstractContextManager[Work]]
"""Opens a unit of work of whoever imports."""
AT_ONCE = 10_000
_TOGETHER = 500


@dataclass(slots=True)
class _Staging:
    """What an import keeps in memory between its transactions: some tens of bytes for each person."""

    register: Register
    others: bool
    """Whether earlier lists are on record, in which somebody may stand already."""
    last_at: datetime
    """When it last wrote; where the list says something else, somebody took the import over."""
    rows: "array[int]" = field(default_factory=lambda: array("I"))
    """Person of the list → row number; for somebody who was on record before, that row's."""
    present: bytearray = field(default_factory=bytearray)
    """Person of the list → 1 for somebody who was on record before, else 0."""
    later: list[tuple[int, Plain]] = field(default_factory=list)
    """What is added to those, whom everybody sees, in the last transaction."""


def import_list(
    begin: Begin, list_id: int, folder: Path, told: Callable[[int], None] = lambda rows: None
) -> int:
    """Put the individuals of a list that was looked at on record, one row for each person; returns how many are new.

    `told` hears from time to time how many rows were read. Raises BadInput when somebody else is importing it,
    Overtaken when somebody took this import for lost and began anew.
    """
    with begin() as work:
        entry = _claim(work, list_id)
        seal = seal_of(work.session, entry.incident_id)
        others = bool(work.session.scalar(select(exists().where(on_record(entry.incident_id)))))
        staging = _Staging(Register(entry.incident_id, list_id, seal), others, work.now)
        kept, today = kept_list(work, entry, folder), day_in_japan(work.now)
    try:
        with closing(chunks_of(kept, today, AT_ONCE)) as chunks, _without_collection():
            for chunk in chunks:
                with begin() as work:
                    _go_on(work, staging)
                    _stage(work, staging, chunk)
                told(chunk.found.rows)
                gc.collect(0)  # the rings are those of the statements
        with begin() as work:
            _go_on(work, staging)
            _show(work, staging, chunk)
    except BaseException:
        with begin() as work:
            if _is_ours(work, staging, importing_at=None):
                unstage(work, list_id)
        raise
    return staging.present.count(0)


def refuse_import(work: Work, incident: Incident) -> None:
    """Raise NotPermitted for everybody but the contractor's people, BadInput when there is nobody to list."""
    refuse_outsiders(work, incident)
    if not incident.concerns_personal:
        raise BadInput("file", "個人情報を含まない事案です。", "No personal information is concerned.")


def refuse_outsiders(work: Work, incident: Incident) -> None:
    """Raise NotPermitted for everybody but the contractor's people."""
    if not CONTRACTOR_ROLES & roles_on(work.session, work.actor.person_id, incident.contract_id, work.now):
        raise NotPermitted(
            "対象者の個人情報を扱えるのは、この契約の業務責任者又は業務従事者です。",
            "Only a responsible person or worker of this contract handles the individuals' data.",
        )


@contextmanager
def _without_collection() -> Iterator[None]:
    """Millions of tuples come and go, none of them in a ring: looking for rings all the time takes a fifth of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _claim(work: Work, list_id: int) -> AffectedList:
    entry = work.session.get_one(AffectedList, list_id)
    incident = work.session.get_one(Incident, entry.incident_id)
    refuse_import(work, incident)
    lock_record(work.session, incident)
    work.session.refresh(entry)
    refuse_while_importing(work, entry)
    _refuse_beside_another(work, entry)
    unstage(work, list_id)
    entry.importing_at = work.now
    return entry


def _refuse_beside_another(work: Work, entry: AffectedList) -> None:
    """Two lists that are imported at once do not see each other's persons: whoever is in both would be there twice."""
    another = exists().where(
        AffectedList.incident_id == entry.incident_id,
        AffectedList.id != entry.id,
        AffectedList.imported_at.is_(None),
        AffectedList.importing_at >= work.now - LOST_AFTER,
    )
    if work.session.scalar(select(another)):
        raise BadInput(
            "file",
            "この事案の別の名簿を取込み中です。終わってからもう一度お試しください。",
            "Another list of this case is being imported. Try again when it is done.",
        )


def _go_on(work: Work, staging: _Staging) -> None:
    """Tell that the import goes on. Raises Overtaken when it may have been taken for lost."""
    if staging.last_at < work.now - LOST_AFTER or not _is_ours(work, staging, importing_at=work.now):
        raise Overtaken
    staging.last_at = work.now


def _is_ours(work: Work, staging: _Staging, importing_at: datetime | None) -> bool:
    """Note when the import last wrote, if it is still this one that the list waits for."""
    ours = update(AffectedList).where(
        AffectedList.id == staging.register.list_id, AffectedList.importing_at == staging.last_at
    )
    return work.session.scalar(ours.values(importing_at=importing_at).returning(AffectedList.id)) is not None


def _stage(work: Work, staging: _Staging, chunk: Chunk) -> None:
    known = _known(work, staging, chunk) if staging.others else {}
    people = [(known.get(says[0]), says) for says in chunk.first]
    fresh = iter(staging.register.put_plain(work, [says for row, says in people if row is None]))
    staging.rows.extend(next(fresh) if row is None else row for row, _ in people)
    staging.present.extend(row is not None for row, _ in people)
    later = [(row, says) for row, says in people if row is not None]
    later += [(staging.rows[at], says) for at, says in chunk.further if staging.present[at]]
    becomes, news = _changes(work, staging, later)
    changed = becomes.keys() | {row for row, _ in news}
    staging.later += [(row, says) for row, says in later if row in changed]
    now = [(staging.rows[at], says) for at, says in chunk.further if not staging.present[at]]
    _add_to_rows(work, staging, now)


def _show(work: Work, staging: _Staging, last: Chunk) -> None:
    """Make all that was staged visible. Raises KeyDestroyed when the data was destroyed meanwhile."""
    entry = work.session.get_one(AffectedList, staging.register.list_id)
    seal_of(work.session, entry.incident_id)
    staging.register.close(work)
    for start in range(0, len(staging.later), AT_ONCE):
        _add_to_rows(work, staging, staging.later[start : start + AT_ONCE])
    note_findings(entry, last.found)
    entry.imported_at = work.now
    entry.imported_by_id = work.actor.person_id
    record(
        work,
        work.session.get_one(Incident, entry.incident_id),
        "list_imported",
        sha256=entry.sha256,
        rows=entry.rows,
        persons=entry.persons,
        rejected=entry.rejected,
        already_present=staging.present.count(1),
    )


def _known(work: Work, staging: _Staging, chunk: Chunk) -> dict[bytes, int]:
    """Return who is on record already: what the list says of the person → row number."""
    plains = [plain for plain, _ in chunk.first]
    seal, incident_id = staging.register.seal, staging.register.incident_id
    marks = seal.mark_many(REFERENCE, [found_by(plain)[0] for plain in plains])
    said = dict(zip(marks, plains, strict=True))
    on_a_list = (
        select(IndividualMark.mark, IndividualMark.individual_id)
        .join(Individual, IndividualMark.individual_id == Individual.id)
        .where(IndividualMark.incident_id == incident_id, on_record(incident_id))
    )
    return {said[mark]: row for mark, row in _where(work, on_a_list, IndividualMark.mark, marks)}


def _changes(
    work: Work, staging: _Staging, adding: Iterable[tuple[int, Plain]]
) -> tuple[dict[int, Particulars], list[tuple[int, str]]]:
    """Return what is new in what further rows say: row → particulars as they then stand, and holds by row."""
    seal, incident_id = staging.register.seal, staging.register.incident_id
    told = [(row, Particulars.from_bytes(plain), held) for row, (plain, held) in adding]
    rows = list({row for row, _, _ in told})
    sealed = _where(work, select(Individual.id, Individual.sealed), Individual.id, rows)
    stands = {row: open_particulars(seal, incident_id, row, cipher) for row, cipher in sealed}
    kinds = _where(work, select(Hold.individual_id, Hold.kind), Hold.individual_id, rows)
    known = {(row, kind) for row, kind in kinds}
    becomes = stands.copy()
    news: dict[tuple[int, str], None] = {}
    for row, adds, held in told:
        who = becomes[row]
        becomes[row] = who._replace(
            items=tuple(dict.fromkeys((*who.items, *adds.items))),
            email=who.email or adds.email,
            guardian=who.guardian or adds.guardian,
        )
        news |= dict.fromkeys((row, kind) for kind in held if (row, kind) not in known)
    return {row: who for row, who in becomes.items() if who != stands[row]}, list(news)


def _add_to_rows(work: Work, staging: _Staging, adding: Iterable[tuple[int, Plain]]) -> None:
    """Add what further rows say of somebody: one person, one letter, all of that person's items."""
    seal, incident_id = staging.register.seal, staging.register.incident_id
    people, news = _changes(work, staging, adding)
    raise_holds(work, news)
    if people:
        work.session.execute(
            update(Individual),
            [
                {
                    "id": row,
                    "sealed": seal.seal(who.to_bytes(), place_of(incident_id, row)),
                    "has_email": who.email is not None,
                }
                for row, who in people.items()
            ],
        )


def _where(
    work: Work, asked: Select[*tuple[Any, ...]], column: InstrumentedAttribute[Any], values: Sequence[Any]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the rows with one of many values, asked for some at a time: databases count the values of a statement."""
    for start in range(0, len(values), _TOGETHER):
        yield from work.session.execute(asked.where(column.in_(values[start : start + _TOGETHER])))
