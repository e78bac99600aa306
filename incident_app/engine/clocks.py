"""Starts and meets the deadlines that a workflow ties to its steps."""

from datetime import datetime, timedelta
from typing import Any

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.parties import TOKYO
from incident_app.domain.timeline import TimelineEntry
from incident_app.domain.work import Work
from incident_app.engine.definition import DeadlineRule, Workflow


def run_clocks(work: Work, incident: Incident, workflow: Workflow, entry: TimelineEntry) -> None:
    """Meet the open deadlines that this entry meets, then start those that it starts."""
    for rule in workflow.deadlines.values():
        subject = entry.facts.get(rule.per) if rule.per else None
        if entry.event in rule.met_by:
            for deadline in incident.deadlines:
                if deadline.name == rule.name and deadline.is_open and deadline.subject == subject:
                    deadline.meet(work.now)
        if entry.event in rule.starts_with:
            start_clock(work, incident, workflow, rule.name, entry, subject=subject)


def start_clock(
    work: Work,
    incident: Incident,
    workflow: Workflow,
    name: str,
    entry: TimelineEntry,
    *,
    subject: int | None = None,
    **facts: Any,
) -> Deadline:
    """Start one deadline of the workflow, counted from `entry`; `facts` are columns that go before the rule's."""
    rule = workflow.deadlines[name]
    counted_from = work.now if rule.counts_from == "now" else getattr(incident, rule.counts_from)
    agreed = incident.contract.agreed_hours.get(name)
    within = rule.within if agreed is None else timedelta(hours=agreed)
    due_at = counted_from + within
    deadline = Deadline(
        **{
            "name": name,
            "label": _label(rule, subject),
            "party": rule.party,
            "article": rule.clause,
            "rule": f"{workflow.name}/v{workflow.version} {name}" if agreed is None else f"contract {name}",
            "anchor": entry.position,
            "counted_from": counted_from,
            "because": _because(rule, entry, counted_from, within, agreed=agreed is not None),
            "due_at": due_at,
            "ladder": list(rule.remind),
            "subject": subject,
        }
        | facts
    )
    deadline.arm(work.now)
    incident.deadlines.append(deadline)
    return deadline


def _label(rule: DeadlineRule, subject: int | None) -> dict[str, str]:
    number = "" if subject is None else f" {subject}"
    return {"ja": f"{rule.label.ja}{number}", "en": f"{rule.label.en}{number}"}


def _because(
    rule: DeadlineRule, entry: TimelineEntry, counted_from: datetime, within: timedelta, *, agreed: bool
) -> list[dict[str, str]]:
    """Say how it was counted, step by step, in both languages."""
    hours = int(within / timedelta(hours=1))
    start = {
        "known_at": ("乙が知った時", "the contractor's knowledge"),
        "detected_at": ("発覚の時", "the detection"),
        "now": (f"経過記録 第{entry.position}号の時", f"entry {entry.position} of the timeline"),
    }[rule.counts_from]
    source = (
        ("契約で定めた時間", "as the contract agrees")
        if agreed
        else ("本システムの目安。条文に時間の定めはない", "the program's target; the clause gives no number")
    )
    return [
        {
            "ja": f"{start[0]}（{_local(counted_from)}）から数える。",
            "en": f"Counted from {start[1]} ({_local(counted_from)}).",
        },
        {"ja": f"{hours}時間以内（{source[0]}）。", "en": f"Within {hours} hours ({source[1]})."},
        {
            "ja": f"期限は {_local(counted_from + within)}（日本時間）。",
            "en": f"Due at {_local(counted_from + within)}, Japanese time.",
        },
    ]


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(TOKYO):%Y-%m-%d %H:%M}"
