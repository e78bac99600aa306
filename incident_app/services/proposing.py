"""What the program proposes to each party about reporting by law, and whether a person must look at it (again)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from incident_app.domain.errors import BadInput
from incident_app.domain.incident import KNOWN, UNDER_INVESTIGATION, Incident
from incident_app.domain.parties import day_in_japan
from incident_app.domain.statute import ReportabilityDecision
from incident_app.engine.library import workflow_of
from incident_app.rulesets.counting import Answer, count_all, known_day
from incident_app.rulesets.facts import KINDS, NO, UNKNOWN, YES, LegalFacts, facts_from
from incident_app.rulesets.library import in_force
from incident_app.rulesets.triage import Proposal, propose, said_by
from incident_app.services.statutory_clocks import applicable


def legal_facts_of(incident: Incident) -> LegalFacts:
    """Return what is known of the case, as the law asks for it.

    What was stated on the triage page goes first. The kinds come from the case, and so does the number of
    persons while nobody has stated it; a larger quantity that became known later widens what was stated.
    """
    stated = stated_facts(incident)
    kinds = frozenset(kind for kind in KINDS if getattr(incident, kind))
    known = replace(stated, kinds=kinds or stated.kinds, personal=_personal(incident, stated))
    low, high = _persons(incident)
    if stated.persons_low is None and stated.persons_high is None:
        return replace(known, persons_low=low, persons_high=high)
    if stated.persons_high is not None and _is_later(incident) and (high or low or 0) > stated.persons_high:
        return replace(known, persons_high=high)
    return known


def stated_facts(incident: Incident) -> LegalFacts:
    """Return what was stated last on the triage page, and nothing else."""
    return facts_from(incident.legal_facts[-1].said) if incident.legal_facts else LegalFacts()


def proposal_of(incident: Incident, party: str) -> Proposal | None:
    """Return the proposal to a party under the rulesets of its day of knowledge; None while it does not know."""
    known = incident.known_by(party)
    if known is None:
        return None
    return propose(legal_facts_of(incident), party, in_force(known_day(known)))


def put_down(incident: Incident, party: str, proposal: Proposal) -> dict[str, Any]:
    """Return a proposal and the knowledge that it is about, as they are kept with a decision."""
    known = incident.known_by(party)
    return said_by(proposal) | {"known_on": day_in_japan(known).isoformat() if known else ""}


def awaits_decision(incident: Incident, party: str) -> bool:
    """Tell whether a person of this party must decide: for the first time, or because something has changed since."""
    proposal = proposal_of(incident, party)
    if proposal is None or not incident.concerns_personal or _has_ended(incident):
        return False
    standing = incident.decision(party)
    return standing is None or standing.proposal != put_down(incident, party, proposal)


def outlook(incident: Incident, party: str) -> list[Answer]:
    """Return the dates that would count if the party had to report, from its knowledge."""
    known, proposal = incident.known_by(party), proposal_of(incident, party)
    if known is None or proposal is None:
        return []
    answers = []
    for ruleset in applicable(put_down(incident, party, proposal)["grounds"], known_day(known)):
        try:
            answers += count_all(ruleset, party, known, unlawful=proposal.unlawful)
        except BadInput:
            continue  # this ruleset asks nothing of this party on that day
    return answers


def counts_from(incident: Incident, party: str, now: datetime) -> datetime | None:
    """Return the knowledge from which a decision of now would count.

    The party's knowledge of the incident; or, when no report was due by what was known then, the time when that
    changed. The second is our reading of the guideline.
    """
    standing = incident.decision(party)
    if standing is None or standing.reportable:
        return standing.known_at if standing and _same_day(incident, standing) else incident.known_by(party)
    return changed_at(incident, standing, now)


def changed_at(incident: Incident, standing: ReportabilityDecision, now: datetime) -> datetime:
    """Return as of when something became known that was not before the person who decided last."""
    quantity = incident.fact("quantity")
    later = [row.as_of for row in incident.legal_facts[-1:] if row.recorded_at > standing.decided_at]
    if quantity is not None and quantity.as_of > standing.decided_at:
        later.append(quantity.as_of)
    return min(later, default=now)


def _personal(incident: Incident, stated: LegalFacts) -> str:
    """The annex's personal information includes deceased persons; the law's does not. A person may say so."""
    if not incident.concerns_personal:
        return NO
    return YES if stated.personal == UNKNOWN else stated.personal


def _persons(incident: Incident) -> tuple[int | None, int | None]:
    quantity = incident.fact("quantity")
    if quantity is None or quantity.state == UNDER_INVESTIGATION:
        return None, None
    if quantity.state == KNOWN and quantity.high is None:
        return quantity.low, quantity.low
    return quantity.low, quantity.high


def _is_later(incident: Incident) -> bool:
    quantity = incident.fact("quantity")
    return quantity is not None and quantity.as_of > incident.legal_facts[-1].as_of


def _same_day(incident: Incident, standing: ReportabilityDecision) -> bool:
    known = incident.known_by(standing.party)
    return known is not None and standing.proposal["known_on"] == day_in_japan(known).isoformat()


def _has_ended(incident: Incident) -> bool:
    return incident.track("closure").state in workflow_of(incident).tracks["closure"].settled
