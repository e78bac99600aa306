"""Databases, people and time for every test. Nothing here leaves the machine."""

import os
import shutil
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, make_url, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.base import connect_database
from incident_app.domain.parties import Person
from incident_app.domain.work import Actor, Work, begin_work, open_sessions
from incident_app.services import schema
from tests.cast import CastMember, seat
from tests.clock import TestClock

MASTER_KEY = "a key that opens nothing outside the tests"

WorkOf = Callable[[CastMember], AbstractContextManager[Work]]


@pytest.fixture(scope="session", autouse=True)
def _no_way_out() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


@contextmanager
def _postgres() -> Iterator[Connection]:
    """Speak to the throw-away cluster itself, where databases are made and dropped."""
    url = os.environ.get("INCIDENT_TEST_POSTGRES")
    if not url:
        missing = "INCIDENT_TEST_POSTGRES is not set: `./run test` starts a throw-away PostgreSQL"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    engine = connect_database(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _postgres_database(template: str = "template1") -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex}"
    with _postgres() as cluster:
        cluster.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        url = cluster.engine.url.set(database=name)
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        with _postgres() as cluster:
            cluster.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _prepare(url: str) -> None:
    schema.upgrade(url)
    engine = connect_database(url)
    with sessionmaker(engine).begin() as session:
        seat(session)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "incident.db"
    _prepare(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    with _postgres_database() as url:
        _prepare(url)
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of one's own, migrated, in which the cast is seated. Each test runs on both kinds."""
    if request.param == "sqlite":
        file = tmp_path / "incident.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
    else:
        with _postgres_database(request.getfixturevalue("postgres_template")) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table; on SQLite not even the file is there."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
    else:
        with _postgres_database() as url:
            yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return open_sessions(engine, MASTER_KEY)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def work_of(sessions: sessionmaker[Session], clock: TestClock) -> WorkOf:
    """Open the unit of work of one member of the cast: `with work_of(TANAKA) as work:`."""

    @contextmanager
    def work_of(member: CastMember) -> Iterator[Work]:
        with sessions() as session:
            person_id = session.scalars(select(Person.id).where(Person.login == member.login)).one()
        with begin_work(sessions, clock, Actor(person_id, member.name)) as work:
            yield work

    return work_of


only_on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For rules that no database has a part in."""
only_on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For two works that are open at the same time: on SQLite the second waits at its door."""
