"""Real relays on free ports, and the ledger that a sender reports to."""

import asyncio
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from incident_app.mail.catcher import MailServer
from incident_app.mail.dispatch import Pace, dispatch
from incident_app.mail.message import Envelope, message_id
from incident_app.mail.sending import Outcome
from incident_app.mail.smtp import SmtpSettings

ONE_LINE = Pace(connections=1, pause=0.01)


class MakeEnvelope(Protocol):
    def __call__(self, **facts: Any) -> Envelope: ...


@pytest.fixture
def envelope() -> MakeEnvelope:
    """A mail with everything it needs; a test names only what it is about."""

    def make(**facts: Any) -> Envelope:
        given: dict[str, Any] = {
            "sender": "incident@city.example.jp",
            "to": "user0000001@example.jp",
            "subject": "【見本市】個人情報の漏えいに関するお詫びとお知らせ",
            "text": "見本市です。\n髙橋 さくら 様\n",
            "date": datetime(2026, 6, 1, 3, 4, 5, tzinfo=UTC),
        }
        given |= facts
        given.setdefault("message_id", message_id(b"secret", given["to"]))
        return Envelope(**given)

    return make


@dataclass
class Ledger:
    """Writes down, in order, what a sender says about its envelopes."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)

    def before_each(self, envelope: Envelope) -> bool:
        if envelope.to in self.withdrawn:
            return False
        self.lines.append(("sending", envelope.to))
        return True

    def on_result(self, envelope: Envelope, outcome: Outcome) -> None:
        self.lines.append((outcome.state, envelope.to))
        self.outcomes.append(outcome)

    @property
    def states(self) -> list[str]:
        return [outcome.state for outcome in self.outcomes]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def send_all(
    settings: SmtpSettings,
    envelopes: Iterable[Envelope],
    on_result: Callable[[Envelope, Outcome], None],
    before_each: Callable[[Envelope], bool],
    pace: Pace = ONE_LINE,
) -> None:
    """Dispatch the envelopes in their order, over one connection unless the pace says otherwise."""
    waiting = iter(envelopes)

    def exchange(results: Sequence[tuple[Envelope, Outcome]], wanted: int) -> list[Envelope]:
        for envelope, outcome in results:
            on_result(envelope, outcome)
        return list(islice((envelope for envelope in waiting if before_each(envelope)), wanted))

    dispatch(settings, pace, exchange, threading.Event())


class Relay:
    """A relay that takes mail, except where a test has set its answer to an address."""

    def __init__(self, pipelining: bool = False) -> None:
        self.pipelining = pipelining
        self.taken: list[Received] = []
        self.greetings = 0
        self.answers: dict[str, str] = {}
        self.first_answers: dict[str, str] = {}
        """Given once to each address; from then on the mail is taken."""
        self.answer_to_greeting = ""
        self.answer_to_sender = ""
        self.hangs_up_after = 0
        self.thinks_for = 0.0

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's name, as below
        self, server: SMTP, session: Session, received: Received, host: str, replies: list[str]
    ) -> list[str]:
        self.greetings += 1
        if self.answer_to_greeting:
            return [self.answer_to_greeting]
        session.host_name = host
        return [*replies[:-1], "250-PIPELINING", *replies[-1:]] if self.pipelining else replies

    async def handle_HELO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, received: Received, host: str
    ) -> str:
        return self.answer_to_greeting

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, received: Received, address: str, options: list[str]
    ) -> str:
        if self.answer_to_sender:
            return self.answer_to_sender
        received.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, received: Received, address: str, options: list[str]
    ) -> str:
        if answer := self.first_answers.pop(address, None) or self.answers.get(address):
            return answer
        received.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, received: Received) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append(received)
        await asyncio.sleep(self.thinks_for)
        if len(self.taken) == self.hangs_up_after:
            # The answer still goes out, and then the line is dead.
            assert isinstance(server.transport, asyncio.Transport)
            server.loop.call_later(0.01, server.transport.abort)
        return "250 2.0.0 queued"


Start = Callable[..., tuple[Relay, SmtpSettings]]


@pytest.fixture(params=["one by one", "pipelining"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start a relay on any free port; each test meets one that takes several commands at once, and one that does not."""
    with ExitStack() as servers:

        def begin(tls: ssl.SSLContext | None = None, **options: Any) -> tuple[Relay, SmtpSettings]:
            relay = Relay(request.param == "pipelining")
            server = servers.enter_context(MailServer(relay, "127.0.0.1", 0, tls, **options))
            return relay, SmtpSettings("127.0.0.1", server.port, timeout=5)

        yield begin


@dataclass(frozen=True)
class Certificate:
    file: Path
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1 that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, private)
    return Certificate(file, context)


@pytest.fixture
def trusted_certificate(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """The same, vouched for by this machine, as an office does with its own authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate
