"""A watch and a courier in a process of their own, which dies at a step that is chosen beforehand."""

import multiprocessing
import os
import signal
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import configure_mappers

from incident_app.config import Settings
from incident_app.domain.base import connect_database
from incident_app.domain.work import open_sessions
from incident_app.workers.deliver import Courier
from incident_app.workers.watch import Watch

# Each process is a fork of one that has read all modules already and holds no connection.
configure_mappers()
_READ_BEFORE = (
    *(__name__, "pytest", "psycopg"),
    *("sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.pysqlite"),
)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(list(_READ_BEFORE))


def dies_at(step: int, settings: Settings, now: datetime) -> bool:
    """Do one round in a process that is killed before its statement or commit of this number.

    False when it had fewer, and came through.
    """
    mortal = _FORKS.Process(target=_live, args=(step, settings, now))
    mortal.start()
    mortal.join(60)
    assert mortal.exitcode in {0, -signal.SIGKILL}
    died = mortal.exitcode != 0
    mortal.close()
    return died


def _live(step: int, settings: Settings, now: datetime) -> None:
    engine = connect_database(settings.database)
    left = step

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    sessions = open_sessions(engine, settings.master_key)
    Watch(sessions, lambda: now, settings).round()
    Courier(sessions, lambda: now, settings).round()
