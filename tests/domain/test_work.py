"""One act, one transaction, one instant; and instants that mean the same on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import exc, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.base import canonical
from incident_app.domain.incident import Incident
from incident_app.domain.parties import TOKYO, Organisation
from incident_app.domain.work import THE_PROGRAM, begin_reading, begin_work
from tests.builders import a_bare_incident
from tests.cast import TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf


class PowerCut(Exception):
    """Whatever goes wrong in the middle."""


def test_an_act_that_fails_leaves_nothing(work_of: WorkOf, sessions: sessionmaker[Session]) -> None:
    """It happens whole or not at all."""

    def act() -> None:
        with work_of(TANAKA) as work:
            a_bare_incident(work)
            raise PowerCut

    with pytest.raises(PowerCut):
        act()
    with sessions() as session:
        assert session.scalars(select(Incident)).all() == []


def test_an_act_has_one_instant(sessions: sessionmaker[Session], clock: TestClock) -> None:
    """Two times in one act would be two truths about when it happened."""
    with begin_work(sessions, clock, THE_PROGRAM) as work:
        began = work.now
        clock.advance(minutes=1)
        assert work.now == began


def test_looking_changes_nothing_and_waits_for_nobody(
    work_of: WorkOf, sessions: sessionmaker[Session], clock: TestClock
) -> None:
    """A page can be read while somebody else is in the middle of an act."""
    with work_of(TANAKA) as writing:
        writing.session.add(Organisation(name="書込中"))
        writing.session.flush()
        with begin_reading(sessions, clock, THE_PROGRAM) as looking:
            assert looking.reading
            city = looking.session.scalars(select(Organisation).order_by(Organisation.id)).first()
            assert city is not None
            city.name = "別の市"
    with sessions() as session:
        names = set(session.scalars(select(Organisation.name)))
    assert "別の市" not in names
    assert "書込中" in names


def test_an_instant_comes_back_as_it_went_in(work_of: WorkOf) -> None:
    """SQLite forgets zones and PostgreSQL turns them: ours are aware and in UTC, to the microsecond."""
    detected = datetime(2026, 11, 30, 1, 2, 3, 456_789, tzinfo=TOKYO)
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, detected_at=detected, occurred_at=None)
        work.session.expire_all()
        assert incident.detected_at == detected
        assert incident.detected_at.utcoffset() == timedelta(0)
        assert incident.occurred_at is None


def test_a_time_without_a_zone_is_refused(work_of: WorkOf) -> None:
    """Nine hours decide whether a report was in time."""
    with work_of(TANAKA) as work, pytest.raises(exc.StatementError, match="needs a time zone"):
        a_bare_incident(work, known_at=datetime(2026, 11, 30))  # noqa: DTZ001 - that is the point


def test_there_is_one_canonical_text_of_a_value() -> None:
    """Seals are made of it: order and spaces must not matter, and Japanese stays readable."""
    assert canonical({"b": [1, None], "a": "事故"}) == canonical({"a": "事故", "b": [1, None]})
    assert canonical({"b": [1, None], "a": "事故"}) == '{"a":"事故","b":[1,null]}'
