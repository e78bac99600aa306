"""Does the key of every incident still open with the installation's master key?"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, master_key_of
from incident_app.domain.sealing import SealBroken

OPENS, DESTROYED, LOST = "opens", "destroyed", "does not open"


def states_of_keys(session: Session) -> dict[str, str]:
    """Return how each incident's key stands, by the incident's number: OPENS, DESTROYED or LOST."""
    kept = select(IncidentKey, Incident.number).join(Incident, IncidentKey.incident_id == Incident.id)
    return {
        number: _state_of(session, key)
        for key, number in session.execute(kept.order_by(IncidentKey.incident_id))
    }


def _state_of(session: Session, key: IncidentKey) -> str:
    if key.wrapped is None:
        return DESTROYED
    try:
        master_key_of(session).unwrap(key.wrapped)
    except SealBroken:
        return LOST
    return OPENS
