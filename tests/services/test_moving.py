"""A deadline is moved by a person who may, with a reason, and what was counted stays on record."""

from datetime import UTC, date, datetime, timedelta

import pytest

from incident_app.domain.deadline import REPORTABILITY
from incident_app.domain.errors import BadInput, NotFound, NotPermitted
from incident_app.domain.parties import CLIENT, CONTRACTOR
from incident_app.domain.timeline import verify
from incident_app.services.closing import acknowledge_no_incident, claim_no_incident
from incident_app.services.instructing import Order, issue_instruction
from incident_app.services.moving import find_deadline, may_move, move_deadline, only_earlier
from tests.builders import a_bare_incident, an_incident
from tests.cast import ITO, SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.dates import a_date_by_law, end_of, named
from tests.services.stories import by, last_line, refused, reported

WHY = "甲との電話で、翌朝の報告でよいと言われたため。"


def test_a_moved_deadline_keeps_how_it_was_counted(work_of: WorkOf) -> None:
    """Nothing is recomputed in silence: anchor, rule, calendar and explanation are those of the count."""
    with work_of(TANAKA) as work:
        deadline = a_date_by_law(work, incident := an_incident(work))
        kept = (deadline.anchor, deadline.rule, deadline.calendar, deadline.counted_from, deadline.because)

        move = move_deadline(work, incident, deadline, to_day=date(2026, 12, 28), reason=f" {WHY} ")

        assert (deadline.due_on, deadline.due_at) == (date(2026, 12, 28), end_of(date(2026, 12, 28)))
        assert kept == (
            *(deadline.anchor, deadline.rule, deadline.calendar),
            *(deadline.counted_from, deadline.because),
        )
        assert (move.due_before, move.due_after) == (end_of(date(2027, 1, 4)), end_of(date(2026, 12, 28)))
        assert move.reason == WHY and move.moved_by is not None and move.moved_by.name == TANAKA.name


def test_the_record_tells_what_was_moved_from_when_to_when_and_why(work_of: WorkOf) -> None:
    """A year later somebody asks who gave the contractor two more days."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        deadline = named(incident, "prompt_report")
        later = deadline.due_at + timedelta(hours=10)

        move_deadline(by(work, YAMADA), incident, deadline, to_instant=later, reason=WHY)

        line = last_line(work, incident)
        assert (line.event, line.actor_name) == ("move_deadline", YAMADA.name)
        assert line.facts == {
            "deadline": "甲への第一報（速やかに）",
            "rule": "article16/v1 prompt_report",
            "before": "2026-12-01 01:00:00+09:00",
            "after": "2026-12-01 11:00:00+09:00",
            "reason": WHY,
        }
        assert deadline.due_at == later and deadline.due_on is None
        assert verify(work.session, incident) == []


def test_reminders_follow_the_deadline_to_its_new_time(work_of: WorkOf) -> None:
    """A date that was put off must not be called late, and one brought forward must not be slept through."""
    with work_of(TANAKA) as work:
        deadline = a_date_by_law(work, incident := an_incident(work))
        assert deadline.next_fire == datetime(2026, 12, 28, 0, tzinfo=UTC), (
            "nine in the morning, seven days before"
        )

        move_deadline(work, incident, deadline, to_day=date(2026, 12, 11), reason=WHY)

        assert deadline.next_fire == datetime(2026, 12, 4, 0, tzinfo=UTC)


def test_a_deadline_may_be_moved_again_and_each_move_stays(work_of: WorkOf) -> None:
    """The history is a list, not the last word."""
    with work_of(TANAKA) as work:
        deadline = a_date_by_law(work, incident := an_incident(work))
        for day in (date(2026, 12, 28), date(2026, 12, 25)):
            move_deadline(work, incident, deadline, to_day=day, reason=WHY)

        assert [(move.due_before, move.due_after) for move in deadline.moves] == [
            (end_of(date(2027, 1, 4)), end_of(date(2026, 12, 28))),
            (end_of(date(2026, 12, 28)), end_of(date(2026, 12, 25))),
        ]


def test_the_contractor_makes_its_own_contract_dates_earlier_and_never_later(work_of: WorkOf) -> None:
    """速やかに is owed to 甲: only 甲 can give more time."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        deadline = named(incident, "prompt_report")
        assert may_move(work, incident, deadline) and only_earlier(work, incident, deadline)
        with refused(work, NotPermitted) as refusal:
            move_deadline(
                work, incident, deadline, to_instant=deadline.due_at + timedelta(minutes=1), reason=WHY
            )
        assert "甲の担当職員" in refusal.value.ja and "client officer" in refusal.value.en

        earlier = deadline.due_at - timedelta(hours=12)
        move_deadline(work, incident, deadline, to_instant=earlier, reason=WHY)

        assert deadline.due_at == earlier
        officer = by(work, YAMADA)
        assert may_move(officer, incident, deadline) and not only_earlier(officer, incident, deadline)


