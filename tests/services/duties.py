"""Something that 乙 owes at an instant, and the watch that reminds of it; not how it came to be due."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.deadline import Deadline, Reminder
from incident_app.domain.incident import Incident
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.parties import CONTRACTOR
from incident_app.domain.work import THE_PROGRAM, Work, begin_work
from incident_app.services.watching import sweep, tell, waiting
from tests.cast import CastMember
from tests.clock import TestClock

BASE = "https://incident.example.jp"
LADDER = ["-4h", "+0h", "+24h", "+72h"]


def a_duty(work: Work, incident: Incident, hours: float = 24, **changes: Any) -> Deadline:
    """The first report, due in some hours; `changes` are columns."""
    said = {
        "name": "prompt_report",
        "label": {"ja": "甲への第一報", "en": "First report to the client"},
        "party": CONTRACTOR,
        "article": "第16条第1項",
        "rule": "article16/v1 prompt_report",
        "counted_from": work.now,
        "because": [],
        "due_at": work.now + timedelta(hours=hours),
        "ladder": LADDER,
    }
    deadline = Deadline(**{**said, **changes})
    deadline.arm(work.now)
    incident.deadlines.append(deadline)
    work.session.flush()
    return deadline


@contextmanager
def watching(sessions: sessionmaker[Session], clock: TestClock) -> Iterator[Work]:
    """A transaction of the watch."""
    with begin_work(sessions, clock, THE_PROGRAM) as work:
        yield work


def look(sessions: sessionmaker[Session], clock: TestClock) -> int:
    """Look once at what is due; returns of how many deadlines somebody was told."""
    with watching(sessions, clock) as work:
        sweep(work)
    with watching(sessions, clock) as work:
        queue = waiting(work)
    told = 0
    for deadline_id in queue:
        with watching(sessions, clock) as work:
            told += tell(work, deadline_id, BASE)
    return told


def reminders(session: Session) -> list[Reminder]:
    """All of them, in the order of their rungs."""
    return list(session.scalars(select(Reminder).order_by(Reminder.fires_at, Reminder.id)))


def rungs(sessions: sessionmaker[Session]) -> list[tuple[str, str]]:
    """The rungs that were reached, and what became of them."""
    with sessions() as session:
        return [(reminder.rung, reminder.state) for reminder in reminders(session)]


def mails(session: Session) -> list[CaseMail]:
    """All mails that remind somebody."""
    reminding = select(CaseMail).where(CaseMail.reminder_id.is_not(None))
    return list(session.scalars(reminding.order_by(CaseMail.id)))


def told(sessions: sessionmaker[Session]) -> list[str]:
    """The addresses to which a reminder goes or went, in its order."""
    with sessions() as session:
        return [mail.to for mail in mails(session)]


def addresses(*members: CastMember) -> list[str]:
    return [member.email for member in members]


def case_of(work: Work) -> Incident:
    """The only case."""
    return work.session.scalars(select(Incident)).one()
