"""Letters take their time; mail between the parties does not wait for them."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Received
from aiosmtpd.smtp import Session as Conversation
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.notice import PRINTED, PrintRun
from incident_app.domain.outgoing import CaseMail
from incident_app.mail.catcher import MailServer
from incident_app.services.notifying import start_deliveries
from incident_app.workers.deliver import Courier
from tests.builders import an_individual
from tests.cast import SATO, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.mail.conftest import Relay
from tests.services.stories import approved, by, instructed, item_of
from tests.workers.conftest import SettingsFor, states

URGENT = "第二報"


@pytest.fixture
def report_during_the_first_run(clock: TestClock) -> Iterator[None]:
    """Somebody sends a report while the first run is being kept."""

    def send(_mapper: object, connection: Connection, run: PrintRun) -> None:
        if connection.scalar(select(func.count()).select_from(PrintRun)) == 1:
            mail: dict[str, Any] = {
                "incident_id": 1,
                "to": YAMADA.email,
                "subject": URGENT,
                "text": "判明した事実を報告します。",
                "message_id": "urgent@example.jp",
                "queued_at": clock(),
                "changed_at": clock(),
            }
            connection.execute(insert(CaseMail).values(mail))

    event.listen(PrintRun, "after_insert", send)
    yield
    event.remove(PrintRun, "after_insert", send)


class Counting(Relay):
    """Remembers how many runs of letters stood when each mail came."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        super().__init__()
        self._sessions = sessions
        self.runs_at: list[int] = []

    async def handle_DATA(self, server: SMTP, session: Conversation, received: Received) -> str:  # noqa: N802 - aiosmtpd's name
        with self._sessions() as looking:
            looking.connection(execution_options={"reading": True})
            self.runs_at.append(looking.scalar(select(func.count()).select_from(PrintRun)) or 0)
        return await super().handle_DATA(server, session, received)


@pytest.mark.usefixtures("report_during_the_first_run")
def test_a_report_does_not_wait_until_all_letters_are_printed(
    sessions: sessionmaker[Session], settings_for: SettingsFor, work_of: WorkOf, clock: TestClock
) -> None:
    """速やかに: ten thousand letters take a quarter of an hour, and 甲 is to know before."""
    with work_of(TANAKA) as work:
        for key in ("0000000001", "0000000002"):
            incident = instructed(work)
            an_individual(work, incident, key)
            notice = approved(work, incident)
            start_deliveries(by(work, SATO), incident, notice, item_of(incident))
    relay = Counting(sessions)
    with MailServer(relay, "127.0.0.1", 0) as server:
        counts = Courier(sessions, clock, settings_for(server.port)).round()

    assert counts.printed == 2
    assert states(sessions) == [PRINTED, PRINTED]
    assert relay.runs_at[-1] == 1, "after the first run of letters and before the second"
    assert set(relay.runs_at[:-1]) == {0}, "mail that waited already goes before any letter"
