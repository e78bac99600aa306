"""The printer: plans print runs and prints what is planned. Several may print side by side; one of them plans."""

import logging
import threading
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Clock, Settings
from incident_app.domain.notice import INDIVIDUAL
from incident_app.domain.work import THE_PROGRAM, Work, begin_reading, begin_work
from incident_app.notices.catalogue import catalogue
from incident_app.notices.press import LETTERS_PER_RUN, Press
from incident_app.services.printing import Job, claim_run, keep_run, letters_to_plan, plan_run, print_job
from incident_app.workers.rounds import go_on

log = logging.getLogger(__name__)


class Printer:
    """Prints letters, a run at a time; each run is there whole or not at all."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        settings: Settings,
        stop: threading.Event | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._folder = settings.sealed_folder
        self._tagged = settings.tagged_runs
        self._presses: dict[int, Press] = {}
        self._stop = stop or threading.Event()

    def run(self, every: float = 2.0) -> None:
        """Print what others plan until told to stop."""
        go_on(self._stop, every, self._print_all, log)

    def print_one(self) -> int | None:
        """Print one planned run; returns its letters (0: it was stopped meanwhile), None when nothing is planned."""
        with self._work() as work:
            job = claim_run(work)
        if job is None:
            return None
        printed = print_job(job, self._press_for(job))
        with self._work() as work:
            kept = keep_run(work, job, printed, self._folder)
        return len(printed.letters) if kept is not None else 0

    def plan(self) -> bool:
        """Put what waits into runs, sorted by postal code; True when there was something."""
        with begin_reading(self._sessions, self._clock, THE_PROGRAM) as work:
            waiting = letters_to_plan(work)
        if waiting is None:
            return False
        notice_id, letters = waiting
        for start in range(0, len(letters), LETTERS_PER_RUN):
            with self._work() as work:
                plan_run(work, notice_id, letters[start : start + LETTERS_PER_RUN])
        return True

    def _print_all(self) -> None:
        while not self._stop.is_set() and self.print_one() is not None:
            pass

    def _press_for(self, job: Job) -> Press:
        """Return the press that is set for the job's notice; setting one takes a second."""
        press = self._presses.get(job.notice_id)
        if press is None or not press.is_set_for(job.sheet):
            press = self._presses[job.notice_id] = Press(
                catalogue()[INDIVIDUAL], job.sheet, tagged=self._tagged
            )
        return press

    def _work(self) -> AbstractContextManager[Work]:
        return begin_work(self._sessions, self._clock, THE_PROGRAM)
