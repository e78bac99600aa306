"""The watch writes down what was reached, and then tells people: nothing is lost, and nothing comes twice."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.deadline import RELEASED, SILENT_AFTER, Deadline
from incident_app.domain.timeline import lock_record
from incident_app.services.closing import acknowledge_no_incident, claim_no_incident
from incident_app.services.moving import move_deadline
from incident_app.services.watching import beat, last_beat, something_is_watched, sweep, tell, watch_is_silent
from tests.builders import a_bare_incident, an_incident
from tests.cast import SATO, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_postgresql
from tests.services.duties import (
    BASE,
    a_duty,
    addresses,
    case_of,
    look,
    mails,
    reminders,
    rungs,
    told,
    watching,
)
from tests.services.stories import by

Sessions = sessionmaker[Session]


# ------------------------------------------------------------ what is written down


def test_each_rung_that_was_reached_becomes_a_row_of_its_own(
    sessions: Sessions, clock: TestClock, duty: int
) -> None:
    """What stands in a row cannot be forgotten by a process."""
    for hours, expected in ((19, 0), (2, 1), (1, 0), (3, 1)):
        clock.advance(hours=hours)
        with watching(sessions, clock) as work:
            assert sweep(work) == expected

    with sessions() as session:
        found = [(r.deadline_id, r.rung, r.made_at - r.fires_at) for r in reminders(session)]
        deadline = session.get_one(Deadline, duty)
        assert found == [(duty, "-4h", timedelta(hours=1)), (duty, "+0h", timedelta(hours=1))]
        assert deadline.next_fire == deadline.due_at + timedelta(hours=24)


@pytest.mark.usefixtures("duty")
def test_after_three_days_of_sleep_no_rung_is_missing(sessions: Sessions, clock: TestClock) -> None:
    """A watch that asks what is due exactly now would have lost all of these."""
    clock.advance(days=3)

    with watching(sessions, clock) as work:
        assert sweep(work) == 1
        assert sweep(work) == 0

    assert rungs(sessions) == [("-4h", "queued"), ("+0h", "queued"), ("+24h", "queued")]


def test_a_rung_that_was_written_once_is_never_written_again(
    sessions: Sessions, clock: TestClock, duty: int
) -> None:
    """A case that is reopened comes by the same rungs again; what its people heard then they need not hear twice."""
    clock.advance(days=2)
    look(sessions, clock)
    with sessions.begin() as session:
        session.get_one(Deadline, duty).silence()
    clock.advance(days=1)
    with sessions.begin() as session:
        session.get_one(Deadline, duty).arm(clock())

    look(sessions, clock)
    clock.advance(hours=30)
    look(sessions, clock)

    assert rungs(sessions) == [(rung, "told") for rung in ("-4h", "+0h", "+24h", "+72h")]
    assert len(told(sessions)) == len(addresses(SATO, TANAKA, SUZUKI)) * 2


def test_a_great_heap_is_taken_in_parts_the_oldest_first(
    sessions: Sessions, clock: TestClock, work_of: WorkOf
) -> None:
    """No transaction holds the database for long, however much came up at once."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        late, early, later = (a_duty(work, incident, hours).id for hours in (30, 28, 32))
    clock.advance(hours=29)

    with watching(sessions, clock) as work:
        assert sweep(work, at_most=2) == 2
        assert {r.deadline_id for r in reminders(work.session)} == {early, late}
        assert sweep(work, at_most=2) == 1
        assert sweep(work, at_most=2) == 0
        assert {r.deadline_id for r in reminders(work.session)} == {early, late, later}


@only_on_postgresql
def test_somebody_who_works_on_a_case_does_not_hold_up_the_sweep(
    sessions: Sessions, clock: TestClock, duty: int, work_of: WorkOf
) -> None:
    """A long transaction on one incident delays nobody else's reminder, nor the writing down of its own."""
    clock.advance(hours=21)
    with work_of(TANAKA) as busy:
        lock_record(busy.session, case_of(busy))
        with watching(sessions, clock) as work:
            assert sweep(work) == 1

    assert rungs(sessions) == [("-4h", "queued")]


@only_on_postgresql
def test_what_another_has_in_hand_is_left_to_it(
    sessions: Sessions, clock: TestClock, duty: int, work_of: WorkOf
) -> None:
    """Two watches share the work and neither waits; a date that is being moved is looked at when it has moved."""
    clock.advance(hours=21)
    with watching(sessions, clock) as first:
        assert sweep(first) == 1
        with watching(sessions, clock) as second:
            assert sweep(second) == 0
    clock.advance(hours=4)
    with work_of(TANAKA) as mover:
        deadline = mover.session.get_one(Deadline, duty)
        mover.session.refresh(deadline, with_for_update=True)
        deadline.due_at += timedelta(days=1)
        deadline.arm(mover.now)
        with watching(sessions, clock) as work:
            assert sweep(work) == 0
    with watching(sessions, clock) as work:
        assert sweep(work) == 0

    assert rungs(sessions) == [("-4h", "queued")]


