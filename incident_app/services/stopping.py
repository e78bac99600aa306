"""What was started under an instruction or a text that no longer stands stops."""

from sqlalchemy import ColumnElement, update

from incident_app.domain.deadline import INSTRUCTION_ENDED
from incident_app.domain.incident import Incident
from incident_app.domain.notice import STOPPED, UNSENT, Delivery
from incident_app.domain.timeline import record
from incident_app.domain.work import Work


def stop_what_ended(work: Work, incident: Incident) -> int:
    """Stop every unsent delivery under an item that is no longer in force; returns how many.

    A message that the worker is handing over at this very moment cannot be called back: it stays
    "sending" and its outcome is recorded.
    """
    work.session.flush()
    standing = {item.id for item in incident.items_in_force}
    for deadline in incident.deadlines:
        if deadline.item_id is not None and deadline.item_id not in standing and deadline.is_open:
            deadline.drop(work.now, INSTRUCTION_ENDED)
    return stop_unsent(work, incident, Delivery.item_id.not_in(standing))


def stop_unsent(work: Work, incident: Incident, which: ColumnElement[bool]) -> int:
    """Stop the incident's deliveries that have not gone out and are meant by `which`; returns how many."""
    unsent = (Delivery.incident_id == incident.id, Delivery.state.in_(UNSENT), which)
    stopped = work.session.scalars(
        update(Delivery).where(*unsent).values(state=STOPPED, changed_at=work.now).returning(Delivery.id)
    ).all()
    if stopped:
        record(work, incident, "deliveries_stopped", count=len(stopped))
    return len(stopped)
