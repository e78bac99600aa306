"""A pause: what is queued waits, what is in hand is finished, and nothing is stopped or lost."""

from incident_app.domain.errors import NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.notice import Notice
from incident_app.domain.parties import CLIENT, CONTRACTOR, ROLES_OF, roles_on
from incident_app.domain.timeline import record
from incident_app.domain.work import Work


def may_pause(work: Work, incident: Incident) -> bool:
    """Tell whether the actor belongs to one of the parties: either may hold its breath, and both may go on."""
    held = roles_on(work.session, work.actor.person_id, incident.contract_id, work.now)
    return not held.isdisjoint({*ROLES_OF[CLIENT], *ROLES_OF[CONTRACTOR]})


def _refuse_outsiders(work: Work, incident: Incident) -> None:
    if not may_pause(work, incident):
        raise NotPermitted(
            "送付を止められるのは、この契約の甲又は乙の担当者だけです。",
            "Only people of the client or the contractor of this contract pause the sending.",
        )


def pause(work: Work, incident: Incident, notice: Notice) -> None:
    """Let nothing more of this notice go out or be printed until somebody resumes it. Raises NotPermitted."""
    _refuse_outsiders(work, incident)
    if notice.paused_at is None:
        notice.paused_at = work.now
        record(work, incident, "deliveries_paused", notice=notice.number)


def resume(work: Work, incident: Incident, notice: Notice) -> None:
    """Go on where it stood. Raises NotPermitted."""
    _refuse_outsiders(work, incident)
    if notice.paused_at is not None:
        notice.paused_at = None
        record(work, incident, "deliveries_resumed", notice=notice.number)
