"""Quiet hours count in Japan, and hold back nothing that cannot wait for the morning."""

from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.parties import TOKYO, Person
from incident_app.domain.work import Work
from incident_app.services.quiet import quiet_end
from tests.builders import a_bare_incident, the_person
from tests.cast import SATO, TANAKA, CastMember
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.duties import a_duty, look, mails

NIGHT = (time(22), time(7))
NOON = (time(12), time(13))
clocks = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0)
)


def sleeper(quiet_from: time | None, quiet_until: time | None) -> Person:
    return Person(quiet_from=quiet_from, quiet_until=quiet_until)


@pytest.mark.parametrize(
    ("hours", "at", "end"),
    [
        (NIGHT, "2026-12-01T21:59:59+09:00", None),
        (NIGHT, "2026-12-01T22:00:00+09:00", "2026-12-02T07:00:00+09:00"),
        (NIGHT, "2026-12-31T23:59:00+09:00", "2027-01-01T07:00:00+09:00"),
        (NIGHT, "2026-12-02T00:00:00+09:00", "2026-12-02T07:00:00+09:00"),
        (NIGHT, "2026-12-01T21:59:59+00:00", "2026-12-02T07:00:00+09:00"),
        (NIGHT, "2026-12-01T22:00:00+00:00", None),
        (NOON, "2026-12-01T12:30:00+09:00", "2026-12-01T13:00:00+09:00"),
        (NOON, "2026-12-01T13:00:00+09:00", None),
        (NOON, "2026-12-01T11:59:59+09:00", None),
        ((time(22), time(22)), "2026-12-01T22:00:00+09:00", None),
        ((time(22), None), "2026-12-01T23:00:00+09:00", None),
        ((None, None), "2026-12-01T03:00:00+09:00", None),
    ],
)
def test_a_reminder_waits_until_the_morning_in_japan(
    hours: tuple[time | None, time | None], at: str, end: str | None
) -> None:
    """A night that crosses midnight is one night, and whoever wants none gets everything at once."""
    expected = datetime.fromisoformat(end) if end else None

    assert quiet_end(sleeper(*hours), datetime.fromisoformat(at)) == expected


@given(clocks, clocks, st.datetimes(timezones=st.just(TOKYO)))
def test_quiet_hours_end_within_a_day_and_outside_themselves(begin: time, end: time, at: datetime) -> None:
    """A reminder that would be held back again when it comes out would never come out."""
    person = sleeper(begin, end)

    over = quiet_end(person, at)

    if over is not None:
        assert 0 < (over - at).total_seconds() <= 24 * 3600
        assert over.astimezone(TOKYO).time() == end
        assert quiet_end(person, over) is None


def sleeps(work: Work, member: CastMember) -> None:
    person = the_person(work.session, member)
    person.quiet_from, person.quiet_until = time(22), time(7)


@pytest.mark.parametrize(
    ("hours_until_due", "look_after", "statutory", "waits"),
    [
        (24, 20, False, False),  # 22:00, due at 02:00: before the morning
        (34, 30, False, False),  # 08:00, not quiet
        (30, 26, False, True),  # 04:00, due at 08:00
        (30, 26, True, True),
        (29, 25, False, False),  # 03:00, due at 07:00, when the quiet hours end
        (24, 24, False, True),  # 02:00, overdue
        (24, 24, True, False),
    ],
)
def test_quiet_hours_hold_back_what_can_wait_and_nothing_else(
    sessions: sessionmaker[Session],
    clock: TestClock,
    work_of: WorkOf,
    *,
    hours_until_due: int,
    look_after: int,
    statutory: bool,
    waits: bool,
) -> None:
    """Sleep matters, but a date by law that is overdue rings through it, and no date may pass in silence."""
    with work_of(TANAKA) as work:
        sleeps(work, TANAKA)
        a_duty(work, a_bare_incident(work), hours_until_due, statutory=statutory)
    clock.advance(hours=look_after)

    look(sessions, clock)

    morning = datetime(2026, 12, 1, 7, tzinfo=TOKYO) if waits else None
    with sessions() as session:
        held_back = {mail.to: mail.next_try_at for mail in mails(session)}
    assert held_back[TANAKA.email] == morning
    assert held_back[SATO.email] is None, "who has no quiet hours hears at once"


def test_a_mail_that_waits_for_the_morning_says_how_much_is_left_in_the_morning(
    sessions: sessionmaker[Session], clock: TestClock, work_of: WorkOf
) -> None:
    """Read at seven, "four hours left" must not mean four hours from last night."""
    with work_of(TANAKA) as work:
        sleeps(work, TANAKA)
        a_duty(work, a_bare_incident(work), 30)
    clock.advance(hours=26)

    look(sessions, clock)

    with sessions() as session:
        subjects = {mail.to: mail.subject for mail in mails(session)}
    assert subjects[TANAKA.email].startswith("【期限まで1時間】")
    assert subjects[SATO.email].startswith("【期限まで4時間】")
