"""Is the letter genuine? The one answer that everybody gets, and how often they may ask."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from incident_app.domain.enquiry import GenuineTry
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.notice import DELIVERY_STATES, Delivery, PrintRun
from incident_app.domain.reference import code_of, grouped
from incident_app.domain.work import Work
from incident_app.services import authenticity
from incident_app.services.authenticity import (
    ISSUED,
    MOST_OF_ONE,
    Issued,
    asked_too_often,
    issued_with,
    note_question,
)
from tests.builders import a_delivery, a_notice, an_individual, an_item
from tests.cast import TANAKA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import by, open_case

HERE, THERE = "192.0.2.7", "198.51.100.9"
SECRET = "s" * 32


def a_letter(work: Work, incident: Incident, state: str = "posted", **changes: Any) -> str:
    """A letter in this state; returns its number."""
    individual = an_individual(work, incident, key=str(work.now.timestamp()))
    notice = a_notice(work, incident, values={"desk_phone": "03-9999-0000"}, **changes)
    a_delivery(work, notice, individual, an_item(work, incident), state=state)
    return individual.code


@pytest.mark.parametrize("state", DELIVERY_STATES)
@only_on_sqlite
def test_a_number_is_genuine_once_its_letter_is_on_its_way(work_of: WorkOf, state: str) -> None:
    """Before that nobody can hold one, and what was stopped or bounced never came."""
    with work_of(TANAKA) as work:
        code = a_letter(work, open_case(work), state)
        issued = issued_with(work, f" {grouped(code).lower()} ")
        assert (issued is not None) is (state in {"sent", "printed", "posted", "returned"})
        assert state in ISSUED or issued is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("client", "架空市 健康福祉部 保険年金課"),
        ("contractor", "みなと情報サービス株式会社 代表取締役\N{NO-BREAK SPACE}港\N{NO-BREAK SPACE}太郎"),
        (
            "joint",
            "架空市 健康福祉部 保険年金課・みなと情報サービス株式会社 代表取締役\N{NO-BREAK SPACE}港\N{NO-BREAK SPACE}太郎",
        ),
    ],
)
@only_on_sqlite
def test_the_answer_is_day_name_and_telephone(work_of: WorkOf, name: str, said: str) -> None:
    """As they stand on the letter, for comparing; about the person it says nothing."""
    with work_of(TANAKA) as work:
        code = a_letter(work, open_case(work), in_whose_name=name)
        assert issued_with(work, code) == Issued(date(2026, 11, 30), said, "03-9999-0000")


def test_the_day_is_the_one_on_the_letter_and_the_newest_letter_counts(work_of: WorkOf) -> None:
    """Posted or returned later, it still bears the day on which it was printed; a copy sent again bears its own."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        individual, item = an_individual(work, incident), an_item(work, incident)
        notice = a_notice(work, incident)
        printed = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # the 21st in Japan
        run = PrintRun(notice_id=notice.id, number=1, planned_at=printed, printed_at=printed)
        work.session.add(run)
        work.session.flush()
        a_delivery(work, notice, individual, item, state="returned", print_run_id=run.id)
        issued = issued_with(work, individual.code)
        assert issued is not None and issued.on == date(2026, 11, 21)
        a_delivery(work, notice, individual, item, state="queued", copy=2)
        assert issued_with(work, individual.code) == issued, "what waits does not count"
        work.session.execute(update(Delivery).where(Delivery.copy == 2).values(state="posted"))
        newest = issued_with(work, individual.code)
        assert newest is not None and newest.on == date(2026, 11, 30)


def test_whatever_is_no_letter_looks_the_same(work_of: WorkOf) -> None:
    """Unknown, misread, not a number at all, destroyed: a forger learns nothing from the differences."""
    with work_of(TANAKA) as work:
        code = a_letter(work, open_case(work))
        assert issued_with(work, code) is not None
        slip = code[:-1] + ("0" if code[-1] != "0" else "1")
        for number in ("", "0", slip, code_of(12345), "％" * 5_000, "' OR 1=1 --", "\0"):
            assert issued_with(work, number) is None
        work.session.execute(update(IncidentKey).values(wrapped=None, destroyed_at=work.now))
        assert issued_with(work, code) is None


