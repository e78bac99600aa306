"""A relay, the courier that speaks to it, and cases whose notices wait for both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Settings, read_settings
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.notice import Delivery
from incident_app.domain.work import Work
from incident_app.mail.catcher import MailServer
from incident_app.services.mailing import message_id
from incident_app.services.notifying import start_deliveries
from incident_app.workers.deliver import Courier
from tests.builders import an_individual
from tests.cast import SATO
from tests.clock import TestClock
from tests.conftest import MASTER_KEY
from tests.mail.conftest import Relay
from tests.services.stories import MAILS, approved, by, instructed, item_of


@dataclass
class Post:
    """A running relay and what it took."""

    relay: Relay
    port: int

    @property
    def mails(self) -> list[EmailMessage]:
        contents = (taken.content for taken in self.relay.taken)
        return [message_from_bytes(c, policy=policy.default) for c in contents if isinstance(c, bytes)]

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@pytest.fixture
def post() -> Iterator[Post]:
    relay = Relay()
    with MailServer(relay, "127.0.0.1", 0) as server:
        yield Post(relay, server.port)


SettingsFor = Callable[[int], Settings]


@pytest.fixture
def settings_for(database_url: str, tmp_path: Path) -> SettingsFor:
    """The settings of an installation whose relay listens on this port."""

    def settings_for(port: int) -> Settings:
        return read_settings(
            {
                "INCIDENT_DATABASE": database_url,
                "INCIDENT_DATA": str(tmp_path / "data"),
                "INCIDENT_MASTER_KEY": MASTER_KEY,
                "INCIDENT_SENDER": "incident@example.jp",
                "INCIDENT_SMTP_PORT": str(port),
            }
        )

    return settings_for


@pytest.fixture
def courier(
    sessions: sessionmaker[Session], clock: TestClock, settings_for: SettingsFor, post: Post
) -> Courier:
    return Courier(sessions, clock, settings_for(post.port))


def address(number: int) -> str:
    """Where the individual of this number reads mail."""
    return f"person{number:04d}@example.jp"


def released(work: Work, individuals: int = 3) -> Incident:
    """A case whose notice by e-mail was approved by everybody: one mail waits for each individual."""
    incident = instructed(work, MAILS)
    for number in range(1, individuals + 1):
        an_individual(
            work,
            incident,
            f"{number:010d}",
            name=f"架空 第{number}子",
            email=address(number),
            items=("氏名", f"固有項目{number}号"),
        )
    notice = approved(work, incident)
    start_deliveries(by(work, SATO), incident, notice, item_of(incident))
    return incident


def deliveries(sessions: sessionmaker[Session]) -> list[Delivery]:
    """The whole ledger of notices, as it is stored now."""
    with sessions() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def message_ids(sessions: sessionmaker[Session]) -> list[str]:
    """The Message-ID of each notice, in the order of the ledger."""
    with sessions() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id))
        return [message_id(seal_of(session, row.incident_id), row) for row in rows]


def states(sessions: sessionmaker[Session]) -> list[str]:
    return [delivery.state for delivery in deliveries(sessions)]
