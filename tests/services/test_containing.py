"""被害を最小限にする措置 (Article 16(2), first half) waits for nobody, at any time."""

from datetime import timedelta
from typing import Any

import pytest

from incident_app.domain.errors import BadInput, NotPermitted, Overtaken, StepRefused
from incident_app.services.closing import close_incident
from incident_app.services.containing import declare_contained, record_measure, resume_containment
from tests.cast import ITO, SATO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import by, last_line, open_case, refused, settled


def test_a_measure_is_recorded_before_any_report_or_instruction(work_of: WorkOf) -> None:
    """Remote wiping at two in the morning cannot wait for 甲's office hours."""
    with work_of(SUZUKI) as work:
        incident = open_case(work)
        when = work.now - timedelta(minutes=30)
        measure = record_measure(work, incident, " 遠隔消去した ", taken_at=when, taken_by="夜勤班")
        assert (measure.text, measure.taken_at, measure.taken_by) == ("遠隔消去した", when, "夜勤班")
        line = last_line(work, incident)
        assert (line.happened_at, line.written_at) == (when, work.now)
        first_measure = next(d for d in incident.deadlines if d.name == "first_measure")
        assert first_measure.met_at == work.now


def test_now_and_the_actor_are_meant_when_nothing_else_is_said(work_of: WorkOf) -> None:
    """One field is enough on a phone."""
    with work_of(SUZUKI) as work:
        measure = record_measure(work, open_case(work), "捜索を始めた")
        assert (measure.taken_at, measure.taken_by) == (work.now, SUZUKI.name)


def test_a_measure_needs_words_and_cannot_lie_in_the_future(work_of: WorkOf) -> None:
    """A plan is not a measure."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput) as refusal:
            record_measure(work, incident, " ")
        assert refusal.value.field == "text"
        with refused(work, BadInput) as refusal:
            record_measure(work, incident, "回収する", taken_at=work.now + timedelta(minutes=1))
        assert refusal.value.field == "taken_at"


def test_containment_is_declared_and_taken_up_again(work_of: WorkOf) -> None:
    """It may spread after all: an account that was forgotten, a copy that turns up."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        declare_contained(work, incident)
        assert incident.track("containment").state == "contained"
        with refused(work, StepRefused):
            declare_contained(work, incident)
        record_measure(work, incident, "念のため鍵を替えた")
        resume_containment(work, incident)
        assert incident.track("containment").state == "open"


def test_of_two_who_declare_from_the_same_page_the_second_looks_again(work_of: WorkOf) -> None:
    """In between a colleague may have taken it up again."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        seen = incident.track("containment").version
        declare_contained(work, incident, seen=seen)
        resume_containment(by(work, SATO), incident)
        with refused(work, Overtaken):
            declare_contained(work, incident, seen=seen)


def test_containment_goes_on_in_a_closed_case(work_of: WorkOf) -> None:
    """An ended case must not stand between 乙 and the damage."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        close_incident(by(work, YAMADA), incident)
        resume_containment(work, incident)
        record_measure(work, incident, "見つかったコピーを消した")
        declare_contained(work, incident)
        assert incident.track("closure").state == "closed"


@only_on_sqlite
@pytest.mark.parametrize("person", [YAMADA, ITO], ids=lambda member: member.login)
def test_measures_are_the_contractor_s(work_of: WorkOf, person: Any) -> None:
    """Article 16(2) obliges 乙."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, NotPermitted):
            record_measure(by(work, person), incident, "消した")
        with refused(work, NotPermitted):
            declare_contained(by(work, person), incident)
