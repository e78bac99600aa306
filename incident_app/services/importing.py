"""The list of affected individuals (対象者名簿) put on record, and who handles their personal data."""

import secrets

from sqlalchemy import select

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.individual import AffectedList, Individual
from incident_app.domain.parties import CONTRACTOR_ROLES, roles_on
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.roster.persons import Gathering


def import_roll(work: Work, incident: Incident, roll: Gathering, sha256: str) -> AffectedList:
    """Put the individuals of a list that was read and looked at on record, one row for each person."""
    refuse_import(work, incident)
    known = select(Individual.source_key).where(Individual.incident_id == incident.id)
    present = set(work.session.scalars(known))
    entry = AffectedList(
        incident_id=incident.id,
        sha256=sha256,
        rows=roll.rows,
        persons=len(roll.persons),
        rejected=roll.rejected,
        imported_at=work.now,
        imported_by_id=work.actor.person_id,
    )
    work.session.add(entry)
    work.session.flush()
    for person in roll.persons:
        if person.reference not in present:
            work.session.add(
                Individual(
                    incident_id=incident.id,
                    list_id=entry.id,
                    source_key=person.reference,
                    code=secrets.token_hex(6).upper(),
                    name=person.name,
                    kana=person.kana,
                    birth_date=person.birth_date,
                    postal_code=person.postal_code,
                    address_lines=list(person.address_lines),
                    email=person.email,
                    # A minor's letter goes to the guardian, by name where the list knows it.
                    guardian=person.guardian or ("保護者" if "minor" in person.holds else None),
                    items=list(person.items),
                    holds=sorted(person.holds),
                    organisation="organisation" in person.holds,
                )
            )
    record(
        work,
        incident,
        "list_imported",
        sha256=sha256,
        rows=roll.rows,
        persons=len(roll.persons),
        rejected=roll.rejected,
        already_present=sum(person.reference in present for person in roll.persons),
    )
    return entry


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
