"""One round: take up what was lost, send what is due, print what waits. Then again."""

import logging
import threading
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Clock, Settings
from incident_app.domain.notice import INDIVIDUAL
from incident_app.domain.work import THE_PROGRAM, Work, begin_reading, begin_work
from incident_app.mail.dispatch import Pace, dispatch
from incident_app.mail.message import Envelope, check_address
from incident_app.mail.sending import Outcome
from incident_app.mail.smtp import SmtpSettings
from incident_app.notices.catalogue import catalogue
from incident_app.notices.press import LETTERS_PER_RUN, Press
from incident_app.services.listing import discard_old_lists
from incident_app.services.mailing import Ledger, take_up_lost
from incident_app.services.mailing_summary import summarise
from incident_app.services.printing import Job, claim_run, keep_run, letters_to_plan, plan_run, print_job

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What one round did."""

    accepted: int = 0
    refused: int = 0
    waiting: int = 0
    """Not taken for now: the relay is down, or asks to try later."""
    printed: int = 0


class Courier:
    """Carries what is queued. Any number may run side by side on PostgreSQL; on SQLite one is enough.

    Raises BadAddress when no mail can come from the sender that the settings name.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        settings: Settings,
        stop: threading.Event | None = None,
    ) -> None:
        check_address("差出人（INCIDENT_SENDER）", "sender (INCIDENT_SENDER)", settings.sender)
        self._sessions = sessions
        self._clock = clock
        self._sender = settings.sender
        self._relay = smtp_settings(settings)
        self._pace = Pace(settings.smtp_connections, settings.smtp_per_second)
        self._folder = settings.sealed_folder
        self._presses: dict[int, Press] = {}
        self._stop = stop or threading.Event()

    def round(self) -> Counts:
        """Do what is due now, once; when told to stop, no further message and no further run is begun."""
        counts = Counts()
        with self._work() as work:
            take_up_lost(work)
            discard_old_lists(work, self._folder)
        # Mail before every run of letters: a report to 甲 does not wait until ten thousand are printed.
        while self._send(counts) or self._print(counts):
            pass
        with self._work() as work:
            summarise(work)
        return counts

    def run(self, every: float = 2.0) -> None:
        """Go on until told to stop. A round that fails is logged and followed by the next."""
        while not self._stop.wait(every):
            try:
                self.round()
            except Exception as fault:
                # The kind of fault and where, never its words: they may hold an address.
                where = traceback.extract_tb(fault.__traceback__)[-1]
                log.error("a round failed: %s at %s:%s", type(fault).__name__, where.filename, where.lineno)

    def _work(self) -> AbstractContextManager[Work]:
        return begin_work(self._sessions, self._clock, THE_PROGRAM)

    def _send(self, counts: Counts) -> bool:
        """Send what is due over all connections; True when it got somewhere and more may have come meanwhile."""
        ledger = Ledger(self._work, self._sender)
        settled = counts.accepted + counts.refused

        def exchange(results: Sequence[tuple[Envelope, Outcome]], wanted: int) -> Sequence[Envelope]:
            fresh = ledger.exchange(results, wanted)
            for _, outcome in results:
                counts.accepted += outcome.state == "accepted"
                counts.refused += outcome.state == "permanent"
                counts.waiting += outcome.state == "temporary"
            return fresh

        waiting = counts.waiting
        dispatch(self._relay, self._pace, exchange, self._stop)
        return counts.accepted + counts.refused > settled and counts.waiting == waiting

    def _print(self, counts: Counts) -> bool:
        """Print one run; True when another may follow."""
        if self._stop.is_set():
            return False
        with self._work() as work:
            job = claim_run(work)
        if job is None:
            return self._plan()
        printed = print_job(job, self._press_for(job))
        with self._work() as work:
            if keep_run(work, job, printed, self._folder) is not None:
                counts.printed += len(printed.letters)
        return True

    def _press_for(self, job: Job) -> Press:
        """Return the press that is set for the job's notice; setting one takes a second."""
        press = self._presses.get(job.notice_id)
        if press is None or press.sheet != job.sheet:
            press = self._presses[job.notice_id] = Press(catalogue()[INDIVIDUAL], job.sheet)
        return press

    def _plan(self) -> bool:
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


def smtp_settings(settings: Settings) -> SmtpSettings:
    """Return the relay as the settings name it."""
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user,
        password=settings.smtp_password,
        tls=settings.smtp_tls,
    )
