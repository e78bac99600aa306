"""What an actor may see, decided in one place. Outside it nothing exists: NotFound, never a hint."""

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Select, select

from incident_app.domain.document import IssuedDocument
from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.evidence import EvidenceFile
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import Instruction, InstructionItem
from incident_app.domain.notice import Notice, PrintRun
from incident_app.domain.parties import Contract, RoleHolding, day_in_japan, in_force, party_of, roles_on
from incident_app.domain.publication import Consultation
from incident_app.domain.report import Report
from incident_app.domain.timeline import lock_record
from incident_app.domain.work import Work

T = TypeVar("T")


def contracts_of(work: Work, *roles: str) -> list[Contract]:
    """Return the contracts on which the actor holds a role today (any, or one of `roles`)."""
    chosen = select(Contract).where(Contract.id.in_(_in_scope(work, *roles))).order_by(Contract.number)
    return list(work.session.scalars(chosen))


def find_contract(work: Work, number: str, *roles: str) -> Contract:
    """Return one of the actor's contracts, for a form that names it; raises BadInput when it is none of theirs."""
    found = next((c for c in contracts_of(work, *roles) if c.number == number), None)
    if found is None:
        raise BadInput(
            "contract", "この契約は選べません。一覧から選んでください。", "Choose a contract from the list."
        )
    return found


def incidents_of(work: Work) -> list[Incident]:
    """Return the incidents on the actor's contracts, newest first."""
    chosen = select(Incident).where(Incident.contract_id.in_(_in_scope(work)))
    return list(work.session.scalars(chosen.order_by(Incident.detected_at.desc(), Incident.id.desc())))


def find_incident(work: Work, number: str) -> Incident:
    """Return one incident within scope, locked against other writers unless the work only reads.

    Raises NotFound for a number that does not exist and for one on somebody else's contract alike.
    """
    chosen = select(Incident).where(Incident.number == number, Incident.contract_id.in_(_in_scope(work)))
    incident = work.session.scalars(chosen).first()
    if incident is None:
        raise NotFound
    if not work.reading:
        lock_record(work.session, incident)
        # What was read before the lock may be old by now.
        work.session.refresh(incident)
    return incident


def find_report(incident: Incident, version: int) -> Report:
    """Return one version of the report."""
    return _one(r for r in incident.reports if r.version == version)


def find_instruction(incident: Incident, number: int) -> Instruction:
    """Return one instruction."""
    return _one(i for i in incident.instructions if i.number == number)


def find_item(incident: Incident, item_id: int) -> InstructionItem:
    """Return one item of one of the incident's instructions."""
    return _one(item for i in incident.instructions for item in i.items if item.id == item_id)


def find_notice(incident: Incident, number: int) -> Notice:
    """Return one text version."""
    return _one(n for n in incident.notices if n.number == number)


def find_consultation(incident: Incident, number: int) -> Consultation:
    """Return one consultation."""
    return _one(c for c in incident.consultations if c.number == number)


def find_evidence(incident: Incident, evidence_id: int) -> EvidenceFile:
    """Return one evidence file."""
    return _one(e for e in incident.evidence if e.id == evidence_id)


def find_document(work: Work, incident: Incident, document_id: int) -> IssuedDocument:
    """Return one issued document of the incident."""
    chosen = _papers(work, incident).where(IssuedDocument.id == document_id)
    return _one(work.session.scalars(chosen))


def documents_of(work: Work, incident: Incident) -> list[IssuedDocument]:
    """Return everything that was issued in the case, in order, without the other party's own papers."""
    return list(work.session.scalars(_papers(work, incident).order_by(IssuedDocument.id)))


def own_party(work: Work, incident: Incident) -> str | None:
    """Return the party for which the actor speaks in this case."""
    return party_of(roles_on(work.session, work.actor.person_id, incident.contract_id, work.now))


def _papers(work: Work, incident: Incident) -> Select[IssuedDocument]:
    shared = IssuedDocument.party.is_(None) | (IssuedDocument.party == own_party(work, incident))
    return select(IssuedDocument).where(IssuedDocument.incident_id == incident.id, shared)


def find_print_run(work: Work, notice: Notice, number: int) -> PrintRun:
    """Return one print run of a notice."""
    chosen = select(PrintRun).where(PrintRun.notice_id == notice.id, PrintRun.number == number)
    return _one(work.session.scalars(chosen))


def _in_scope(work: Work, *roles: str) -> Select[int]:
    held = select(RoleHolding.contract_id).where(
        RoleHolding.person_id == work.actor.person_id, *in_force(day_in_japan(work.now))
    )
    return held.where(RoleHolding.role.in_(roles)) if roles else held


def _one(found: Iterable[T]) -> T:
    thing = next(iter(found), None)
    if thing is None:
        raise NotFound
    return thing
