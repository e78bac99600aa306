"""The demonstration: what somebody finds who starts the program for the first time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.base import Model, connect_database
from incident_app.domain.incident import Incident
from incident_app.domain.parties import (
    AUDITOR,
    CLIENT_OFFICER,
    RESPONSIBLE_PERSON,
    WORKER,
    Contract,
    Person,
    day_in_japan,
    roles_on,
)
from incident_app.domain.work import THE_PROGRAM, Actor, Work, begin_work
from incident_app.roster.persons import gather_persons
from incident_app.roster.reading import read_roster
from incident_app.services import schema
from incident_app.services.accounts import check_password
from incident_app.services.demo import LISTED, PASSWORD, PEOPLE, demo_list, seat_demo
from incident_app.services.finding import contracts_of, find_contract, incidents_of
from incident_app.services.opening import Opening, open_incident
from tests.clock import TestClock
from tests.conftest import only_on_sqlite

RUNNING, ENDED, OTHER = "MN-2026-001", "MN-2023-007", "AO-2026-007"


@pytest.fixture
def first_start(bare_database_url: str) -> Iterator[sessionmaker[Session]]:
    """A database that has just been made."""
    schema.upgrade(bare_database_url)
    engine = connect_database(bare_database_url)
    yield sessionmaker(engine, expire_on_commit=False)
    engine.dispose()


@contextmanager
def work_as(sessions: sessionmaker[Session], clock: TestClock, login: str) -> Iterator[Work]:
    with sessions() as session:
        person = session.scalars(select(Person).where(Person.login == login)).one()
    with begin_work(sessions, clock, Actor(person.id, person.name)) as work:
        yield work


def test_everybody_who_is_introduced_can_sign_in_and_has_a_part(
    first_start: sessionmaker[Session], clock: TestClock
) -> None:
    """Three people carry an incident through Article 16, and a fourth looks on."""
    with begin_work(first_start, clock, THE_PROGRAM) as work:
        assert seat_demo(work)

    with first_start() as session:
        running, ended = (
            session.scalars(select(Contract).where(Contract.number == number)).one()
            for number in (RUNNING, ENDED)
        )
        assert ended.has_ended(clock()) and not running.has_ended(clock())
        assert (ended.client, ended.contractor) == (running.client, running.contractor)
        parts = {}
        for login, *_ in PEOPLE:
            person = check_password(session, login, PASSWORD)
            assert person is not None and not person.administrator
            parts[login.partition("@")[0]] = roles_on(session, person.id, running.id, clock())
            assert roles_on(session, person.id, ended.id, clock()), "an ended contract still has people"
    assert parts == {
        "responsible": {RESPONSIBLE_PERSON},
        "worker": {WORKER},
        "officer": {CLIENT_OFFICER},
        "auditor": {AUDITOR},
    }


def test_a_second_start_writes_nothing(first_start: sessionmaker[Session], clock: TestClock) -> None:
    """What somebody tried out yesterday is there today, once."""

    def rows() -> list[int | None]:
        with first_start() as session:
            tables = Model.metadata.sorted_tables
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    with begin_work(first_start, clock, THE_PROGRAM) as work:
        seat_demo(work)
    before = rows()
    with begin_work(first_start, clock, THE_PROGRAM) as work:
        assert not seat_demo(work)

    assert rows() == before


@only_on_sqlite
def test_a_database_with_people_in_it_is_left_alone(
    sessions: sessionmaker[Session], clock: TestClock
) -> None:
    """A slip in a setting must not add accounts with a known password to a real installation."""
    with begin_work(sessions, clock, THE_PROGRAM) as work:
        assert not seat_demo(work)

    with sessions() as session:
        assert check_password(session, PEOPLE[0][0], PASSWORD) is None


def test_the_other_client_is_not_there_for_the_city(
    first_start: sessionmaker[Session], clock: TestClock
) -> None:
    """The contractor serves both; neither learns that the other was struck."""
    with begin_work(first_start, clock, THE_PROGRAM) as work:
        seat_demo(work)
    with work_as(first_start, clock, "responsible@demo.example") as work:
        said = Opening(title="誤送付", detected_at=work.now - timedelta(hours=1))
        open_incident(work, find_contract(work, OTHER), said)

    for login in ("officer@demo.example", "auditor@demo.example", "worker@demo.example"):
        with work_as(first_start, clock, login) as work:
            assert {contract.number for contract in contracts_of(work)} == {RUNNING, ENDED}
            assert incidents_of(work) == []
    with work_as(first_start, clock, "other@demo.example") as work:
        assert {contract.number for contract in contracts_of(work)} == {OTHER}
        assert incidents_of(work) == list(work.session.scalars(select(Incident)))


def test_the_list_to_try_with_is_read_whole(clock: TestClock) -> None:
    """Somebody who uploads it sees a real city's file: CP932, era years, one person who has died."""
    roster = read_roster(demo_list())
    roll = gather_persons(roster, day_in_japan(clock()))

    assert roster.encoding == "cp932" and roster.ignored == ()
    assert (roll.rows, len(roll.persons), roll.rejected) == (LISTED, LISTED, 0)
    assert [sorted(person.holds) for person in roll.persons if person.holds] == [["deceased"]]
    assert all(person.birth_date and person.address_lines for person in roll.persons)
    assert {bool(person.email) for person in roll.persons} == {True, False}, "mail and letters are both shown"


def test_nobody_on_the_list_exists() -> None:
    """A demonstration that writes to real people would be an incident of its own."""
    text = demo_list().decode("cp932")

    assert set(re.findall(r"@([\w.]+)", text)) == {"example.jp"}
    assert all("架空県" in line for line in text.splitlines()[1:])
