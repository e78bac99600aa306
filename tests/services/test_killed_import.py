"""The power goes in the middle of an import: nobody sees a part, and the next try gives exactly the list."""

import multiprocessing
import os
import random
import secrets
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.base import connect_database
from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.individual import Individual, IndividualMark, on_record
from incident_app.domain.work import Actor, begin_work, open_sessions
from incident_app.services import importing
from incident_app.services.importing import import_list
from incident_app.services.listing import LOST_AFTER, discard_old_lists
from tests.cast import TANAKA
from tests.clock import TestClock
from tests.conftest import MASTER_KEY, WorkOf, only_on_sqlite
from tests.roster.city_export import city_export
from tests.services.stories import events_of
from tests.services.test_importing import Office

EXPORT = city_export(1_000, seed=9)
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Attempt:
    """All that a process needs to import a list."""

    url: str
    clock: Callable[[], datetime]
    actor: Actor
    list_id: int
    folder: Path

    def live(self, dies_at: int = 0) -> int:
        """Import, unless this process dies before its statement or commit of that number; returns how many it had."""
        engine = connect_database(self.url)
        steps = 0

        def count(*_: object) -> None:
            nonlocal steps
            steps += 1
            if steps == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "before_cursor_execute", count)
        event.listen(engine, "commit", count)
        sessions = open_sessions(engine, MASTER_KEY)
        import_list(lambda: begin_work(sessions, self.clock, self.actor), self.list_id, self.folder)
        engine.dispose()
        return steps

    def die(self, step: int) -> int | None:
        """Do it in a process of its own; returns its exit code."""
        process = FORK.Process(target=self.live, args=(step,))
        process.start()
        process.join(60)
        return process.exitcode


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, work_of: WorkOf, tmp_path: Path) -> Office:
    """Whose lists take five transactions."""
    monkeypatch.setattr(importing, "AT_ONCE", 250)
    return Office(work_of, tmp_path / "sealed")


@pytest.fixture
def attempt(office: Office, database_url: str, clock: TestClock) -> Attempt:
    with office.work_of(TANAKA) as work:
        actor = work.actor
    return Attempt(database_url, clock, actor, office.receive(EXPORT.data), office.folder)


def test_an_import_that_is_killed_again_and_again_ends_with_exactly_the_list(
    office: Office, attempt: Attempt, sessions: sessionmaker[Session], clock: TestClock
) -> None:
    """At any moment: while rows are staged, while the marks are written, just before the last commit."""
    elsewhere = Office(office.work_of, office.folder)
    last = replace(attempt, list_id=elsewhere.receive(EXPORT.data)).live()
    seed = secrets.randbits(32)
    for step in (*random.Random(seed).sample(range(1, last), 2), last):  # noqa: S311 -- told when it fails
        assert attempt.die(step) == -signal.SIGKILL, f"seed {seed}, step {step} of {last}"
        with sessions() as session:
            seen = select(func.count()).where(on_record(office.incident_id))
            assert session.scalar(seen) == 0, f"seed {seed}, step {step} of {last}"
        clock.now += LOST_AFTER + timedelta(seconds=1)

    assert office.put_on_record(attempt.list_id) == EXPORT.persons

    assert len(office.people()) == EXPORT.persons
    with office.work_of(TANAKA) as work:
        incident = work.session.get_one(Incident, office.incident_id)
        rows = select(func.count()).where(Individual.list_id == attempt.list_id)
        assert work.session.scalar(rows) == EXPORT.persons
        marks = select(func.count()).where(IndividualMark.incident_id == incident.id)
        assert work.session.scalar(marks) == 2 * EXPORT.persons
        assert events_of(work, incident).count("list_imported") == 1
    assert office.books() == []


def test_whoever_tries_again_at_once_hears_that_it_goes_on(
    office: Office, attempt: Attempt, clock: TestClock
) -> None:
    """Nobody knows yet whether the other one lives; ten minutes later it is gone for certain."""
    assert attempt.die(20) == -signal.SIGKILL

    with pytest.raises(BadInput):
        office.put_on_record(attempt.list_id)
    clock.now += LOST_AFTER + timedelta(seconds=1)
    assert office.put_on_record(attempt.list_id) == EXPORT.persons


@only_on_sqlite
def test_what_a_killed_import_left_is_deleted_a_day_later(
    office: Office, attempt: Attempt, clock: TestClock
) -> None:
    """Nobody came back: neither the file nor the rows that were staged stay."""
    assert attempt.die(40) == -signal.SIGKILL
    assert office.counts()[0] > 0

    clock.advance(hours=25)
    with office.work_of(TANAKA) as work:
        discard_old_lists(work, office.folder)

    assert office.counts() == (0, 0, 0)
    assert [path for path in office.folder.rglob("*") if path.is_file()] == []
