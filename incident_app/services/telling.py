"""Mail between the parties: a row in the same transaction as what it tells; a worker sends it."""

from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident import Incident
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.parties import CLIENT_OFFICER, RESPONSIBLE_PERSON, people_in
from incident_app.domain.timeline import digest
from incident_app.domain.work import Work


def tell_client(work: Work, incident: Incident, document: IssuedDocument) -> int:
    """Queue a document for each client officer of the contract; returns how many there are."""
    return _tell(work, incident, CLIENT_OFFICER, document)


def tell_contractor(work: Work, incident: Incident, document: IssuedDocument) -> int:
    """Queue a document for each responsible person of the contract; returns how many there are."""
    return _tell(work, incident, RESPONSIBLE_PERSON, document)


def _tell(work: Work, incident: Incident, role: str, document: IssuedDocument) -> int:
    people = people_in(work.session, incident.contract_id, role, work.now)
    for person in people:
        work.session.add(
            CaseMail(
                incident_id=incident.id,
                document_id=document.id,
                to=person.email,
                subject=document.subject,
                text=document.text,
                message_id=f"{digest(f'{document.reference}/{document.html_sha256}/{person.id}')[:32]}@incident-app.invalid",
                queued_at=work.now,
                changed_at=work.now,
            )
        )
    return len(people)
