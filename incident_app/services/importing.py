"""The list of affected individuals (対象者名簿) put on record, and who handles their personal data."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, ensure_seal, seal_of
from incident_app.domain.individual import (
    REFERENCE,
    AffectedList,
    Individual,
    IndividualMark,
    Particulars,
    on_record,
)
from incident_app.domain.parties import CONTRACTOR_ROLES, roles_on
from incident_app.domain.sealing import Seal
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.roster.persons import Gathering, Person
from incident_app.services.registering import Register

_AT_ONCE = 5_000


def import_roll(work: Work, incident: Incident, roll: Gathering, sha256: str) -> AffectedList:
    """Put the individuals of a list that was read and looked at on record, one row for each person."""
    refuse_import(work, incident)
    seal = ensure_seal(work, incident.id)
    entry = AffectedList(
        incident_id=incident.id,
        sha256=sha256,
        rows=roll.rows,
        persons=len(roll.persons),
        rejected=roll.rejected,
        report=b"".join(b"%d\t%s\n" % (it.line, " ".join(it.codes).encode()) for it in roll.reports),
        imported_by_id=work.actor.person_id,
    )
    work.session.add(entry)
    work.session.flush()
    register = Register(entry, seal)
    present = 0
    for start in range(0, len(roll.persons), _AT_ONCE):
        people = roll.persons[start : start + _AT_ONCE]
        known = _known(work, incident, seal, people)
        present += len(known)
        for person in people:
            if person.reference in known:
                _add_to(work, known[person.reference], seal, person)
        fresh = [person for person in people if person.reference not in known]
        register.put(work, [(particulars_of(person), person.holds) for person in fresh])
    register.close(work)
    entry.imported_at = work.now
    record(
        work,
        incident,
        "list_imported",
        sha256=sha256,
        rows=roll.rows,
        persons=len(roll.persons),
        rejected=roll.rejected,
        already_present=present,
    )
    return entry


def count_known(work: Work, incident: Incident, people: Sequence[Person]) -> int:
    """Return how many people of a list are on record already."""
    if work.session.get(IncidentKey, incident.id) is None:
        return 0
    seal = seal_of(work.session, incident.id)
    chunks = (people[start : start + _AT_ONCE] for start in range(0, len(people), _AT_ONCE))
    return sum(len(_known(work, incident, seal, chunk)) for chunk in chunks)


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
        reference=person.reference,
        name=person.name,
        kana=person.kana,
        birth_date=person.birth_date,
        postal_code=person.postal_code,
        address_lines=person.address_lines,
        phone="",
        email=person.email,
        items=person.items,
        # A minor's letter goes to the guardian, by name where the list knows it.
        guardian=person.guardian or ("保護者" if "minor" in person.holds else None),
        organisation="organisation" in person.holds,
    )


def _known(work: Work, incident: Incident, seal: Seal, people: Sequence[Person]) -> dict[str, Individual]:
    """Return who of the people is on record already, by 宛名番号."""
    marks = {seal.mark(REFERENCE, person.reference): person.reference for person in people}
    found = (
        select(IndividualMark.mark, Individual)
        .join(Individual, IndividualMark.individual_id == Individual.id)
        .where(
            IndividualMark.incident_id == incident.id, IndividualMark.mark.in_(marks), on_record(incident.id)
        )
    )
    return {marks[mark]: individual for mark, individual in work.session.execute(found)}


def _add_to(work: Work, individual: Individual, seal: Seal, person: Person) -> None:
    """Add what a later list says of somebody: one person, one letter, all of that person's items."""
    stands = individual.particulars(seal)
    items = tuple(dict.fromkeys((*stands.items, *person.items)))
    individual.rewrite(seal, replace(stands, items=items, email=stands.email or person.email))