@only_on_sqlite
def test_a_number_is_looked_up_and_not_searched_for(work_of: WorkOf) -> None:
    """Half a million letters lie there, and anybody may ask: every table is entered by an index."""
    with work_of(TANAKA) as work:
        connection = work.session.connection()
        asked: list[tuple[str, Any]] = []

        @event.listens_for(connection, "before_cursor_execute")
        def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
            asked.append((statement, values))

        issued_with(work, code_of(1))
        ((statement, values),) = asked
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        assert [step.detail for step in plan if step.detail.startswith("SCAN")] == []


def test_one_address_may_ask_twenty_times_a_minute(work_of: WorkOf) -> None:
    """Enough for an office that holds up letters one after the other, too little for guessing."""
    with work_of(TANAKA) as work:
        for _ in range(20):
            assert not asked_too_often(work, HERE, SECRET)
            note_question(work, HERE, SECRET)
        assert asked_too_often(work, HERE, SECRET)
        assert not asked_too_often(work, THERE, SECRET)
        assert not asked_too_often(by(work, TANAKA, minutes=1), HERE, SECRET)


def test_everybody_together_may_ask_three_hundred_times_a_minute(
    work_of: WorkOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many addresses may belong to one; the database has other things to do."""
    assert authenticity.MOST_OF_ALL == 300
    monkeypatch.setattr(authenticity, "MOST_OF_ALL", 30)
    with work_of(TANAKA) as work:
        for last in range(30):
            assert not asked_too_often(work, f"192.0.2.{last}", SECRET)
            note_question(work, f"192.0.2.{last}", SECRET)
        assert asked_too_often(work, THERE, SECRET)


@only_on_sqlite
def test_addresses_of_one_network_count_as_one(work_of: WorkOf) -> None:
    """In IPv6 a household has more addresses than there are seconds."""
    with work_of(TANAKA) as work:
        for last in range(MOST_OF_ONE):
            note_question(work, f"2001:db8:0:1::{last:x}", SECRET)
        assert asked_too_often(work, "2001:db8:0:1:ffff::1", SECRET)
        assert not asked_too_often(work, "2001:db8:0:2::1", SECRET)
        assert not asked_too_often(work, "", SECRET), "an address that is none counts by itself"


def test_who_asked_is_not_kept(work_of: WorkOf) -> None:
    """A mark that is another one a minute later, under another secret, and is swept away then."""
    with work_of(TANAKA) as work:
        note_question(work, HERE, SECRET)
        note_question(work, HERE, "t" * 32)
        first, other = marks(work)
        assert first != other and HERE.encode() not in first
        later = by(work, TANAKA, minutes=1)
        note_question(later, HERE, SECRET)
        (second,) = marks(work)
        assert second != first
        assert work.session.scalar(select(func.count(GenuineTry.id))) == 1


@pytest.mark.parametrize("seconds", [0, 59.9])
@only_on_sqlite
def test_a_minute_is_the_clocks_minute(work_of: WorkOf, seconds: float) -> None:
    """All processes that share a database count in the same one, without speaking to each other."""
    with work_of(TANAKA) as work:
        note_question(by(work, TANAKA, seconds=seconds), HERE, SECRET)
        (minute,) = work.session.scalars(select(GenuineTry.minute))
        assert minute == work.now and minute.second == 0
        assert minute + timedelta(minutes=1) > by(work, TANAKA, seconds=seconds).now


def marks(work: Work) -> list[bytes]:
    work.session.flush()
    return list(work.session.scalars(select(GenuineTry.mark).order_by(GenuineTry.id)))