# ------------------------------------------------------------ who is no longer told


@pytest.mark.parametrize("end", ["met", "dropped", "moved"])
def test_a_reminder_of_what_is_done_dropped_or_moved_is_not_sent(
    sessions: Sessions, clock: TestClock, duty: int, work_of: WorkOf, end: str
) -> None:
    """It was written down while the deadline stood; a moment later somebody acted."""
    clock.advance(hours=20)
    with watching(sessions, clock) as work:
        sweep(work)
    with work_of(TANAKA) as work:
        deadline = work.session.get_one(Deadline, duty)
        if end == "met":
            deadline.meet(work.now)
        elif end == "dropped":
            deadline.drop(work.now, RELEASED)
        else:
            later = deadline.due_at + timedelta(days=2)
            move_deadline(by(work, YAMADA), case_of(work), deadline, to_instant=later, reason="甲の了承")

    assert look(sessions, clock) == 0

    assert rungs(sessions) == [("-4h", "moot")] and told(sessions) == []


def test_a_case_that_has_ended_reminds_nobody(sessions: Sessions, clock: TestClock, work_of: WorkOf) -> None:
    """What was none owes nothing; its open dates do not ring on."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        a_duty(work, incident)
    clock.advance(hours=20)
    with watching(sessions, clock) as work:
        assert sweep(work) >= 1
    with work_of(TANAKA) as work:
        claim_no_incident(work, case_of(work), "所在を確認した")
        acknowledge_no_incident(by(work, YAMADA), case_of(work))

    assert look(sessions, clock) == 0
    clock.advance(days=30)
    assert look(sessions, clock) == 0

    assert {state for _, state in rungs(sessions)} == {"moot"} and told(sessions) == []


def test_a_moved_deadline_has_a_ladder_of_its_own(
    sessions: Sessions, clock: TestClock, duty: int, work_of: WorkOf
) -> None:
    """Four hours before the new time is another reminder than four hours before the old one."""
    clock.advance(hours=20)
    look(sessions, clock)
    with work_of(YAMADA) as work:
        deadline = work.session.get_one(Deadline, duty)
        later = deadline.due_at + timedelta(days=2)
        move_deadline(work, case_of(work), deadline, to_instant=later, reason="甲の了承")
    clock.advance(days=2)

    look(sessions, clock)

    assert rungs(sessions) == [("-4h", "told"), ("-4h", "told")]
    with sessions() as session:
        assert len({mail.message_id for mail in mails(session)}) == 4


# ------------------------------------------------------------ two at once, and the watch itself


@only_on_postgresql
def test_of_two_who_want_to_tell_the_same_the_second_finds_nothing_left(
    sessions: Sessions, clock: TestClock, duty: int
) -> None:
    """Both have read the queue; the incident's lock decides, and the second looks again."""
    clock.advance(hours=20)
    with watching(sessions, clock) as work:
        sweep(work)
    second_told: list[bool] = []

    def second() -> None:
        with watching(sessions, clock) as work:
            second_told.append(tell(work, duty, BASE))

    with watching(sessions, clock) as first:
        assert tell(first, duty, BASE)
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        assert other.is_alive(), "it waits for the lock"
    other.join(10)

    assert second_told == [False]
    assert told(sessions) == addresses(SATO, TANAKA)


def test_the_watch_is_silent_when_it_has_not_looked_for_five_minutes(
    sessions: Sessions, clock: TestClock
) -> None:
    """Its own silence must be seen: others learn of a dead scheduler from a missed deadline."""
    with watching(sessions, clock) as work:
        assert last_beat(work.session) is None and watch_is_silent(work)
        beat(work)
    clock.advance(minutes=1)
    with watching(sessions, clock) as work:
        beat(work)
        assert last_beat(work.session) == clock()
    clock.now += SILENT_AFTER
    with watching(sessions, clock) as work:
        assert not watch_is_silent(work)
    clock.advance(seconds=1)
    with watching(sessions, clock) as work:
        assert watch_is_silent(work)


def test_something_is_watched_from_the_first_open_date_until_the_last_is_met(
    sessions: Sessions, clock: TestClock, work_of: WorkOf
) -> None:
    """An installation without a case needs no watch, and is not called broken for it."""
    with watching(sessions, clock) as work:
        assert not something_is_watched(work)
    with work_of(TANAKA) as work:
        deadline = a_duty(work, a_bare_incident(work))
        assert something_is_watched(work)
        deadline.meet(work.now)
        work.session.flush()
        assert not something_is_watched(work)
