"""One round: take up what was lost, send what is due, print what waits. Then again."""

import logging
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Clock, Settings
from incident_app.domain.work import THE_PROGRAM, Work, begin_work
from incident_app.mail.dispatch import Pace, dispatch
from incident_app.mail.message import Envelope, check_address
from incident_app.mail.sending import Outcome
from incident_app.mail.smtp import SmtpSettings
from incident_app.services.bouncing import AT_ONCE, letters_instead, put_away, reports_in, take_files
from incident_app.services.listing import discard_old_lists
from incident_app.services.mailing import Ledger, take_up_lost
from incident_app.services.mailing_summary import summarise
from incident_app.workers.printing import Printer
from incident_app.workers.rounds import go_on, log_fault

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
        self._bounces = settings.bounces
        self._pace = Pace(settings.smtp_connections, settings.smtp_per_second)
        self._folder = settings.sealed_folder
        self._stop = stop or threading.Event()
        self._printer = Printer(sessions, clock, settings, self._stop)

    def round(self) -> Counts:
        """Do what is due now, once; when told to stop, no further message and no further run is begun."""
        counts = Counts()
        with self._work() as work:
            take_up_lost(work)
            discard_old_lists(work, self._folder)
        self._take_bounces()
        # Mail before every run of letters: a report to 甲 does not wait until ten thousand are printed.
        while self._send(counts) or self._print(counts):
            pass
        with self._work() as work:
            summarise(work)
        return counts

    def run(self, every: float = 2.0) -> None:
        """Go on until told to stop. A round that fails is logged and followed by the next."""
        go_on(self._stop, every, self.round, log)

    def _work(self) -> AbstractContextManager[Work]:
        return begin_work(self._sessions, self._clock, THE_PROGRAM)

    def _take_bounces(self) -> None:
        """Read the mails that came back, and queue letters to whomever a mail did not reach."""
        try:
            self._read_folder()
        except OSError as fault:
            # The folder belongs to a mail server: mail goes out whatever is wrong with it.
            log_fault(log, "the folder of mails that came back", fault)
        with self._work() as work:
            letters_instead(work)

    def _read_folder(self) -> None:
        place = self._bounces
        if place is None or not place.is_dir():
            return
        files = reports_in(place)
        for start in range(0, len(files), AT_ONCE):
            with self._work() as work:
                taken = take_files(work, files[start : start + AT_ONCE])
            put_away(place, taken)

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
        letters = self._printer.print_one()
        if letters is None:
            return self._printer.plan()
        counts.printed += letters
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
