"""The list of affected individuals (対象者名簿) put on record, and who handles their personal data.

A large list is written in many transactions, and nobody sees any of it before the last one: until then its rows
are staged. What a crash leaves staged is deleted when somebody tries again.
"""

import gc
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, exists, select, update

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import (
    HOLDS,
    REFERENCE,
    AffectedList,
    Hold,
    Individual,
    IndividualMark,
    Particulars,
    on_record,
    open_particulars,
    place_of,
)
from incident_app.domain.parties import CONTRACTOR_ROLES, day_in_japan, roles_on
from incident_app.domain.sealing import Seal
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.roster.findings import FirstRow, FurtherRow, Person
from incident_app.roster.gathering import gather
from incident_app.services.listing import findings_of, note_findings, open_list
from incident_app.services.registering import Register, raise_holds

Begin = Callable[[], AbstractContextManager[Work]]
"""Opens a unit of work of whoever imports."""
AT_ONCE = 10_000
LOST_AFTER = timedelta(hours=2)
"""No import takes as long: whoever began it is gone."""


@dataclass(slots=True)
class _Staging:
    """What an import keeps in memory between its transactions: some tens of bytes for each person."""

    register: Register
    seal: Seal
    others: bool
    """Whether earlier lists are on record, in which somebody may stand already."""
    rows: "array[int]" = field(default_factory=lambda: array("Q"))
    """Person of the list → row number; for somebody who was on record before, that row's."""
    present: int = 0
    later: list[tuple[int, Person]] = field(default_factory=list)
    """What is added to rows of earlier lists, which everybody sees, in the last transaction."""


def import_list(
    begin: Begin, list_id: int, folder: Path, told: Callable[[int], None] = lambda rows: None
) -> int:
    """Put the individuals of a list that was looked at on record, one row for each person; returns how many are new.

    `told` hears from time to time how many rows were read. Raises BadInput when somebody else is importing it.
    """
    with begin() as work:
        entry = _claim(work, list_id)
        seal = seal_of(work.session, entry.incident_id)
        others = select(exists().where(on_record(entry.incident_id)))
        staging = _Staging(
            Register(entry.incident_id, list_id, seal), seal, bool(work.session.scalar(others))
        )
        roster = open_list(work, entry, folder)
        gathering = gather(roster, on=day_in_japan(work.now))
    try:
        with roster, _without_collection():
            chunk: list[FirstRow | FurtherRow] = []
            for finding in gathering:
                if isinstance(finding, FirstRow | FurtherRow):
                    chunk.append(finding)
                if len(chunk) == AT_ONCE:
                    _stage(begin, staging, chunk)
                    told(gathering.rows)
                    chunk.clear()
            _stage(begin, staging, chunk)
        with begin() as work:
            entry = work.session.get_one(AffectedList, list_id)
            staging.register.close(work)
            _add_to_rows(work, staging, entry.incident_id, staging.later)
            note_findings(entry, findings_of(gathering))
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
                already_present=staging.present,
            )
    except BaseException:
        with begin() as work:
            _unstage(work, list_id)
            work.session.get_one(AffectedList, list_id).importing_at = None
        raise
    return gathering.persons - staging.present


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


def particulars_of(person: Person) -> Particulars:
    """Return what is sealed of a person of a list."""
    return Particulars(
        person.reference,
        person.name,
        person.kana,
        person.birth_date,
        person.postal_code,
        person.address_lines,
        person.phone,
        person.email,
        person.items,
        # A minor's letter goes to the guardian, by name where the list knows it.
        person.guardian or ("保護者" if "minor" in person.holds else None),
        "organisation" in person.holds,
    )


