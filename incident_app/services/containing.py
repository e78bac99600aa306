"""被害を最小限にする措置 (Article 16(2), first half): no instruction, no consultation, at once."""

from datetime import datetime

from incident_app.domain.containment import ContainmentMeasure
from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.work import Work
from incident_app.engine.machine import take


def record_measure(
    work: Work, incident: Incident, text: str, *, taken_at: datetime | None = None, taken_by: str = ""
) -> ContainmentMeasure:
    """Put one measure on record, with when it was taken and by whom."""
    if not text.strip():
        raise BadInput("text", "措置の内容を書いてください。", "Write what was done.")
    when, who = taken_at or work.now, taken_by.strip() or work.actor.name
    if when > work.now:
        raise BadInput(
            "taken_at", "措置の日時が未来になっています。", "The time of the measure lies in the future."
        )
    take(work, incident, "record_measure", happened_at=when, text=text.strip(), by=who)
    measure = ContainmentMeasure(
        text=text.strip(),
        taken_at=when,
        taken_by=who,
        recorded_at=work.now,
        recorded_by_id=work.actor.person_id,
    )
    incident.measures.append(measure)
    return measure


def declare_contained(work: Work, incident: Incident, *, seen: int | None = None) -> None:
    """Say that the damage no longer spreads."""
    take(work, incident, "declare_contained", seen=seen)


def resume_containment(work: Work, incident: Incident, *, seen: int | None = None) -> None:
    """It spreads after all."""
    take(work, incident, "resume_containment", seen=seen)
