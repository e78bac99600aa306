"""法令上の報告の要否: the facts that decide, what the program proposes, what each party decided."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.parties import PARTIES
from incident_app.domain.statute import ReportabilityDecision
from incident_app.rulesets.counting import Answer
from incident_app.rulesets.facts import ANSWERED, NO, UNKNOWN, YES, LegalFacts
from incident_app.rulesets.triage import DAYS, DAYS_IF_UNLAWFUL, Proposal
from incident_app.services.finding import find_incident, own_party
from incident_app.services.proposing import (
    awaits_decision,
    counts_from,
    legal_facts_of,
    outlook,
    proposal_of,
    stated_facts,
)
from incident_app.services.triaging import decide_reportability, state_legal_facts
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.doors import doors_of
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed

bp = Blueprint("triage", __name__, url_prefix="/incidents/<number>/triage")

GROUPS = (words.MAKES_DUE, words.TAKES_OUT, words.RARE)
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
        may = doors_of(work, incident).names
        mine = own_party(work, incident) if "decide_reportability" in may else None
        return render_template(
            "triage/show.html",
            incident=incident,
            may_state="state_legal_facts" in may,
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
            stated=stated_facts(incident),
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