@contextmanager
def _without_collection() -> Iterator[None]:
    """Millions of tuples come and go, none of them in a ring: looking for rings takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _claim(work: Work, list_id: int) -> AffectedList:
    entry = work.session.get_one(AffectedList, list_id, with_for_update=True)
    refuse_import(work, work.session.get_one(Incident, entry.incident_id))
    begun = entry.importing_at
    if entry.imported_at is not None or (begun is not None and begun > work.now - LOST_AFTER):
        raise BadInput(
            "file",
            "この名簿はすでに取り込まれたか、取込み中です。",
            "This list is imported, or being imported.",
        )
    _unstage(work, list_id)
    entry.importing_at = work.now
    return entry


def _unstage(work: Work, list_id: int) -> None:
    """Delete what was staged of a list. Marks come last, so staged rows have none."""
    staged = select(Individual.id).where(Individual.list_id == list_id)
    work.session.execute(delete(Hold).where(Hold.individual_id.in_(staged)))
    work.session.execute(delete(Individual).where(Individual.list_id == list_id))


def _stage(begin: Begin, staging: _Staging, chunk: Iterable[FirstRow | FurtherRow]) -> None:
    first = [finding for finding in chunk if isinstance(finding, FirstRow)]
    further = [finding for finding in chunk if isinstance(finding, FurtherRow)]
    with begin() as work:
        incident_id = staging.register.incident_id
        known = _known(work, incident_id, staging, first) if staging.others else {}
        fresh = [f.person for f in first if f.person.reference not in known]
        numbers = iter(staging.register.put(work, [(particulars_of(p), p.holds) for p in fresh]))
        for finding in first:
            row = known.get(finding.person.reference)
            staging.rows.append(next(numbers) if row is None else row)
            if row is not None:
                staging.later.append((row, finding.person))
        staging.present += len(known)
        of_earlier = set(known.values()) | {row for row, _ in staging.later}
        adding = [(staging.rows[finding.ordinal], finding.adds) for finding in further]
        staging.later += [(row, adds) for row, adds in adding if row in of_earlier]
        _add_to_rows(work, staging, incident_id, [pair for pair in adding if pair[0] not in of_earlier])


def _known(work: Work, incident_id: int, staging: _Staging, first: Iterable[FirstRow]) -> dict[str, int]:
    """Return who is on record already: 宛名番号 → row number."""
    marks = {staging.seal.mark(REFERENCE, it.person.reference): it.person.reference for it in first}
    found = (
        select(IndividualMark.mark, IndividualMark.individual_id)
        .join(Individual, IndividualMark.individual_id == Individual.id)
        .where(
            IndividualMark.incident_id == incident_id, IndividualMark.mark.in_(marks), on_record(incident_id)
        )
    )
    return {marks[mark]: row for mark, row in work.session.execute(found)}


def _add_to_rows(
    work: Work, staging: _Staging, incident_id: int, adding: Iterable[tuple[int, Person]]
) -> None:
    """Add what further rows say of somebody: one person, one letter, all of that person's items."""
    told = list(adding)
    rows = {row for row, _ in told}
    stands = select(Individual.id, Individual.sealed).where(Individual.id.in_(rows))
    who = {
        row: open_particulars(staging.seal, incident_id, row, sealed)
        for row, sealed in work.session.execute(stands)
    }
    kinds = select(Hold.individual_id, Hold.kind).where(Hold.individual_id.in_(rows))
    held = {(row, kind) for row, kind in work.session.execute(kinds)}
    news = []
    for row, adds in told:
        who[row] = who[row]._replace(
            items=tuple(dict.fromkeys((*who[row].items, *adds.items))),
            email=who[row].email or adds.email,
            guardian=who[row].guardian or particulars_of(adds).guardian,
        )
        news += [(row, kind) for kind in HOLDS if kind in adds.holds and (row, kind) not in held]
        held |= set(news)
    raise_holds(work, news)
    if who:
        work.session.execute(
            update(Individual),
            [
                {
                    "id": row,
                    "sealed": staging.seal.seal(person.to_bytes(), place_of(incident_id, row)),
                    "has_email": person.email is not None,
                }
                for row, person in who.items()
            ],
        )
