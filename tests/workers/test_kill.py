"""The power goes, or somebody ends the worker by force: nothing is lost, and hardly anything comes twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Settings, system_clock
from incident_app.domain.incident import Incident
from incident_app.domain.notice import BOUNCED, QUEUED, SENDING, SENT, Delivery
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.timeline import entries_of, verify
from incident_app.services.mailing import LOST_AFTER
from incident_app.workers.deliver import Courier
from tests.cast import TANAKA
from tests.conftest import WorkOf
from tests.workers.conftest import Post, SettingsFor, address, deliveries, message_ids, released, states

MAILS = 200
CONNECTIONS = 16
WORKER = """
from incident_app.config import read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.work import open_sessions
from incident_app.workers.deliver import Courier

settings = read_settings()
sessions = open_sessions(connect_database(settings.database), settings.master_key)
Courier(sessions, system_clock, settings).run(every=0.01)
"""


@contextmanager
def a_worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A real one, in a process of its own."""
    environment = os.environ | {
        "INCIDENT_DATABASE": settings.database,
        "INCIDENT_DATA": str(settings.data),
        "INCIDENT_MASTER_KEY": settings.master_key,
        "INCIDENT_SENDER": settings.sender,
        "INCIDENT_SMTP_PORT": str(settings.smtp_port),
        "INCIDENT_SMTP_CONNECTIONS": str(settings.smtp_connections),
    }
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def wait_until(what: Callable[[], bool], why: str) -> None:
    give_up = time.monotonic() + 60
    while not what():
        assert time.monotonic() < give_up, why
        time.sleep(0.002)


def kill(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait()


def later(minutes: int) -> Callable[[], datetime]:
    """A clock that is ahead: what was lost or turned away is due again."""
    return lambda: system_clock() + LOST_AFTER + timedelta(minutes=minutes)


def expect_hardly_any_twice(
    post: Post, sessions: sessionmaker[Session], refused: set[str], kills: int, moment: object
) -> None:
    """Everybody but the refused has the notice; who has it twice was in somebody's hands at a kill."""
    came = Counter(str(mail["Message-ID"]) for mail in post.mails)
    with sessions() as session:
        officers = {f"<{key}>" for key in session.scalars(select(CaseMail.message_id))}
    notices = {
        key
        for key, delivery in zip(message_ids(sessions), deliveries(sessions), strict=True)
        if delivery.state == SENT
    }
    assert len(notices) == MAILS - len(refused)
    assert set(came) == officers | notices, f"none is lost, and none has two ids: {moment}"
    assert max(came.values()) <= 1 + kills, moment
    assert sum(came.values()) - len(came) <= kills * CONNECTIONS, moment


def test_a_worker_that_is_killed_twice_loses_nothing_and_doubles_one_mail_a_connection_at_most(
    sessions: sessionmaker[Session], settings_for: SettingsFor, work_of: WorkOf, post: Post
) -> None:
    """Once at any moment, once while the relay has all connections' mails and does not answer: the worst there is."""
    settings = replace(settings_for(post.port), smtp_connections=CONNECTIONS)
    with work_of(TANAKA) as work:
        released(work, MAILS)
    post.relay.thinks_for = 0.002
    moment = random.randrange(MAILS // 2)  # noqa: S311 - not a secret
    with a_worker(settings) as worker:
        wait_until(lambda: len(post.relay.taken) >= moment, f"{moment} mails did not come")
        kill(worker)
    lost = states(sessions).count(SENDING)
    assert lost <= CONNECTIONS
    with a_worker(settings) as worker:
        before = len(post.relay.taken)
        wait_until(lambda: len(post.relay.taken) > before + CONNECTIONS, "nothing came after the first kill")
        post.relay.thinks_for = 60
        wait_until(lambda: states(sessions).count(SENDING) == lost + CONNECTIONS, "lines stay idle")
        kill(worker)
    post.relay.thinks_for = 0

    Courier(sessions, later(minutes=1), settings).round()

    assert states(sessions) == [SENT] * MAILS
    expect_hardly_any_twice(post, sessions, set(), 2, moment)
    with sessions() as session:
        incident = session.scalars(select(Incident)).one()
        assert verify(session, incident) == []
        totals = [e.facts["total"] for e in entries_of(session, incident.id) if e.event == "mail_sent"]
        assert totals[-1] == MAILS


def test_two_workers_one_of_them_killed_and_a_relay_in_a_bad_mood_still_reach_everybody(
    sessions: sessionmaker[Session], settings_for: SettingsFor, work_of: WorkOf, post: Post
) -> None:
    """It refuses some for good, puts some off, and closes lines with 421; nobody is written off who could be reached."""
    settings = replace(settings_for(post.port), smtp_connections=CONNECTIONS)
    with work_of(TANAKA) as work:
        released(work, MAILS)
    refused = {address(number) for number in range(7, MAILS, 29)}
    post.relay.answers = dict.fromkeys(refused, "550 5.1.1 no such mailbox")
    post.relay.first_answers = {
        **{address(number): "451 4.3.0 later" for number in range(5, MAILS, 23)},
        **{address(number): "421 4.3.2 closing" for number in range(3, MAILS, 31)},
    }
    post.relay.thinks_for = 0.002
    moment = random.randrange(MAILS // 2)  # noqa: S311 - not a secret
    with a_worker(settings) as one, a_worker(settings):
        wait_until(lambda: len(post.relay.taken) >= moment, f"{moment} mails did not come")
        kill(one)
        wait_until(lambda: not any(is_due(it) for it in deliveries(sessions)), "the other did not go on")

    for ahead in (1, 10, 20):
        Courier(sessions, later(minutes=ahead), settings).round()

    assert post.relay.first_answers == {}, "each was given"
    assert Counter(states(sessions)) == {SENT: MAILS - len(refused), BOUNCED: len(refused)}
    expect_hardly_any_twice(post, sessions, refused, 2, moment)  # the other worker is ended by force too


def is_due(delivery: Delivery) -> bool:
    return delivery.state == QUEUED and delivery.next_try_at is None
