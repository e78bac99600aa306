"""Deadlines: what starts them, what meets them, and whose number counts."""

from datetime import timedelta
from typing import Any

import pytest

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.engine.clocks import run_clocks
from incident_app.engine.library import newest
from incident_app.engine.machine import take
from tests.builders import a_bare_incident
from tests.cast import TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf

WORKFLOW = newest("article16")


def named(incident: Incident, name: str) -> list[Deadline]:
    return sorted((d for d in incident.deadlines if d.name == name), key=lambda d: d.due_at)


def happens(work: Work, incident: Incident, event: str, **numbers: int) -> None:
    facts: dict[str, Any] = dict(numbers)
    run_clocks(work, incident, WORKFLOW, record(work, incident, event, **facts))


def test_the_first_report_is_due_from_the_knowledge_of_the_case(work_of: WorkOf) -> None:
    """Not from the opening of the page: an hour may have passed before somebody found a telephone."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, known_at=work.now - timedelta(minutes=50))
        happens(work, incident, "incident_opened")

        (deadline,) = named(incident, "prompt_report")
        assert deadline.counted_from == incident.known_at
        assert deadline.due_at == incident.known_at + timedelta(hours=24)
        assert deadline.rule == "article16/v1 prompt_report"
        assert deadline.is_open


@pytest.mark.parametrize(
    ("agreed", "event", "name", "within"),
    [
        ({"prompt_report": 1}, "incident_opened", "prompt_report", timedelta(hours=1)),
        ({"prompt_report": 0}, "incident_opened", "prompt_report", timedelta(0)),
        ({"next_follow_up": 72}, "report_to_client", "next_follow_up", timedelta(days=3)),
        ({"prompt_report": 1}, "report_to_client", "next_follow_up", timedelta(days=7)),
    ],
)
def test_the_contract_goes_before_the_programs_target(
    work_of: WorkOf, *, agreed: dict[str, int], event: str, name: str, within: timedelta
) -> None:
    """速やかに has no number; when the parties agreed on one, it counts, and the deadline says so."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        incident.contract.agreed_hours = agreed
        happens(work, incident, event)

        (deadline,) = named(incident, name)
        assert deadline.due_at - deadline.counted_from == within
        assert deadline.rule == (f"contract {name}" if name in agreed else f"article16/v1 {name}")


def test_a_step_meets_its_deadline_at_the_instant_it_is_taken(work_of: WorkOf, clock: TestClock) -> None:
    """In time or late: the record says which."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        happens(work, incident, "incident_opened")
    clock.advance(hours=30)
    with work_of(TANAKA) as work:
        incident = work.session.get_one(Incident, incident.id)
        (report,), (measure,) = named(incident, "prompt_report"), named(incident, "first_measure")
        assert report.overdue(work.now)
        take(work, incident, "report_to_client")

        assert report.met_at == work.now
        assert report.overdue(work.now)
        assert measure.is_open


def test_each_follow_up_meets_the_last_deadline_and_starts_the_next(
    work_of: WorkOf, clock: TestClock
) -> None:
    """甲 is never left without a date for the next report, until the final one."""
    with work_of(TANAKA) as work:
        incident_id = a_bare_incident(work).id
    for step, met, still_open in (
        ("report_to_client", 0, 1),
        ("send_follow_up", 1, 1),
        ("send_follow_up", 2, 1),
        ("send_final_report", 3, 0),
    ):
        clock.advance(days=2)
        with work_of(TANAKA) as work:
            incident = work.session.get_one(Incident, incident_id)
            take(work, incident, step)
            deadlines = named(incident, "next_follow_up")
            assert [d.is_open for d in deadlines] == [False] * met + [True] * still_open
            assert not any(d.overdue(work.now) for d in deadlines)


def test_the_receipt_of_one_report_is_not_the_receipt_of_another(work_of: WorkOf) -> None:
    """甲 acknowledges version by version; an unread one goes on waiting."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work)
        happens(work, incident, "report_to_client", report=1)
        happens(work, incident, "send_follow_up", report=2)
        happens(work, incident, "receive_report", report=2)
        first, second = sorted(named(incident, "report_receipt"), key=lambda d: d.subject or 0)
        assert first.is_open and not second.is_open
        assert (first.party, first.label["ja"]) == ("client", "甲による報告の受領（目安） 1")


def test_a_deadline_tells_in_two_languages_how_it_was_counted_and_from_which_entry(work_of: WorkOf) -> None:
    """Whoever reads it in two years needs neither the file nor the program."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        happens(work, incident, "incident_opened")
        (deadline,) = named(incident, "prompt_report")
        assert deadline.anchor == 1 and deadline.article == "第16条第1項" and not deadline.statutory
        assert "24時間以内" in deadline.because[1]["ja"] and "24 hours" in deadline.because[1]["en"]
        assert (
            "2026-12-01 01:00" in deadline.because[-1]["ja"]
            and "2026-12-01 01:00" in deadline.because[-1]["en"]
        )


def test_the_watch_looks_at_what_is_open_and_at_nothing_else(work_of: WorkOf) -> None:
    """Armed at its first rung, silent once it is met or dropped; overdue already, it is brought up at once."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, known_at=work.now)
        happens(work, incident, "incident_opened")
        (report,), (measure,) = named(incident, "prompt_report"), named(incident, "first_measure")
        assert report.next_fire == work.now + timedelta(hours=12)
        report.meet(work.now)
        measure.drop(work.now, "superseded")
        assert not {report.next_fire, measure.next_fire} - {None}
        late = a_bare_incident(work, "I-2026-0002", known_at=work.now - timedelta(days=3))
        happens(work, late, "incident_opened")
        (overdue,) = named(late, "prompt_report")
        assert overdue.next_fire == overdue.due_at < work.now


def test_a_dropped_deadline_is_neither_met_nor_overdue(work_of: WorkOf) -> None:
    """An order taken back leaves its date on record, and nobody late."""
    with work_of(YAMADA) as work:
        due = work.now - timedelta(hours=1)
        deadline = Deadline(
            name="item", rule="item 1", counted_from=due, due_at=due, met_at=None, dropped_at=work.now
        )
        assert not deadline.overdue(work.now)
        assert not deadline.is_open


def test_an_instruction_by_telephone_answers_as_well_as_one_in_the_system(work_of: WorkOf) -> None:
    """甲's answer counts by whichever way it came."""
    for number, step, member in ((1, "issue_instruction", YAMADA), (2, "transcribe_instruction", TANAKA)):
        with work_of(member) as work:
            incident = a_bare_incident(work, f"I-2026-{number:04}")
            happens(work, incident, "report_to_client", report=1)
            take(work, incident, step)
            (answer,) = named(incident, "instruction_answer")
            assert answer.met_at == work.now
