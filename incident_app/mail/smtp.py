"""Speak with a mail relay, over one connection."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from incident_app.mail.message import Envelope
from incident_app.mail.pipe import Pipe
from incident_app.mail.sending import Outcome

_LONGEST_REPLY = 500
_SERVICE_CLOSING = 421
_FIRST_PERMANENT = 500  # RFC 5321, 4.2.1: 5yz is permanent, all else that refuses is not
_NETWORK_FAULTS = (SMTPException, OSError)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where the relay is and how it is spoken to."""

    host: str
    port: int
    username: str = ""
    """Empty: no login."""
    password: str = field(default="", repr=False)
    tls: Literal["none", "starttls", "tls"] = "none"
    """starttls and tls verify the relay's certificate (own authority: SSL_CERT_FILE) and never fall back."""
    timeout: float = 30
    """Seconds for each step of the conversation."""


def probe(settings: SmtpSettings) -> Outcome:
    """Connect, secure, log in and say good-bye without sending anything."""
    return asyncio.run(_probe(Line(settings)))


async def _probe(line: "Line") -> Outcome:
    try:
        ready = await line.connect()
        return ready if isinstance(ready, Outcome) else Outcome("accepted", 220, line.greeting)
    finally:
        await line.hang_up()


class Line:
    """One connection to the relay: opened by the first message, of no more use after the first fault."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._client: SMTP | None = None
        self._pipe: Pipe | None = None
        self._fault: Outcome | None = None
        self.greeting = ""
        self.never_opened = False
        """Nobody answered, or the relay wanted nothing of us."""

    @property
    def broken(self) -> bool:
        """Whether no further message can go over this line."""
        return self._fault is not None

    async def connect(self) -> SMTP | Outcome:
        """Open the line, once; return it, or what stands in the way."""
        if self._client is None:
            wish = self._settings
            self._client = SMTP(
                hostname=wish.host,
                port=wish.port,
                username=wish.username or None,
                password=wish.password or None,
                timeout=wish.timeout,
                use_tls=wish.tls == "tls",
                start_tls=wish.tls == "starttls",
            )
            try:
                self.greeting = _one_line((await self._client.connect()).message)
                if self._client.is_ehlo_or_helo_needed:
                    await self._client.ehlo()
                if self._client.supports_extension("pipelining"):
                    self._pipe = Pipe(self._client, wish.timeout)
            except (*_NETWORK_FAULTS, ValueError) as fault:  # ValueError: DNS cannot carry the host name
                self._fault = _temporary(fault)
                self.never_opened = True
        return self._fault or self._client

    async def send(self, envelope: Envelope) -> Outcome:
        """Hand over one message."""
        message = envelope.as_bytes()
        client = await self.connect()
        if isinstance(client, Outcome):
            return client
        try:
            if self._pipe is not None:
                reply = await self._pipe.send(envelope.sender, envelope.to, message)
            else:
                _, reply = await client.sendmail(envelope.sender, [envelope.to], message)
        except (SMTPHeloError, SMTPSenderRefused) as refusal:
            # That is about us, not about this recipient: 5xx must not write anybody off.
            return self._going(refusal, _temporary(refusal))
        except SMTPRecipientsRefused as refusals:
            return self._going(refusals.recipients[0], _refused(refusals.recipients[0], envelope))
        except SMTPResponseException as refusal:
            return self._going(refusal, _refused(refusal, envelope))
        except _NETWORK_FAULTS as fault:
            # After a fault a late reply could be taken for the next message's: use the line no more.
            client.close()
            self._fault = _temporary(fault)
            return self._fault
        return Outcome("accepted", 250, _discreet(reply, envelope))

    async def hang_up(self) -> None:
        """Say QUIT if anybody listens; what was accepted stays accepted either way.

        Whoever is cancelled may be in the middle of a mail, and the relay would take QUIT for a line of its text.
        """
        if self._client is not None and self._client.is_connected:
            me = asyncio.current_task()
            if self._fault is None and not (me and me.cancelling()):
                with suppress(*_NETWORK_FAULTS):
                    await (self._pipe or self._client).quit()
            self._client.close()

    def _going(self, refusal: SMTPResponseException, outcome: Outcome) -> Outcome:
        """421 is a farewell: the relay closes the line (RFC 5321, 3.8)."""
        if refusal.code == _SERVICE_CLOSING:
            self._fault = outcome
        return outcome


def _temporary(fault: Exception) -> Outcome:
    if isinstance(fault, SMTPResponseException):
        return Outcome("temporary", fault.code, _one_line(fault.message))
    return Outcome("temporary", 0, _one_line(str(fault) or type(fault).__name__))


def _refused(refusal: SMTPResponseException, envelope: Envelope) -> Outcome:
    state: Literal["temporary", "permanent"] = (
        "permanent" if refusal.code >= _FIRST_PERMANENT else "temporary"
    )
    return Outcome(state, refusal.code, _discreet(refusal.message, envelope))


def _discreet(reply: str, envelope: Envelope) -> str:
    """Relays like to quote the address, or what stands before its @: both are taken out, so that replies may be kept."""
    mailbox = envelope.to.rpartition("@")[0]
    if mailbox.casefold() not in reply.casefold():
        return _one_line(reply)  # nearly always; to make the pattern takes longer than the rest
    quoted = rf"{re.escape(envelope.to)}|(?<!\w){re.escape(mailbox)}(?!\w)"
    return _one_line(re.sub(quoted, "(address)", reply, flags=re.IGNORECASE))


def _one_line(reply: str) -> str:
    return " ".join(reply.split())[:_LONGEST_REPLY]
