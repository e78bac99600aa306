"""The end of a case, its reopening, and the case that was none."""

from incident_app.domain.incident import Incident
from incident_app.domain.work import Work
from incident_app.engine.machine import take


def close_incident(work: Work, incident: Incident, *, seen: int | None = None) -> None:
    """甲 states that every duty of Article 16 is settled."""
    take(work, incident, "close_incident", seen=seen)
    _silence(incident)


def reopen_incident(work: Work, incident: Incident, reason: str, *, seen: int | None = None) -> None:
    """Something came to light: the case goes on where it stood."""
    take(work, incident, "reopen_incident", reason=reason, seen=seen)
    for deadline in incident.deadlines:
        if deadline.is_open:
            deadline.arm(work.now)


def claim_no_incident(work: Work, incident: Incident, reason: str, *, seen: int | None = None) -> None:
    """乙 says that nothing leaked, was damaged or lost; the case runs on until 甲 has agreed."""
    take(work, incident, "claim_no_incident", reason=reason, seen=seen)


def acknowledge_no_incident(work: Work, incident: Incident, *, seen: int | None = None) -> None:
    """甲 agrees, and the case ends."""
    take(work, incident, "acknowledge_no_incident", seen=seen)
    _silence(incident)


def reject_no_incident(work: Work, incident: Incident, reason: str, *, seen: int | None = None) -> None:
    """甲 does not agree, and the case goes on."""
    take(work, incident, "reject_no_incident", reason=reason, seen=seen)


def _silence(incident: Incident) -> None:
    """A case that has ended owes nothing more, so nobody is reminded of it."""
    for deadline in incident.deadlines:
        deadline.silence()
