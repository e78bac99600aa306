"""The power goes, or somebody ends the worker by force: nothing is lost, and hardly anything comes twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Settings, system_clock
from incident_app.domain.incident import Incident
from incident_app.domain.notice import SENDING, SENT
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.timeline import entries_of, verify
from incident_app.services.mailing import LOST_AFTER
from incident_app.workers.deliver import Courier
from tests.cast import TANAKA
from tests.conftest import WorkOf
from tests.workers.conftest import Post, SettingsFor, message_ids, released, states

MAILS = 200
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
    }
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def wait_for(post: Post, mails: int) -> None:
    give_up = time.monotonic() + 60
    while len(post.relay.taken) < mails:
        assert time.monotonic() < give_up, f"only {len(post.relay.taken)} of {mails} mails came"
        time.sleep(0.002)


def test_a_worker_that_is_killed_twice_loses_nothing_and_doubles_one_mail_a_connection_at_most(
    sessions: sessionmaker[Session], settings_for: SettingsFor, work_of: WorkOf, post: Post
) -> None:
    """Only the mails in hand are in doubt, and a second copy has the same Message-ID."""
    in_hand = settings_for(post.port).smtp_connections
    with work_of(TANAKA) as work:
        released(work, MAILS)
    post.relay.thinks_for = 0.002
    for kill, mails in enumerate((MAILS // 4, MAILS // 2), start=1):
        with a_worker(settings_for(post.port)) as worker:
            wait_for(post, mails)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            assert states(sessions).count(SENDING) <= kill * in_hand

    def later() -> datetime:
        return system_clock() + LOST_AFTER + timedelta(minutes=1)

    Courier(sessions, later, settings_for(post.port)).round()

    assert states(sessions) == [SENT] * MAILS
    came = Counter(str(mail["Message-ID"]) for mail in post.mails)
    notices = set(message_ids(sessions))
    with sessions() as session:
        officers = set(session.scalars(select(CaseMail.message_id)))
        assert set(came) == {f"<{key}>" for key in officers} | notices, "none is lost"
        assert sum(came.values()) - len(came) <= 2 * in_hand
        incident = session.scalars(select(Incident)).one()
        assert verify(session, incident) == []
        totals = [e.facts["total"] for e in entries_of(session, incident.id) if e.event == "mail_sent"]
        assert totals[-1] == MAILS
