"""廃棄・消去 (Article 7): who has asked that an incident's personal data be destroyed, and whether it was."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.timeline import TimelineEntry

PROPOSED = "propose_destruction"


def destroyed_at(session: Session, incident_id: int) -> datetime | None:
    """Return when an incident's key was destroyed; None while its personal data is kept, or where there is none."""
    key = session.get(IncidentKey, incident_id)
    return key.destroyed_at if key is not None else None


def keeps_data(session: Session, incident_id: int) -> bool:
    """Return whether there is personal data of an incident that its key still opens."""
    key = session.get(IncidentKey, incident_id)
    return key is not None and key.wrapped is not None


def proposal_of(session: Session, item: InstructionItem) -> TimelineEntry | None:
    """Return the line in which somebody at 乙 proposed to carry out this item; None while nobody has."""
    lines = select(TimelineEntry).where(
        TimelineEntry.incident_id == item.instruction.incident_id, TimelineEntry.event == PROPOSED
    )
    said = {"instruction": item.instruction.number, "item_number": item.number}
    newest_first = session.scalars(lines.order_by(TimelineEntry.position.desc()))
    return next((line for line in newest_first if line.facts == said), None)
