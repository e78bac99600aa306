"""The nightly check: once a night, a line when the result changes, and one broken case holds up no other."""

import logging
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Settings
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.timeline import entries_of
from incident_app.services.reconciling import CHECKED
from incident_app.workers.nightly import Nightly
from tests.builders import an_individual
from tests.cast import TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.ledgers import sent_out
from tests.services.stories import reported
from tests.workers.conftest import SettingsFor

Sessions = sessionmaker[Session]


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    return settings_for(1)


def results(sessions: Sessions, number: str) -> list[list[str]]:
    """What the record says about the books of a case, in order."""
    with sessions() as session:
        incident = session.scalars(select(Incident).where(Incident.number == number)).one()
        return [e.facts["findings"] for e in entries_of(session, incident.id) if e.event == CHECKED]


def test_a_night_writes_a_line_when_something_has_changed(
    sessions: Sessions, clock: TestClock, settings: Settings, work_of: WorkOf
) -> None:
    """Two that run side by side write it once; whoever has no list has no books."""
    with work_of(TANAKA) as work:
        number = sent_out(work, settings.sealed_folder).number
        reported(work)
    night, other = (Nightly(sessions, clock, settings) for _ in range(2))
    assert night.round() == 1 and other.round() == 1
    assert results(sessions, number) == [[]]
    with work_of(TANAKA) as work:
        work.session.execute(text("UPDATE delivery SET reply = '' WHERE channel = 'email'"))
    assert night.round() == 1 and other.round() == 1
    assert results(sessions, number) == [[], ["no_answer 2"]]


@only_on_sqlite
def test_a_case_that_cannot_be_checked_is_logged_and_holds_up_no_other(
    sessions: Sessions,
    clock: TestClock,
    settings: Settings,
    work_of: WorkOf,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The kind of the fault and where; never words, which may hold a name."""
    with work_of(TANAKA) as work:
        broken, whole = reported(work), reported(work)
        for case in (broken, whole):
            an_individual(work, case)
        a_line = "UPDATE timeline_entry SET event = 'list_imported', sealed_text = '架空 太郎' WHERE incident_id = :id"
        work.session.execute(text("DROP TRIGGER timeline_entry_no_update"))
        work.session.execute(text(a_line), {"id": broken.id})
        numbers = broken.number, whole.number
    with caplog.at_level(logging.ERROR):
        assert Nightly(sessions, clock, settings).round() == 1
    assert (
        len(caplog.records) == 1
        and "架空" not in caplog.text
        and "the books of incident 1 failed: " in caplog.text
    )
    assert results(sessions, numbers[1]) == [[]]


@only_on_sqlite
def test_it_runs_at_three_in_the_morning_and_finishes_a_destruction_at_its_start(
    sessions: Sessions, clock: TestClock, settings: Settings, work_of: WorkOf
) -> None:
    """Nobody waits for files that should be gone; nobody is kept from working by a check at noon."""
    with work_of(TANAKA) as work:
        number = sent_out(work, settings.sealed_folder).number
        gone = reported(work)
        an_individual(work, gone)
        work.session.execute(
            update(IncidentKey)
            .where(IncidentKey.incident_id == gone.id)
            .values(wrapped=None, destroyed_at=work.now)
        )
        left = settings.sealed_folder / "runs" / str(gone.id) / "1-abc"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"noise")
    stop = threading.Event()
    runs = threading.Thread(target=Nightly(sessions, clock, settings, stop).run, args=(0.01,))
    runs.start()

    assert until(lambda: not left.exists())
    assert results(sessions, number) == [], "it is two in the morning"
    clock.advance(hours=1, minutes=1)
    assert until(lambda: results(sessions, number) == [[]])

    stop.set()
    runs.join(10)
    assert not runs.is_alive()


def until(come: Callable[[], bool]) -> bool:
    """Wait ten seconds at most for something to come about."""
    for _ in range(1000):
        if come():
            return True
        threading.Event().wait(0.01)
    return False
