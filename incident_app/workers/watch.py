"""The watch: once a minute it looks which deadlines have come up, and sees to it that people are told."""

import logging
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Clock, Settings
from incident_app.domain.work import THE_PROGRAM, Work, begin_reading, begin_work
from incident_app.services.watching import beat, sweep, tell, waiting
from incident_app.workers.rounds import log_fault

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What one round did, in deadlines."""

    claimed: int = 0
    """Came up: one or more of their rungs were reached."""
    told: int = 0


class Watch:
    """Looks at every deadline whose time has come. Any number may run side by side."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        settings: Settings,
        stop: threading.Event | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._base_url = settings.base_url
        self._stop = stop or threading.Event()

    def round(self) -> Counts:
        """Do what is due now, once.

        What fails for one deadline is logged and holds up none of the others; it is tried again in the next round.
        """
        counts = Counts()
        while claimed := self._sweep():
            counts.claimed += claimed
        with self._work() as work:
            beat(work)
        with begin_reading(self._sessions, self._clock, THE_PROGRAM) as work:
            queue = waiting(work)
        for deadline_id in queue:
            if not self._stop.is_set():
                counts.told += self._tell(deadline_id)
        return counts

    def run(self, every: float = 60.0) -> None:
        """Go on until told to stop. A round that fails is logged and followed by the next."""
        while not self._stop.is_set():
            try:
                self.round()
            except Exception as fault:
                log_fault(log, "a round", fault)
            self._stop.wait(every)

    def _work(self) -> AbstractContextManager[Work]:
        return begin_work(self._sessions, self._clock, THE_PROGRAM)

    def _sweep(self) -> int:
        with self._work() as work:
            return sweep(work)

    def _tell(self, deadline_id: int) -> bool:
        try:
            with self._work() as work:
                return tell(work, deadline_id, self._base_url)
        except Exception as fault:
            log_fault(log, f"deadline {deadline_id}", fault)
            return False
