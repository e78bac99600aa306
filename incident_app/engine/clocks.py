"""Starts and meets the deadlines that a workflow ties to its steps."""

from datetime import timedelta

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.work import Work
from incident_app.engine.definition import DeadlineRule, Workflow


def run_clocks(work: Work, incident: Incident, workflow: Workflow, event: str) -> None:
    """Meet the open deadlines that this event meets, then start those that it starts."""
    for rule in workflow.deadlines.values():
        if event in rule.met_by:
            for deadline in incident.deadlines:
                if deadline.name == rule.name and deadline.is_open:
                    deadline.met_at = work.now
        if event in rule.starts_with:
            incident.deadlines.append(_start(work, incident, workflow, rule))


def _start(work: Work, incident: Incident, workflow: Workflow, rule: DeadlineRule) -> Deadline:
    counted_from = work.now if rule.counts_from == "now" else getattr(incident, rule.counts_from)
    within, source = rule.within, f"{workflow.name}/v{workflow.version} {rule.name}"
    agreed = getattr(incident.contract, rule.setting) if rule.setting else None
    if rule.setting and agreed is not None:
        source = f"contract {rule.setting}"
        within = timedelta(days=agreed) if rule.setting.endswith("_days") else timedelta(hours=agreed)
    return Deadline(
        name=rule.name,
        rule=source,
        counted_from=counted_from,
        due_at=counted_from + within,
    )
