"""Every step from every state for every role: what is offered is what can be taken, and what may never wait never does."""

from collections.abc import Iterator
from itertools import product

import pytest

from incident_app.domain.errors import NotPermitted, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.work import Work
from incident_app.engine.library import newest
from incident_app.engine.machine import possible_steps, take
from incident_app.engine.needs import NEEDS
from tests.builders import a_bare_incident, an_item
from tests.cast import ITO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_sqlite

WORKFLOW = newest("article16")
TRACKS = WORKFLOW.tracks
BY_ROLE = {"responsible_person": TANAKA, "worker": SUZUKI, "client_officer": YAMADA, "auditor": ITO}


def stand_at(work: Work, incident: Incident, states: dict[str, str]) -> None:
    for name, state in states.items():
        incident.track(name).state = state
    work.session.flush()


def try_step(work: Work, incident: Incident, step: str) -> tuple[str, ...] | None:
    """Take a step and undo it. Returns the unmet needs (none: taken), or None for a missing role."""
    with work.session.begin_nested() as trial:
        try:
            take(work, incident, step)
            return ()
        except NotPermitted:
            return None
        except StepRefused as refusal:
            return tuple(unmet.need for unmet in refusal.unmet)
        finally:
            trial.rollback()


@only_on_sqlite
@pytest.mark.parametrize("with_item", [False, True], ids=["nothing ordered", "an item in force"])
@pytest.mark.parametrize("member", BY_ROLE.values(), ids=list(BY_ROLE))
def test_what_is_offered_is_what_can_be_taken(
    work_of: WorkOf, member: CastMember, *, with_item: bool
) -> None:
    """A button that refuses, or a step without its button, would both be lies."""
    with work_of(member) as work:
        incident = a_bare_incident(work)
        if with_item:
            an_item(work, incident)
        for track, closure in product(TRACKS, TRACKS["closure"].states):
            for state in [closure] if track == "closure" else TRACKS[track].states:
                stand_at(work, incident, {"closure": closure, track: state})
                offered = {
                    choice.step.name: tuple(unmet.need for unmet in choice.unmet)
                    for choice in possible_steps(work, incident)
                }
                for step in (step for step in WORKFLOW.steps.values() if step.track == track):
                    refused = try_step(work, incident, step.name)
                    if refused is None or "place" in refused:
                        assert step.name not in offered
                    else:
                        told = tuple(need for need in refused if not NEEDS[need].of_subject)
                        assert offered[step.name] == told


def every_elsewhere(*own: str) -> Iterator[dict[str, str]]:
    """Every combination of states of the other tracks."""
    others = [name for name in TRACKS if name not in own]
    for states in product(*(TRACKS[name].states for name in others)):
        yield dict(zip(others, states, strict=True))


@only_on_sqlite
@pytest.mark.parametrize("role", ["responsible_person", "worker", "client_officer"])
def test_reporting_and_containing_never_wait(work_of: WorkOf, role: str) -> None:
    """直ちに, 速やかに: whatever else is open, closed, refused or withdrawn, these steps are open to their roles."""
    with work_of(BY_ROLE[role]) as work:
        incident = a_bare_incident(work)
        for elsewhere in every_elsewhere("report", "containment"):
            for report, containment in product(TRACKS["report"].states, TRACKS["containment"].states):
                here = {"report": report, "containment": containment}
                with work.session.no_autoflush:
                    for name, state in {**elsewhere, **here}.items():
                        incident.track(name).state = state
                    offered = {c.step.name for c in possible_steps(work, incident) if not c.unmet}
                due = {
                    step.name
                    for step in WORKFLOW.steps.values()
                    if step.track in here and here[step.track] in step.sources and role in step.by
                }
                assert due <= offered
        work.session.rollback()


@only_on_sqlite
def test_reporting_and_containing_are_taken_in_a_case_that_has_ended(work_of: WorkOf) -> None:
    """What comes to light after the end is still reported and still contained."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        for closure in TRACKS["closure"].states:
            for step in (s for s in WORKFLOW.steps.values() if TRACKS[s.track].ungated):
                for state in step.sources:
                    stand_at(work, incident, {"closure": closure, step.track: state})
                    may = "responsible_person" in step.by
                    assert try_step(work, incident, step.name) == (() if may else None)


def test_report_and_containment_can_be_gated_by_nothing() -> None:
    """The definition itself says so; a version that forgets it must be seen."""
    assert {name for name, track in TRACKS.items() if track.ungated} == {"report", "containment"}