@only_on_sqlite
@pytest.mark.parametrize(
    ("party", "statutory", "movers"),
    [
        (CONTRACTOR, True, {TANAKA.login, SATO.login}),
        (CLIENT, True, {YAMADA.login}),
        (CLIENT, False, {YAMADA.login}),
        (CONTRACTOR, False, {TANAKA.login, SATO.login, YAMADA.login}),
    ],
)
def test_a_deadline_is_moved_by_those_who_answer_for_it(
    work_of: WorkOf, party: str, statutory: bool, movers: set[str]
) -> None:
    """What a party owes the authority is none of the other's business; what 乙 owes 甲 is 甲's as well."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        deadline = a_date_by_law(work, incident, party, statutory=statutory)
        for member in (TANAKA, SATO, SUZUKI, YAMADA, ITO):
            actor = by(work, member)
            assert may_move(actor, incident, deadline) == (member.login in movers), member.name
            if member.login not in movers:
                with refused(work, NotPermitted):
                    move_deadline(actor, incident, deadline, to_day=date(2026, 12, 25), reason=WHY)


@only_on_sqlite
@pytest.mark.parametrize(("party", "own", "other"), [(CONTRACTOR, TANAKA, YAMADA), (CLIENT, YAMADA, TANAKA)])
def test_the_date_of_a_decision_belongs_to_the_party_that_decides(
    work_of: WorkOf, party: str, own: CastMember, other: CastMember
) -> None:
    """Whether the law asks 乙 for a report is not for 甲 to postpone, nor the other way round."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        deadline = a_date_by_law(work, incident, party, name=REPORTABILITY, statutory=False)
        assert not may_move(by(work, other), incident, deadline)

        move_deadline(by(work, own), incident, deadline, to_day=date(2027, 1, 6), reason=WHY)

        assert deadline.due_on == date(2027, 1, 6)


@only_on_sqlite
def test_the_date_of_an_item_is_moved_by_the_client_alone(work_of: WorkOf) -> None:
    """乙 cannot rewrite what it was ordered, not even to an earlier day."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        orders = [Order("investigate", "原因の調査", by_when=work.now + timedelta(days=2))]
        issue_instruction(by(work, YAMADA), incident, orders)
        deadline = named(incident, "instruction_item")

        assert not may_move(work, incident, deadline)
        assert may_move(by(work, YAMADA), incident, deadline)


@only_on_sqlite
@pytest.mark.parametrize("reason", ["", " \n　"])
def test_a_deadline_is_not_moved_without_a_reason(work_of: WorkOf, reason: str) -> None:
    """A date that moved and nobody knows why is worse than a date that was missed."""
    with work_of(TANAKA) as work:
        deadline = a_date_by_law(work, incident := an_incident(work))
        with refused(work, BadInput) as refusal:
            move_deadline(work, incident, deadline, to_day=date(2026, 12, 28), reason=reason)
    assert refusal.value.field == "reason"


@only_on_sqlite
@pytest.mark.parametrize(
    ("to_day", "words"),
    [
        (None, "新しい期限を入力"),
        (date(2027, 1, 4), "今の期限と同じ"),
        (date(2026, 11, 29), "これからの日時"),
        (date(2001, 1, 1), "これからの日時"),
    ],
)
def test_a_day_that_cannot_be_right_is_refused_at_its_field(
    work_of: WorkOf, to_day: date | None, words: str
) -> None:
    """Before its own count has begun, in the past, or no change at all: a slip of the hand."""
    with work_of(TANAKA) as work:
        deadline = a_date_by_law(work, incident := an_incident(work))
        with refused(work, BadInput) as refusal:
            move_deadline(work, incident, deadline, to_day=to_day, reason=WHY)
    assert refusal.value.field == "due_on" and words in refusal.value.ja


@only_on_sqlite
def test_a_whole_day_needs_a_day_and_an_instant_an_instant(work_of: WorkOf) -> None:
    """An hour for a whole day, or a day for an hour, would change what kind of deadline it is."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        by_law, prompt = a_date_by_law(work, incident), named(incident, "prompt_report")
        with refused(work, BadInput) as refusal:
            move_deadline(work, incident, by_law, to_instant=work.now + timedelta(days=2), reason=WHY)
        assert refusal.value.field == "due_on"
        with refused(work, BadInput) as refusal:
            move_deadline(work, incident, prompt, to_day=date(2026, 12, 1), reason=WHY)
        assert refusal.value.field == "due_at"


@only_on_sqlite
def test_what_is_met_or_no_longer_counts_cannot_be_moved(work_of: WorkOf) -> None:
    """Late is late: nobody moves a date afterwards so that it was kept."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        met, dropped = a_date_by_law(work, incident), a_date_by_law(work, incident)
        met.meet(work.now)
        dropped.drop(work.now, "released")
        for deadline in (met, dropped):
            assert not may_move(work, incident, deadline)
            with refused(work, BadInput) as refusal:
                move_deadline(work, incident, deadline, to_day=date(2026, 12, 28), reason=WHY)
            assert "履行済み" in refusal.value.ja and "met" in refusal.value.en


@only_on_sqlite
def test_in_a_case_that_has_ended_no_date_is_moved(work_of: WorkOf) -> None:
    """It owes nothing more, and a moved date would begin to remind people again."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        claim_no_incident(work, incident, "USBメモリは庁内で見つかった。")
        acknowledge_no_incident(by(work, YAMADA), incident)
        deadline = named(incident, "prompt_report")

        with refused(work, BadInput):
            move_deadline(
                work, incident, deadline, to_instant=deadline.due_at - timedelta(hours=1), reason=WHY
            )


@only_on_sqlite
def test_a_deadline_is_found_in_its_own_case_only(work_of: WorkOf) -> None:
    """Somebody who counts up the numbers in the address learns nothing."""
    with work_of(TANAKA) as work:
        incident, other = an_incident(work), a_bare_incident(work)
        deadline = a_date_by_law(work, other)

        assert find_deadline(other, deadline.id) is deadline
        with pytest.raises(NotFound):
            find_deadline(incident, deadline.id)
