"""法令上の報告の要否: the facts that decide are stated, a person of each party decides (Act Art 26 and 68)."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from typing import Any

from incident_app.domain.deadline import NOT_REPORTABLE, REPORTABILITY, Deadline
from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CLIENT, PARTIES, TOKYO, day_in_japan, party_of, roles_on
from incident_app.domain.statute import LegalFactsRow, ReportabilityDecision
from incident_app.domain.timeline import head_of, record
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.rulesets.facts import LegalFacts, said_by
from incident_app.rulesets.triage import DAYS, DAYS_IF_UNLAWFUL, Proposal
from incident_app.services.proposing import (
    awaits_decision,
    changed_at,
    legal_facts_of,
    proposal_of,
    put_down,
)
from incident_app.services.statutory_clocks import in_japan, start_statutory_clocks

DECIDE_ON_DAY = 3
"""A decision is due when the window of the preliminary report opens."""
LADDER = ("-1d@09:00", "0d@09:00", "+0h", "+1d@09:00", "+3d@09:00")


def state_legal_facts(
    work: Work, incident: Incident, facts: LegalFacts, *, as_of: datetime | None = None
) -> LegalFactsRow:
    """Put on record what is known that decides whether the law asks for a report; what was said before stays."""
    as_of = as_of or work.now
    _refuse_impossible(work, incident, "as_of", as_of)
    before = legal_facts_of(incident)
    changed = [each.name for each in fields(facts) if getattr(facts, each.name) != getattr(before, each.name)]
    if incident.legal_facts and not changed:
        raise BadInput("facts", "前回から変わった項目がありません。", "Nothing differs from what was stated.")
    take(work, incident, "state_legal_facts", changed=changed)
    row = LegalFactsRow(
        said=said_by(facts), as_of=as_of, recorded_at=work.now, recorded_by_id=work.actor.person_id
    )
    incident.legal_facts.append(row)
    review(work, incident)
    return row


def decide_reportability(
    work: Work,
    incident: Incident,
    party: str,
    *,
    reportable: bool,
    days: int,
    reason: str,
    known_at: datetime,
    exemption: str = "",
    assessed_by: str = "",
) -> ReportabilityDecision:
    """A person of the party decides whether it must report; the statutory clocks start or end with it.

    `days` is 30 or 60, `known_at` the knowledge that they count from. Raises BadInput naming the field,
    NotPermitted for somebody of the other party.
    """
    _refuse_other_party(work, incident, party)
    proposal = proposal_of(incident, party)
    if proposal is None:
        raise BadInput(
            "party",
            "甲はまだこの事案を知らされていません。",
            "The client has not been told of this case yet.",
        )
    _refuse_impossible(work, incident, "known_at", known_at)
    _check_decision(days, reason, exemption, assessed_by)
    articles = [found.article for found in proposal.carrying] if reportable else []
    entry = take(
        work,
        incident,
        "decide_reportability",
        reason=reason,
        party=party,
        reportable=reportable,
        days=days,
        known_at=in_japan(known_at),
        grounds=articles,
        exemption=exemption.strip(),
        assessed_by=assessed_by.strip(),
        rulesets=list(proposal.rulesets),
        **_proposed(proposal),
    )
    decision = ReportabilityDecision(
        party=party,
        legal_facts_id=incident.legal_facts[-1].id if incident.legal_facts else None,
        rulesets=list(proposal.rulesets),
        proposal=put_down(incident, party, proposal),
        reportable=reportable,
        grounds=articles,
        days=days,
        exemption=exemption.strip(),
        assessed_by=assessed_by.strip(),
        reason=reason.strip(),
        known_at=known_at,
        decided_at=work.now,
        decided_by_id=work.actor.person_id,
    )
    incident.decisions.append(decision)
    work.session.flush()
    start_statutory_clocks(work, incident, decision, entry)
    review(work, incident)
    return decision


def review(work: Work, incident: Incident) -> None:
    """Start a clock for the decision of each party that has to look, for the first time or again; stop it when it has.

    Called after whatever may change a proposal. Running statutory deadlines are never touched by it.
    """
    for party in PARTIES:
        clock = next(
            (d for d in incident.deadlines if d.name == REPORTABILITY and d.party == party and d.is_open),
            None,
        )
        if not incident.concerns_personal:
            if clock is not None:
                clock.drop(work.now, NOT_REPORTABLE)
        elif not awaits_decision(incident, party):
            if clock is not None:
                clock.meet(work.now)
        elif clock is None:
            _ask(work, incident, party)


def _ask(work: Work, incident: Incident, party: str) -> None:
    standing = incident.decision(party)
    since = incident.known_by(party) if standing is None else changed_at(incident, standing, work.now)
    proposal = proposal_of(incident, party)
    if since is None or proposal is None:
        return
    if standing is not None:
        record(work, incident, "review_due", party=party, **_proposed(proposal))
    head = head_of(work.session, incident.id)
    due_on = day_in_japan(since) + timedelta(days=DECIDE_ON_DAY - 1)
    deadline = Deadline(
        name=REPORTABILITY,
        label={
            "ja": f"法令上の報告の要否の判断（{'甲' if party == CLIENT else '乙'}）",
            "en": f"Decision on reporting by law ({party})",
        },
        party=party,
        article="個人情報の保護に関する法律第26条・第68条",
        rule="program decide_reportability",
        anchor=head.position if head else None,
        counted_from=since,
        because=_because(since, again=standing is not None),
        due_on=due_on,
        due_at=datetime.combine(due_on, time(23, 59, 59), TOKYO).astimezone(UTC),
        ladder=list(LADDER),
    )
    deadline.arm(work.now)
    incident.deadlines.append(deadline)


def _because(since: datetime, *, again: bool) -> list[dict[str, str]]:
    what = ("判断の前提が変わったことを知った時", "what the decision rests on changed")
    if not again:
        what = ("事案を知った時", "the party knew of the incident")
    return [
        {
            "ja": f"{what[0]}（{in_japan(since)}）を1日目とする。",
            "en": f"Day 1 is when {what[1]} ({in_japan(since)}).",
        },
        {
            "ja": f"速報の目安（3日目から5日目）が始まる{DECIDE_ON_DAY}日目までに判断する（本システムの目安）。",
            "en": f"Decided by day {DECIDE_ON_DAY}, when the window of the preliminary report opens (the program's target).",
        },
    ]


def _proposed(proposal: Proposal) -> Mapping[str, Any]:
    """Return the proposal as the timeline tells it."""
    return {
        "proposed": proposal.reportable,
        "proposed_days": proposal.days,
        "proposed_grounds": [found.article for found in proposal.carrying],
    }


def _refuse_other_party(work: Work, incident: Incident, party: str) -> None:
    roles = roles_on(work.session, work.actor.person_id, incident.contract_id, work.now)
    if party not in PARTIES:
        raise BadInput("party", "甲又は乙を選んでください。", "Choose the client or the contractor.")
    if party_of(roles) != party:
        raise NotPermitted(
            "報告の要否は、それぞれの当事者の担当者が判断します。",
            "Each party decides for itself whether it must report.",
        )


def _check_decision(days: int, reason: str, exemption: str, assessed_by: str) -> None:
    if days not in (DAYS, DAYS_IF_UNLAWFUL):
        raise BadInput("days", "30日か60日を選んでください。", "Choose 30 or 60 days.")
    if not reason.strip():
        raise BadInput("reason", "判断の理由を書いてください。", "Please give the reason for the decision.")
    if exemption.strip() and not assessed_by.strip():
        raise BadInput(
            "assessed_by",
            "除外に当たることを確かめた人の氏名を書いてください。",
            "Name the person who assessed the exemption.",
        )


def _refuse_impossible(work: Work, incident: Incident, field: str, instant: datetime) -> None:
    """Refuse a naive time, one in the future, and one before the incident was found."""
    if instant.tzinfo is None:
        raise BadInput(field, "時刻に時差がありません。", "The time has no zone.")
    if not incident.detected_at <= instant <= work.now:
        raise BadInput(
            field,
            "発覚から現在までの間の日時を書いてください。",
            "This must lie between the detection and now.",
        )
