"""法令上の報告の要否: the facts that decide, what the program proposes, what each party decided."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.parties import PARTIES
from incident_app.domain.statute import ReportabilityDecision
from incident_app.rulesets.conditions import QUESTIONS
from incident_app.rulesets.counting import Answer
from incident_app.rulesets.definition import Words
from incident_app.rulesets.facts import ANSWERED, NO, UNKNOWN, YES, LegalFacts
from incident_app.rulesets.triage import DAYS, DAYS_IF_UNLAWFUL, Proposal
from incident_app.services.finding import find_incident, own_party
from incident_app.services.proposing import (
    awaits_decision,
    counts_from,
    legal_facts_of,
    outlook,
    proposal_of,
)
from incident_app.services.triaging import decide_reportability, state_legal_facts
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed

bp = Blueprint("triage", __name__, url_prefix="/incidents/<number>/triage")

_FIRST = tuple(name for name in QUESTIONS if name not in ("my_number_system", "eu_residents"))
_TAKES_OUT = {
    "encrypted": Words(
        "高度な暗号化等がされていたか（電子政府推奨暗号など）", "whether it was strongly encrypted"
    ),
    "key_separate": Words(
        "復号鍵を分けて適切に保管していたか", "whether the key was kept apart and protected"
    ),
    "key_exposed": Words("復号鍵も漏れたおそれがあるか", "whether the key may have leaked as well"),
    "remote_wiped": Words(
        "遠隔操作でデータ又は鍵を消去できたか", "whether the data or the key was deleted from afar"
    ),
    "recovered_unseen": Words(
        "誰にも閲覧される前に全部を回収できたか", "whether all of it came back before anybody saw it"
    ),
    "copy_exists": Words(
        "同じ内容のデータを別に保管しているか（滅失・き損の場合）",
        "whether the same content is held elsewhere (loss or damage)",
    ),
}
_RARE = {
    "my_number_system": QUESTIONS["my_number_system"],
    "eu_residents": QUESTIONS["eu_residents"],
    "low_risk": Words(
        "EU域内の本人の権利への危険が生じそうにないか", "GDPR: whether a risk to the individuals is unlikely"
    ),
}
GROUPS: tuple[dict[str, Words], ...] = ({name: QUESTIONS[name] for name in _FIRST}, _TAKES_OUT, _RARE)
"""The questions of the form: what makes a report due, what takes a case out, what is rare."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """One party's side of the page."""

    party: str
    known_at: datetime | None
    proposal: Proposal | None
    answers: list[Answer]
    """The dates that would count if a report were due."""
    decision: ReportabilityDecision | None
    awaits: bool
    running: list[Deadline]
    mine: bool
    """The person who looks decides for this party."""


@bp.get("")
def show(number: str) -> str:
    """What is known, what it means for each party, and what each has decided."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        mine = own_party(work, incident)
        return render_template(
            "triage/show.html",
            incident=incident,
            facts=legal_facts_of(incident),
            groups=GROUPS,
            sides=[_side(incident, party, mine=party == mine) for party in PARTIES],
        )


@bp.get("/facts")
def state_form(number: str) -> str:
    """The questions on which the law hangs, each answered with yes, no or unknown."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            "triage/facts.html",
            incident=incident,
            facts=legal_facts_of(incident),
            groups=GROUPS,
            answers=(YES, NO, UNKNOWN),
        )


@bp.post("/facts")
@again(state_form)
def state(number: str) -> Response:
    """Put the answers on record."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        state_legal_facts(work, incident, _facts(form, incident), as_of=form.moment("as_of"))
        return land(work, url_for("triage.show", number=number))


@bp.get("/decision")
def decide_form(number: str) -> str:
    """The decision of the party for which this person speaks, prefilled with the proposal."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        party = own_party(work, incident)
        return render_template(
            "triage/decide.html",
            incident=incident,
            side=_side(incident, party, mine=True) if party else None,
            counts_from=counts_from(incident, party, work.now) if party else None,
            lengths=(DAYS, DAYS_IF_UNLAWFUL),
        )


@bp.post("/decisions")
@again(decide_form)
def decide(number: str) -> Response:
    """Record the decision; the clocks start or end with it."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        decide_reportability(
            work,
            incident,
            form.text("party"),
            reportable=needed("reportable", form.text("reportable") or None) == YES,
            days=needed("days", form.number("days")),
            reason=form.text("reason"),
            known_at=needed("known_at", form.moment("known_at")),
            exemption=form.text("exemption"),
            assessed_by=form.text("assessed_by"),
        )
        return land(work, url_for("triage.show", number=number))


def _side(incident: Incident, party: str, *, mine: bool) -> Outlook:
    running = [d for d in incident.deadlines if d.statutory and d.party == party and d.is_open]
    return Outlook(
        party=party,
        known_at=incident.known_by(party),
        proposal=proposal_of(incident, party),
        answers=outlook(incident, party),
        decision=incident.decision(party),
        awaits=awaits_decision(incident, party),
        running=sorted(running, key=lambda deadline: deadline.due_at),
        mine=mine,
    )


def _facts(form: Form, incident: Incident) -> LegalFacts:
    said = {name: form.text(name) for name in ANSWERED if form.text(name) in (YES, NO, UNKNOWN)}
    low, high = form.number("persons_low"), form.number("persons_high")
    return replace(
        legal_facts_of(incident),
        **said,  # type: ignore[arg-type]  # each is one of the three answers
        persons_low=low,
        persons_high=low if high is None else high,
        cipher=form.text("cipher"),
        assessed_by=form.text("assessed_by"),
    )
