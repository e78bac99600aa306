"""協議・公表・再発防止 (Article 16(3)): best effort, after consultation; withholding has a reason."""

from collections.abc import Mapping
from datetime import date

from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.publication import OUTCOMES, Consultation, PreventionMeasure, Publication
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.notices.render import Rendered
from incident_app.services.documents import issue_document, preview
from incident_app.services.letters import words_sheet
from incident_app.services.sheet import Sheet, contractor_name
from incident_app.services.telling import tell_client

ADDRESSEE = "報道機関・住民の皆様"
PUBLICATION_FIELDS = (
    "what_happened",
    "cause",
    "secondary_damage",
    "measures",
    "apology",
    "desk_name",
    "desk_phone",
    "desk_hours",
    "desk_email",
    "official_page",
)


def propose_consultation(work: Work, incident: Incident, *, proposal: str, points: str) -> Consultation:
    """Ask for 協議: what to publish, and what is to be weighed."""
    if proposal not in OUTCOMES:
        raise BadInput("proposal", "案を選んでください。", "Choose a proposal.")
    if not points.strip():
        raise BadInput("points", "協議したい点を書いてください。", "Write the points to be discussed.")
    number = len(incident.consultations) + 1
    take(work, incident, "propose_consultation", number=number, proposal=proposal, points=points.strip())
    consultation = Consultation(
        number=number,
        proposal=proposal,
        points=points.strip(),
        proposed_at=work.now,
        proposed_by_id=work.actor.person_id,
    )
    incident.consultations.append(consultation)
    return consultation


def answer_consultation(
    work: Work,
    incident: Incident,
    consultation: Consultation,
    *,
    outcome: str,
    answer: str,
    attendees: str = "",
    next_review_on: date | None = None,
    seen: int | None = None,
) -> None:
    """甲 answers. Consultation is not consent, but without it nothing is published."""
    if consultation.answered_at is not None:
        raise BadInput(
            "consultation", "この協議には回答済みです。", "This consultation was already answered."
        )
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "結論を選んでください。", "Choose an outcome.")
    if outcome != "publish" and not answer.strip():
        raise BadInput(
            "answer",
            "一部公表・保留・非公表には理由が必要です。",
            "Anything but full publication needs a reason.",
        )
    take(
        work,
        incident,
        "answer_consultation",
        consultation=consultation,
        seen=seen,
        number=consultation.number,
        outcome=outcome,
        answer=answer.strip(),
        attendees=attendees.strip(),
    )
    consultation.outcome = outcome
    consultation.answer = answer.strip()
    consultation.attendees = attendees.strip()
    consultation.next_review_on = next_review_on
    consultation.answered_at = work.now
    consultation.answered_by_id = work.actor.person_id


def publish(
    work: Work,
    incident: Incident,
    consultation: Consultation,
    *,
    place: str,
    values: Mapping[str, str],
    seen: int | None = None,
) -> Publication:
    """Publish facts, cause and prevention."""
    kept = {name: values.get(name, "").strip() for name in PUBLICATION_FIELDS}
    if not kept["what_happened"]:
        raise BadInput("what_happened", "事実関係を書いてください。", "Write what happened.")
    if not place.strip():
        raise BadInput(
            "place", "公表の場所（ページ・報道発表など）を書いてください。", "Where is it published?"
        )
    number = len(incident.publications) + 1
    take(
        work,
        incident,
        "publish",
        consultation=consultation,
        seen=seen,
        number=number,
        consultation_number=consultation.number,
        place=place.strip(),
    )
    document = issue_document(
        work,
        incident,
        "publication",
        number=number,
        version=1,
        reference=_reference(incident, number),
        addressee=ADDRESSEE,
        sender=contractor_name(incident),
        **_sheet(incident, consultation, kept),
    )
    publication = _decide(work, incident, consultation, number, withheld=False)
    publication.values = kept
    publication.place = place.strip()
    publication.document = document
    tell_client(work, incident, document)
    return publication


def preview_publication(
    work: Work, incident: Incident, consultation: Consultation, values: Mapping[str, str]
) -> tuple[Rendered, list[str]]:
    """Return the publication as it would be issued now, and the labels of the fields still missing."""
    number = len(incident.publications) + 1
    rendered, missing, _ = preview(
        work,
        incident,
        "publication",
        reference=_reference(incident, number),
        version=1,
        addressee=ADDRESSEE,
        sender=contractor_name(incident),
        extra=_sheet(incident, consultation, values),
    )
    return rendered, missing


def withhold_publication(
    work: Work, incident: Incident, consultation: Consultation, reason: str, *, seen: int | None = None
) -> Publication:
    """Do not publish, and say why; the reason is stored with the decision."""
    number = len(incident.publications) + 1
    take(
        work,
        incident,
        "withhold_publication",
        consultation=consultation,
        reason=reason,
        seen=seen,
        number=number,
        consultation_number=consultation.number,
    )
    publication = _decide(work, incident, consultation, number, withheld=True)
    publication.reason = reason.strip()
    return publication


def record_prevention(
    work: Work, incident: Incident, text: str, *, responsible: str = "", due_on: date | None = None
) -> PreventionMeasure:
    """Put a measure against recurrence on record."""
    if not text.strip():
        raise BadInput("text", "再発防止策を書いてください。", "Write the measure.")
    take(work, incident, "record_prevention", text=text.strip(), responsible=responsible.strip())
    measure = PreventionMeasure(
        text=text.strip(), responsible=responsible.strip(), due_on=due_on, recorded_at=work.now
    )
    incident.prevention.append(measure)
    return measure


def complete_prevention(work: Work, incident: Incident, measure_id: int) -> None:
    """A measure against recurrence is in place."""
    measure = next((m for m in incident.prevention if m.id == measure_id and m.done_at is None), None)
    if measure is None:
        raise BadInput(
            "measure", "未実施の再発防止策を選んでください。", "Choose a measure that is not yet done."
        )
    take(work, incident, "complete_prevention", measure=measure.id, text=measure.text)
    measure.done_at = work.now


def _sheet(incident: Incident, consultation: Consultation, values: Mapping[str, str]) -> Sheet:
    edition = sum(not earlier.withheld for earlier in incident.publications) + 1
    return {
        "notice": words_sheet(values, contractor_name(incident)),
        "consultation": {"number": consultation.number},
        "publication": {"edition": f"第{edition}報", "apology": values.get("apology")},
    }


def _reference(incident: Incident, number: int) -> str:
    return f"{incident.number}-P{number}"


def _decide(
    work: Work, incident: Incident, consultation: Consultation, number: int, *, withheld: bool
) -> Publication:
    publication = Publication(
        number=number,
        consultation=consultation,
        withheld=withheld,
        values={},
        decided_at=work.now,
        decided_by_id=work.actor.person_id,
    )
    incident.publications.append(publication)
    return publication
