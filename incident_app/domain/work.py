"""The unit of work: session, person and instant travel together, by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Clock
from incident_app.domain.sealing import MasterKey


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, or the program itself (person_id None)."""

    person_id: int | None
    name: str


THE_PROGRAM = Actor(None, "incident-app")


@dataclass(frozen=True, slots=True)
class Work:
    """One person's action at one instant: it happens whole or not at all."""

    session: Session
    actor: Actor
    now: datetime
    reading: bool = False


def open_sessions(
    engine: Engine, master_key: str, public_url: str = "", envelope: str = ""
) -> sessionmaker[Session]:
    """Return what every unit of work begins with: the database, the key that opens personal data, the address under
    which the public reaches this installation (empty when it does not), and the envelope that letters go into, as in
    the settings.
    """
    known = {
        "master_key": MasterKey.from_words(master_key),
        "public_url": public_url,
        "envelope": envelope,
    }
    return sessionmaker(engine, expire_on_commit=False, info=known)


@contextmanager
def begin_work(sessions: sessionmaker[Session], clock: Clock, actor: Actor) -> Iterator[Work]:
    """Open the only transaction an action gets; leaving normally commits it."""
    with sessions.begin() as session:
        yield Work(session, actor, clock())


@contextmanager
def begin_reading(sessions: sessionmaker[Session], clock: Clock, actor: Actor) -> Iterator[Work]:
    """Look without changing: takes no lock, and whatever was changed by mistake is rolled back."""
    with sessions() as session:
        session.connection(execution_options={"reading": True})
        yield Work(session, actor, clock(), reading=True)
        session.rollback()
