"""Each item of an instruction has a date, its own or the one by which it is to be answered."""

from datetime import timedelta

from incident_app.domain.deadline import INSTRUCTION_ENDED, Deadline
from incident_app.domain.incident import Incident
from incident_app.services.instructing import (
    Order,
    amend_instruction,
    fulfil_item,
    issue_instruction,
    withdraw_instruction,
)
from tests.cast import TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.stories import INQUIRY, by, instructed, item_of, last_line, reported


def clock_of(incident: Incident, number: int = 1) -> Deadline:
    """The clock of an item of the newest instruction."""
    item = item_of(incident, number)
    return next(deadline for deadline in incident.deadlines if deadline.item_id == item.id)


def test_an_item_with_its_own_date_keeps_it_whatever_the_contract_says(work_of: WorkOf) -> None:
    """甲's word in this case goes before what the parties once agreed on for all cases."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        incident.contract.agreed_hours = {"instruction_item": 12}
        due = work.now + timedelta(days=2)
        issue_instruction(by(work, YAMADA), incident, [Order("investigate", "原因を調べること", by_when=due)])
        clock = clock_of(incident)
        assert (clock.due_at, clock.rule) == (due, "instruction 1 item 1")
        assert (clock.label["ja"], clock.label["en"]) == ("指示1 事項1", "Instruction 1, item 1")
        assert [set(step) for step in clock.because] == [{"ja", "en"}]
        assert all("2026-12-02 02:00" in said for said in clock.because[0].values()), "in Japanese time"


def test_an_item_without_a_date_gets_the_hours_of_the_contract(work_of: WorkOf) -> None:
    """No order is without a date; and the page says whose number it was."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        incident.contract.agreed_hours = {"instruction_item": 12}
        issue_instruction(by(work, YAMADA), incident, [INQUIRY])
        clock = clock_of(incident)
        assert (clock.due_at - work.now, clock.rule) == (timedelta(hours=12), "contract instruction_item")


def test_the_clock_of_an_item_is_the_contractors_and_hangs_on_the_line_that_ordered_it(
    work_of: WorkOf,
) -> None:
    """Whoever asks why it is due finds 甲's order; the watch looks at it from then on."""
    with work_of(TANAKA) as work:
        incident = instructed(work, INQUIRY)
        clock = clock_of(incident)
        assert (clock.party, clock.anchor) == ("contractor", last_line(work, incident).position)
        assert clock.next_fire == clock.due_at - timedelta(hours=24)


def test_fulfilling_one_item_meets_its_clock_alone(work_of: WorkOf) -> None:
    """Two orders, two dates: what was done for one answers nothing of the other."""
    with work_of(TANAKA) as work:
        incident = instructed(work, INQUIRY, INQUIRY)
        fulfil_item(work, incident, item_of(incident), "原因は鞄の置き忘れ")
        assert clock_of(incident).met_at == work.now
        assert clock_of(incident, 2).is_open


def test_an_item_that_is_added_later_is_counted_from_then(work_of: WorkOf) -> None:
    """An amendment drops the clock of what it ends and starts one for what it adds, three hours later."""
    with work_of(TANAKA) as work:
        incident = instructed(work, INQUIRY)
        later = by(work, YAMADA, hours=3)
        amend_instruction(later, incident, incident.instructions[0], end=[1], add=[INQUIRY], reason="範囲")
        ended, added = clock_of(incident), clock_of(incident, 2)
        assert (ended.dropped_at, ended.dropped_because) == (later.now, INSTRUCTION_ENDED)
        assert added.is_open and added.counted_from == later.now


def test_a_withdrawn_instruction_leaves_nobody_late(work_of: WorkOf) -> None:
    """What 甲 takes back is no longer owed, and nobody is reminded of it."""
    with work_of(TANAKA) as work:
        incident = instructed(work, INQUIRY)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "誤り")
        clock = clock_of(incident)
        assert clock.dropped_because == INSTRUCTION_ENDED and clock.next_fire is None
        assert not clock.overdue(clock.due_at + timedelta(days=30))
