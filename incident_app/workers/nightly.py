"""Every night: what was destroyed is gone to the last byte, and the books of every incident add up."""

import logging
import threading
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Clock, Settings
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.parties import day_in_japan
from incident_app.domain.timeline import lock_record
from incident_app.domain.work import THE_PROGRAM, begin_reading, begin_work
from incident_app.services.destroying import finish
from incident_app.services.reconciling import note_result, reconcile
from incident_app.workers.rounds import log_fault

log = logging.getLogger(__name__)
BEFORE_THREE = timedelta(hours=3)
"""A night's check begins at three in the morning in Japan."""


class Nightly:
    """Checks once a night. Any number may run side by side: only a result that has changed is written down."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        settings: Settings,
        stop: threading.Event | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._settings = settings
        self._stop = stop or threading.Event()
        self._night = self._this_night()

    def round(self) -> int:
        """Finish destructions, and check every incident that has personal data; returns how many were checked.

        What fails for one incident is logged and holds up none of the others.
        """
        self._finish()
        with begin_reading(self._sessions, self._clock, THE_PROGRAM) as work:
            chosen = list(
                work.session.scalars(select(IncidentKey.incident_id).order_by(IncidentKey.incident_id))
            )
        return sum(self._check(incident_id) for incident_id in chosen if not self._stop.is_set())

    def run(self, every: float = 60.0) -> None:
        """Finish at once what a crash left of a destruction; then go on night by night until told to stop."""
        self._finish()
        while not self._stop.wait(every):
            if self._this_night() != self._night:
                self._night = self._this_night()
                self.round()

    def _this_night(self) -> date:
        return day_in_japan(self._clock() - BEFORE_THREE)

    def _finish(self) -> None:
        try:
            if not finish(self._sessions, self._clock, self._settings):
                log.warning("old bytes of destroyed data remain in the database; tried again next night")
        except Exception as fault:
            log_fault(log, "the end of a destruction", fault)

    def _check(self, incident_id: int) -> bool:
        try:
            # Looking takes its time, and no lock.
            with begin_reading(self._sessions, self._clock, THE_PROGRAM) as work:
                incident = work.session.get_one(Incident, incident_id)
                findings = reconcile(work, incident, self._settings.sealed_folder)
            with begin_work(self._sessions, self._clock, THE_PROGRAM) as work:
                incident = work.session.get_one(Incident, incident_id)
                lock_record(work.session, incident)
                note_result(work, incident, findings)
        except Exception as fault:
            log_fault(log, f"the books of incident {incident_id}", fault)
            return False
        return True
