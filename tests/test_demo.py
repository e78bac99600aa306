"""The demonstration as a whole: two clients of one contractor, and neither learns of the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.base import connect_database
from incident_app.domain.incident import Incident
from incident_app.domain.parties import Contract, Person
from incident_app.domain.work import THE_PROGRAM, Actor, Work, begin_work, open_sessions
from incident_app.services import schema
from incident_app.services.demo import seat_demo
from incident_app.services.finding import contracts_of, find_contract, incidents_of
from incident_app.services.opening import Opening, open_incident
from tests.clock import TestClock
from tests.conftest import MASTER_KEY

RUNNING, ENDED, OTHER = "MN-2026-001", "MN-2023-007", "AO-2026-007"


@pytest.fixture
def demonstration(bare_database_url: str, clock: TestClock) -> Iterator[sessionmaker[Session]]:
    """A database as the first start leaves it."""
    schema.upgrade(bare_database_url)
    engine = connect_database(bare_database_url)
    sessions = open_sessions(engine, MASTER_KEY)
    with begin_work(sessions, clock, THE_PROGRAM) as work:
        seat_demo(work)
    yield sessions
    engine.dispose()


@contextmanager
def work_as(sessions: sessionmaker[Session], clock: TestClock, login: str) -> Iterator[Work]:
    with sessions() as session:
        person = session.scalars(select(Person).where(Person.login == login)).one()
    with begin_work(sessions, clock, Actor(person.id, person.name)) as work:
        yield work


def test_the_other_client_s_incident_is_not_there_for_the_city(
    demonstration: sessionmaker[Session], clock: TestClock
) -> None:
    """The contractor's responsible person serves both; nobody else learns that the other was struck."""
    with work_as(demonstration, clock, "responsible@demo.example") as work:
        said = Opening(title="誤送付", detected_at=work.now - timedelta(hours=1))
        open_incident(work, find_contract(work, OTHER), said)

    for login in ("officer@demo.example", "auditor@demo.example", "worker@demo.example"):
        with work_as(demonstration, clock, login) as work:
            assert {contract.number for contract in contracts_of(work)} == {RUNNING, ENDED}
            assert incidents_of(work) == []
    with work_as(demonstration, clock, "other@demo.example") as work:
        assert {contract.number for contract in contracts_of(work)} == {OTHER}
        assert incidents_of(work) == list(work.session.scalars(select(Incident)))


def test_a_contract_that_has_ended_can_be_tried_too(
    demonstration: sessionmaker[Session], clock: TestClock
) -> None:
    """Article 2: secrecy outlives the contract, so an incident under an ended one is accepted and marked."""
    with work_as(demonstration, clock, "responsible@demo.example") as work:
        said = Opening(title="古い名簿の漏えい", detected_at=work.now - timedelta(hours=1))
        incident = open_incident(work, find_contract(work, ENDED), said)

        running = work.session.scalars(select(Contract).where(Contract.number == RUNNING)).one()
        assert incident.contract.has_ended(work.now) and not running.has_ended(work.now)
        assert incident.contract.client is running.client
