"""Two parties, two clocks: the statutory deadlines that a decision starts, and 乙's release from its own."""

from datetime import date, datetime

from incident_app.domain.deadline import NOT_REPORTABLE, RELEASED, SUPERSEDED, Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CLIENT, CONTRACTOR, PARTIES, TOKYO
from incident_app.domain.report import Report
from incident_app.domain.statute import ReportabilityDecision
from incident_app.domain.timeline import TimelineEntry, record
from incident_app.domain.work import Work
from incident_app.notices.japanese import plain
from incident_app.rulesets.counting import Answer, count_all, known_day
from incident_app.rulesets.definition import Ruleset
from incident_app.rulesets.library import in_force
from incident_app.rulesets.triage import DAYS_IF_UNLAWFUL

MAIN_STATUTE = "jp-appi"
NOTIFY_CLIENT = "notify_client"
"""The rule by which 乙 tells 甲, and is released from what else its ruleset asks of it."""


def start_statutory_clocks(
    work: Work, incident: Incident, decision: ReportabilityDecision, entry: TimelineEntry
) -> None:
    """End the party's open statutory deadlines, and start those that the decision asks for.

    What was done since that knowledge under the same rule stays done. 乙 is released at once when it has told 甲.
    """
    for deadline in _open_of(incident, decision.party):
        deadline.drop(work.now, SUPERSEDED if decision.reportable else NOT_REPORTABLE)
    if decision.reportable:
        for ruleset in applicable(decision.proposal["grounds"], known_day(decision.known_at)):
            for answer in count_all(
                ruleset, decision.party, decision.known_at, unlawful=decision.days == DAYS_IF_UNLAWFUL
            ):
                _start(work, incident, decision, answer, entry)
    work.session.flush()
    if decision.party == CONTRACTOR:
        release_contractor(work, incident)


def applicable(grounds: list[str], day: date) -> list[Ruleset]:
    """Return the rulesets in force on a day to which these grounds belong; without any ground, the general act."""
    sets = in_force(day)
    named = {ground.partition(" ")[0] for ground in grounds}
    return [each for each in sets if each.reference in named] or [
        each for each in sets if each.statute == MAIN_STATUTE
    ]


def release_of(incident: Incident) -> Report | None:
    """Return the report by which 乙 told 甲 what it knew, and so was released from its own report to the authority.

    A report from before a threshold was crossed tells nothing of the crossing, and releases from nothing.
    """
    decision = incident.decision(CONTRACTOR)
    since = decision.known_at if decision is not None and decision.reportable else incident.known_at
    return _told_since(incident, since)


def release_contractor(work: Work, incident: Incident) -> None:
    """乙 has told 甲: its duty to tell is met, and what else the same ruleset asks of it is dropped."""
    own = [d for d in incident.deadlines if d.statutory and d.party == CONTRACTOR]
    for deadline in own:
        report = _told_since(incident, deadline.counted_from)
        if deadline.name == NOTIFY_CLIENT and deadline.is_open and report is not None:
            deadline.meet(report.sent_at)
    told = [d for d in own if d.name == NOTIFY_CLIENT and d.met_at is not None]
    released = [d for d in own if d.is_open and any(_releases(one, d) for one in told)]
    for deadline in released:
        deadline.drop(work.now, RELEASED)
    report = release_of(incident)
    if released and report is not None:
        articles = {one.article for one in told for d in released if _releases(one, d)}
        record(work, incident, "contractor_released", report=report.version, articles=sorted(articles))


def _told_since(incident: Incident, since: datetime) -> Report | None:
    return next((report for report in incident.reports if report.sent_at >= since), None)


def _releases(told: Deadline, other: Deadline) -> bool:
    return _ruleset(told) == _ruleset(other) and told.met_at is not None and told.met_at >= other.counted_from


def statutory_lines(incident: Incident) -> list[dict[str, str]]:
    """Return what each party owes the authority, as the reports to 甲 print it (法令上の報告の見込み・状況)."""
    return [_line(incident, party) for party in PARTIES] if incident.concerns_personal else []


def _line(incident: Incident, party: str) -> dict[str, str]:
    decision = incident.decision(party)
    own = [d for d in incident.deadlines if d.statutory and d.party == party]
    running = [d for d in own if d.dropped_at is None]
    outlook = "未判断"
    if decision is not None:
        outlook = "報告対象" if decision.reportable else f"対象外（{decision.reason}）"
    if any(d.dropped_because == RELEASED for d in own):
        outlook += "、甲への通知により乙の報告は免除"
    return {
        "party": "甲" if party == CLIENT else "乙",
        "basis": "、".join(decision.grounds) if decision else "",
        "outlook": outlook,
        "due": "\n".join(
            f"{d.label['ja']} {plain(d.due_on or d.due_at)}{'（済）' if d.met_at else ''}" for d in running
        ),
    }


def in_japan(instant: datetime) -> str:
    """Return an instant in Japanese time, to the minute."""
    return f"{instant.astimezone(TOKYO):%Y-%m-%d %H:%M}"


def _open_of(incident: Incident, party: str) -> list[Deadline]:
    return [d for d in incident.deadlines if d.statutory and d.party == party and d.is_open]


def _ruleset(deadline: Deadline) -> str:
    return deadline.rule.partition(" ")[0]


def _start(
    work: Work, incident: Incident, decision: ReportabilityDecision, answer: Answer, entry: TimelineEntry
) -> None:
    rule = f"{answer.ruleset} {answer.rule.name}"
    done = (d.met_at for d in incident.deadlines if d.rule == rule and d.party == decision.party)
    if any(met_at is not None and met_at >= decision.known_at for met_at in done):
        return
    deadline = Deadline(
        name=answer.rule.name,
        label={"ja": answer.rule.label.ja, "en": answer.rule.label.en},
        party=decision.party,
        article=answer.rule.article,
        statutory=True,
        rule=rule,
        calendar=answer.calendar,
        anchor=entry.position,
        counted_from=decision.known_at,
        because=[{"ja": words.ja, "en": words.en} for words in answer.because],
        window_from=answer.window_from,
        due_on=None if isinstance(answer.due, datetime) else answer.due,
        due_at=answer.due_at,
        ladder=list(answer.rule.remind),
        decision_id=decision.id,
    )
    deadline.arm(work.now)
    incident.deadlines.append(deadline)
