"""A person's own calendar and quiet hours."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CalendarFeed, RoleHolding, day_in_japan
from incident_app.services.feeding import (
    as_calendar,
    feed_entries,
    live_feed,
    make_feed,
    revoke_feed,
    set_quiet_hours,
)
from incident_app.services.moving import move_deadline
from tests.builders import an_incident, the_person
from tests.cast import ADMIN, KIMURA, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.dates import a_date_by_law

BASE = "https://incident.example.jp"


def test_the_calendar_names_case_and_duty_and_nothing_else(work_of: WorkOf) -> None:
    """It is read by programs of other firms; the title of a case is none of their business."""
    with work_of(TANAKA) as work:
        incident = an_incident(work, title="秘密の件名", discovered_by="秘密の人")
        a_date_by_law(work, incident)
        token = make_feed(work)
        entries = feed_entries(work.session, token, work.now)
        text = as_calendar(entries, BASE, work.now)
        assert "秘密" not in text.decode()
        assert max(len(line) for line in text.split(b"\r\n")) <= 75
        events = {str(e["summary"]): e for e in Calendar.from_ical(text).walk("VEVENT")}
        assert set(events) == {f"{incident.number} 乙 {d.label['ja']}" for d in incident.deadlines}
        final = events[f"{incident.number} 乙 確報"]
        assert final.decoded("dtstart") == date(2027, 1, 4)
        report = events[f"{incident.number} 乙 甲への第一報（速やかに）"]
        assert report.decoded("dtstart") == datetime(2026, 11, 30, 16, tzinfo=UTC)
        assert str(final["url"]).startswith(f"{BASE}/incidents/{incident.number}/deadlines/")
        assert str(final["uid"]).endswith("@incident.example.jp")


def test_an_entry_keeps_its_identity_when_its_date_moves(work_of: WorkOf) -> None:
    """So that a calendar moves it and does not show it twice."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        deadline = a_date_by_law(work, incident)
        token = make_feed(work)

        def event() -> Any:
            text = as_calendar(feed_entries(work.session, token, work.now), BASE, work.now)
            return next(e for e in Calendar.from_ical(text).walk("VEVENT") if "確報" in str(e["summary"]))

        before = event()
        move_deadline(work, incident, deadline, to_day=date(2026, 12, 28), to_instant=None, reason="余裕")
        after = event()
        assert before["uid"] == after["uid"]
        assert after.decoded("dtstart") == date(2026, 12, 28)
        assert (before["sequence"], after["sequence"]) == (0, 1)
        assert "last-modified" not in before and after.decoded("last-modified") == work.now


def test_what_is_met_or_ended_is_no_longer_in_it(work_of: WorkOf) -> None:
    """A calendar shows what is to be done, not what was."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        token = make_feed(work)
        assert feed_entries(work.session, token, work.now)
        for deadline in incident.deadlines:
            deadline.meet(work.now)
        assert feed_entries(work.session, token, work.now) == []


def test_a_calendar_shows_the_cases_of_its_owner_alone(work_of: WorkOf) -> None:
    """What other clients' cases there are is seen nowhere, and an administrator has none."""
    with work_of(TANAKA) as work:
        an_incident(work)
    for stranger in (KIMURA, ADMIN):
        with work_of(stranger) as work:
            assert feed_entries(work.session, make_feed(work), work.now) == []


def test_a_role_that_ends_ends_the_calendar_the_same_day(work_of: WorkOf, clock: TestClock) -> None:
    """Somebody who changes post takes no case along in a telephone."""
    with work_of(TANAKA) as work:
        an_incident(work)
        token = make_feed(work)
        for held in work.session.scalars(
            select(RoleHolding).where(RoleHolding.person_id == work.actor.person_id)
        ):
            held.until_on = day_in_japan(work.now)
    clock.advance(days=1)
    with work_of(YAMADA) as work:
        assert feed_entries(work.session, token, work.now) == []


def test_only_the_digest_of_a_token_is_kept_and_a_new_one_ends_the_old(work_of: WorkOf) -> None:
    """Whoever reads the database cannot read the calendars."""
    with work_of(TANAKA) as work:
        first, second = make_feed(work), make_feed(work)
        assert first != second and len(second) >= 43
        kept = work.session.scalars(select(CalendarFeed.token_sha256)).all()
        assert not {first, second} & set(kept)
        with pytest.raises(NotFound):
            feed_entries(work.session, first, work.now)
        assert feed_entries(work.session, second, work.now) == []


def test_two_addresses_made_at_once_leave_one_that_lives(work_of: WorkOf) -> None:
    """A second one would go on showing the cases after its owner had ended "the" address."""
    start = Barrier(2)

    def make(_: int) -> None:
        start.wait(timeout=30)
        with work_of(TANAKA) as work:
            make_feed(work)

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(make, range(2)))
    with work_of(TANAKA) as work:
        living = select(CalendarFeed).where(CalendarFeed.revoked_at.is_(None))
        assert len(work.session.scalars(living).all()) == 1
        revoke_feed(work)
        assert work.session.scalars(living).all() == []


@pytest.mark.parametrize("end", ["revoke", "inactive", "unknown"])
def test_a_calendar_that_is_ended_is_not_found(work_of: WorkOf, end: str) -> None:
    """A telephone that was lost must not go on reading."""
    with work_of(TANAKA) as work:
        token = make_feed(work)
        if end == "revoke":
            revoke_feed(work)
            assert live_feed(work.session, work.actor.person_id) is None
        elif end == "inactive":
            the_person(work.session, TANAKA).active = False
        else:
            token += "x"
        work.session.flush()
        with pytest.raises(NotFound):
            feed_entries(work.session, token, work.now)


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [(time(22), None, "quiet_until"), (None, time(7), "quiet_from"), (time(7), time(7), "quiet_until")],
)
def test_quiet_hours_have_a_beginning_and_an_end(
    work_of: WorkOf, *, begin: time | None, end: time | None, field: str
) -> None:
    """Half of them would silence everything or nothing."""
    with work_of(TANAKA) as work:
        with pytest.raises(BadInput) as refusal:
            set_quiet_hours(work, begin, end)
        assert refusal.value.field == field
        set_quiet_hours(work, time(22), time(7))
        assert the_person(work.session, TANAKA).quiet_from == time(22)
        set_quiet_hours(work, None, None)
        assert the_person(work.session, TANAKA).quiet_until is None


def test_the_feed_of_many_cases_is_in_order(work_of: WorkOf) -> None:
    """Each case once, each open date once."""
    with work_of(TANAKA) as work:
        for hours in (1, 2, 3):
            an_incident(work, detected_at=work.now - timedelta(hours=hours))
        entries = feed_entries(work.session, make_feed(work), work.now)
        open_ones = [d for i in work.session.scalars(select(Incident)) for d in i.deadlines if d.is_open]
        assert len({entry.deadline.id for entry in entries}) == len(entries) == len(open_ones)
