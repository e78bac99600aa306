"""The demonstration: everybody has a seat, nobody has two, and nobody on its list exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.base import connect_database
from incident_app.domain.parties import CLIENT_OFFICER, Contract, Person, RoleHolding, roles_on
from incident_app.domain.work import THE_PROGRAM, Work, begin_work, open_sessions
from incident_app.roster.findings import FirstRow
from incident_app.roster.gathering import gather
from incident_app.roster.reading import open_roster
from incident_app.services import schema
from incident_app.services.accounts import check_password
from incident_app.services.demo import LISTED, OTHER_CLIENT, PASSWORD, PEOPLE, demo_list, seat_demo
from tests.cast import ADMIN
from tests.clock import TestClock
from tests.conftest import MASTER_KEY, WorkOf


@pytest.fixture
def empty(bare_database_url: str) -> Iterator[sessionmaker[Session]]:
    """A database with all tables and nobody in it."""
    schema.upgrade(bare_database_url)
    engine: Engine = connect_database(bare_database_url)
    yield open_sessions(engine, MASTER_KEY)
    engine.dispose()


@contextmanager
def at_start(empty: sessionmaker[Session]) -> Iterator[Work]:
    with begin_work(empty, TestClock(), THE_PROGRAM) as work:
        yield work


def test_everybody_can_sign_in_and_do_what_the_demonstration_says(empty: sessionmaker[Session]) -> None:
    """Somebody who tries the program gets as far as an instruction without asking us."""
    with at_start(empty) as work:
        assert seat_demo(work)
        running = work.session.scalars(select(Contract).where(Contract.number == "MN-2026-001")).one()
        for login, name, _, _, role in PEOPLE:
            person = check_password(work.session, login, PASSWORD)
            assert person is not None and person.name == name
            assert roles_on(work.session, person.id, running.id, work.now) == {role}


def test_the_other_client_s_officer_has_nothing_to_do_with_the_first(empty: sessionmaker[Session]) -> None:
    """The demonstration shows, too, that one public body never sees another's cases."""
    with at_start(empty) as work:
        seat_demo(work)
        stranger = work.session.scalars(select(Person).where(Person.login == "other@demo.example")).one()
        held = {
            holding.contract.client.name: holding.role
            for holding in work.session.scalars(
                select(RoleHolding).where(RoleHolding.person_id == stranger.id)
            )
        }
        assert held == {OTHER_CLIENT: CLIENT_OFFICER}


def test_the_second_start_seats_nobody_twice(empty: sessionmaker[Session]) -> None:
    """What somebody has tried out yesterday is still there today."""
    with at_start(empty) as work:
        assert seat_demo(work)
    with at_start(empty) as work:
        before = work.session.scalar(select(func.count(Person.id)))
        assert not seat_demo(work)
        assert work.session.scalar(select(func.count(Person.id))) == before


def test_a_real_installation_gets_no_account_whose_password_is_printed(work_of: WorkOf) -> None:
    """Started by mistake as a demonstration, it stays as it was."""
    with work_of(ADMIN) as work:
        assert not seat_demo(work)
        assert check_password(work.session, PEOPLE[0][0], PASSWORD) is None


def test_the_sample_list_is_read_like_one_from_a_city_office() -> None:
    """Thirty persons, none rejected; mail, letters and one hold for a person to look at."""
    data = demo_list()
    roster = open_roster(BytesIO(data), limit=len(data))
    assert roster.encoding.lower() in ("cp932", "shift_jis")
    found = gather(roster, on=TestClock()().date())
    persons = [finding.person for finding in found if isinstance(finding, FirstRow)]
    assert found.rows == len(persons) == LISTED and found.rejected == 0
    assert {person.email is None for person in persons} == {True, False}
    assert all(p.email is None or p.email.endswith("@example.jp") for p in persons)
    assert [person.reference for person in persons if "deceased" in person.holds] == ["0000000030"]
