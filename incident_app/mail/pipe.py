"""A connection over which sender, recipient and DATA go in one piece (PIPELINING, RFC 2920).

Opened, secured and signed in by aiosmtplib; after that its protocol, which waits for every reply before the next
command, is exchanged for this one. One message costs two round trips instead of four.
"""

import asyncio
import re
from collections import deque

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPReadTimeoutError,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

_START_INPUT, _COMPLETED = 354, 250
_FIRST_REFUSAL = 400
_LONGEST_LINE = 8192
_LINE_THAT_BEGINS_WITH_A_DOT = re.compile(rb"^\.", re.MULTILINE)
_REPLY = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)")


class Pipe(asyncio.Protocol):
    """Sends messages over the connection of a client that is ready."""

    def __init__(self, client: SMTP, timeout: float) -> None:
        transport = client.transport
        if not isinstance(transport, asyncio.Transport):
            raise SMTPServerDisconnected("Connection lost")
        self._transport = transport
        self._timeout = timeout
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._replies: deque[tuple[int, str]] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._fault: Exception | None = None
        transport.set_protocol(self)

    async def send(self, sender: str, to: str, message: bytes) -> str:
        """Hand over one message; returns the relay's words. Raises what aiosmtplib's `sendmail` raises."""
        self._transport.write(f"MAIL FROM:<{sender}>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode("ascii"))
        try:
            async with asyncio.timeout(self._timeout):
                said = [await self._reply(), await self._reply(), await self._reply()]
                refusal = _refusal(sender, to, *said)
                if said[2][0] == _START_INPUT:
                    # After a refused recipient nothing is sent but the end of the message (RFC 2920, 3.1).
                    body = b"" if refusal else _LINE_THAT_BEGINS_WITH_A_DOT.sub(b"..", message)
                    self._transport.write(body + b".\r\n")
                    code, words = await self._reply()
                    if refusal is None and code != _COMPLETED:
                        refusal = SMTPDataError(code, words)
        except TimeoutError:
            raise SMTPReadTimeoutError("Timed out waiting for server response") from None
        if refusal is None:
            return words
        if said[2][0] != _START_INPUT:
            await self._reset()
        raise refusal

    async def quit(self) -> None:
        """Say good-bye, and wait a moment for the answer."""
        self._transport.write(b"QUIT\r\n")
        try:
            async with asyncio.timeout(1):
                await self._reply()
        except (TimeoutError, SMTPServerDisconnected, SMTPResponseException):
            pass

    def data_received(self, data: bytes) -> None:
        """Cut into lines, and lines into replies."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            self._take(line)
        if len(self._buffer) > _LONGEST_LINE:
            self._fail(SMTPResponseException(-1, "Response too long"))

    def eof_received(self) -> bool:
        """The relay has closed its side."""
        self._fail(SMTPServerDisconnected("Unexpected EOF received"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no line any more."""
        self._fail(SMTPServerDisconnected("Connection lost"))

    def _take(self, line: bytes) -> None:
        found = _REPLY.fullmatch(line)
        if found is None:
            self._fail(SMTPServerDisconnected("Malformed SMTP response line"))
            return
        self._lines.append(found[3].decode("utf-8", "replace").strip())
        if found[2] != b"-":
            self._replies.append((int(found[1]), "\n".join(self._lines)))
            self._lines = []
            self._wake()

    async def _reply(self) -> tuple[int, str]:
        while not self._replies:
            if self._fault is not None:
                raise self._fault
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._replies.popleft()

    async def _reset(self) -> None:
        """Clear what a refused recipient left behind, so that the next message begins afresh."""
        self._transport.write(b"RSET\r\n")
        async with asyncio.timeout(self._timeout):
            await self._reply()

    def _fail(self, fault: Exception) -> None:
        self._fault = self._fault or fault
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _refusal(
    sender: str, to: str, mail: tuple[int, str], rcpt: tuple[int, str], data: tuple[int, str]
) -> SMTPSenderRefused | SMTPRecipientsRefused | SMTPDataError | None:
    """Return the first of three answers that says no."""
    if mail[0] >= _FIRST_REFUSAL:
        return SMTPSenderRefused(*mail, sender)
    if rcpt[0] >= _FIRST_REFUSAL:
        return SMTPRecipientsRefused([SMTPRecipientRefused(*rcpt, to)])
    if data[0] != _START_INPUT:
        return SMTPDataError(*data)
    return None
