"""Lets steps be taken: role, place, needs, then the timeline line. The one file that knows transitions.

pytransitions is held short: one machine for each workflow version and track, shared by all cases;
its model is the Track row; the one guard is a bound callable that collects everything unmet and
raises, so that neither its silent False nor its MachineError ever reaches a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from transitions import EventData, Machine

from incident_app.domain.errors import NotPermitted, Overtaken, StepRefused, Unmet
from incident_app.domain.incident import Incident, Track
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.notice import Notice
from incident_app.domain.parties import roles_on
from incident_app.domain.publication import Consultation
from incident_app.domain.timeline import Plain, TimelineEntry, lock_record, record, refuse_future
from incident_app.domain.work import Work
from incident_app.engine.clocks import run_clocks
from incident_app.engine.definition import Step, Workflow
from incident_app.engine.library import shelf, workflow_of
from incident_app.engine.needs import NEEDS, Situation


def take(
    work: Work,
    incident: Incident,
    step_name: str,
    *,
    item: InstructionItem | None = None,
    notice: Notice | None = None,
    consultation: Consultation | None = None,
    reason: str = "",
    seen: int | None = None,
    happened_at: datetime | None = None,
    **facts: Plain,
) -> TimelineEntry:
    """Take one step of a case and write it into the timeline; returns the entry.

    `seen` is the version of the track that the person was looking at. Raises NotPermitted when
    the actor's role does not carry the step, Overtaken when somebody else was faster, StepRefused
    with every unmet need, BadInput when `happened_at` lies in the future. A refusal changes nothing.
    """
    workflow = workflow_of(incident)
    step = workflow.steps[step_name]
    _refuse_strangers(work, incident, step)
    refuse_future(work, happened_at)
    lock_record(work.session, incident)
    work.session.expire_all()  # what was read before the lock may be old; the needs look at it again
    track = incident.track(step.track)
    if step.exclusive and seen is not None and seen != track.version:
        raise Overtaken
    situation = Situation(work, incident, item, notice, consultation, reason)
    machine = _machine(workflow.name, workflow.version, step.track)
    if not machine.events[step.name].trigger(track, situation=situation, step=step):
        raise RuntimeError(f"{step.name} was neither taken nor refused")
    if step.exclusive:
        track.changed_at = work.now
        flag_modified(track, "changed_at")  # counts the version even when two steps share an instant
    if reason:
        facts["reason"] = reason.strip()
    entry = record(work, incident, step.name, happened_at=happened_at, **facts)
    run_clocks(work, incident, workflow, entry)
    return entry


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that this person's role carries, with what is still missing for it (nothing: take it now)."""

    step: Step
    unmet: tuple[Unmet, ...]
    seen: int


def possible_steps(work: Work, incident: Incident) -> list[Choice]:
    """Return the steps that the actor could take from where the case stands, in the workflow's order."""
    roles = roles_on(work.session, work.actor.person_id, incident.contract_id, work.now)
    situation = Situation(work, incident)
    choices = []
    for step in workflow_of(incident).steps.values():
        track = incident.track(step.track)
        if step.by & roles and track.state in step.sources:
            needs = [name for name in step.needs if not NEEDS[name].of_subject]
            choices.append(Choice(step, tuple(_unmet(needs, situation)), track.version))
    return choices


def _refuse_strangers(work: Work, incident: Incident, step: Step) -> None:
    if not step.by & roles_on(work.session, work.actor.person_id, incident.contract_id, work.now):
        raise NotPermitted(
            f"「{step.label.ja}」を行う役割を、この契約で持っていません。",
            f"Your role on this contract does not carry “{step.label.en}”.",
        )


def _unmet(needs: Sequence[str], situation: Situation) -> list[Unmet]:
    return [NEEDS[name].unmet() for name in needs if not NEEDS[name].is_met(situation)]


@cache
def _machine(name: str, version: int, track: str) -> Machine:
    workflow = shelf()[name, version]
    machine = Machine(
        model=None,
        states=list(workflow.tracks[track].states),
        initial=None,
        auto_transitions=False,
        send_event=True,
        model_attribute="state",
    )
    for step in workflow.steps.values():
        if step.track == track:
            # From every state, so that the guard can say in words why a step is not open from here.
            for state in workflow.tracks[track].states:
                target = step.target if state in step.sources and step.target else state
                machine.add_transition(step.name, state, target, conditions=[_guard])
    return machine


def _guard(event: EventData) -> bool:
    """Collect everything that speaks against the step and raise it; True when nothing does."""
    step: Step = event.kwargs["step"]
    situation: Situation = event.kwargs["situation"]
    track: Any = event.model
    unmet = _unmet(step.needs, situation)
    if track.state not in step.sources:
        unmet.insert(0, _misplaced(workflow_of(situation.incident), step, track))
    if unmet:
        raise StepRefused(step.name, unmet)
    return True


def _misplaced(workflow: Workflow, step: Step, track: Track) -> Unmet:
    rule = workflow.tracks[step.track]
    here = rule.states[track.state]
    return Unmet(
        "place",
        f"「{step.label.ja}」は、{rule.label.ja}が「{here.ja}」のときには行えません。",
        f"“{step.label.en}” is not open while {rule.label.en} stands at “{here.en}”.",
    )
