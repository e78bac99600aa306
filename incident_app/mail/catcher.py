"""The demonstration's mail server: takes every message, sends nothing on, puts all into a folder."""

import asyncio
import threading
from concurrent.futures import Future
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from incident_app.mail.folder import MailFolder


class MailServer:
    """A mail server in a thread of its own, from `with` to the end of the block.

    `handler` and `options` are aiosmtpd's; `tls` encrypts from the first byte. Port 0 takes
    any free port, and `port` then says which. Raises OSError on entry when the port is taken.
    """

    def __init__(
        self, handler: object, host: str, port: int, tls: SSLContext | None = None, **options: Any
    ) -> None:
        self.port = port
        self._host = host
        self._tls = tls
        self._protocol = lambda: SMTP(handler, hostname="localhost", enable_SMTPUTF8=True, **options)
        self._ready: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, name="mail-server", daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        self.port = self._ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as fault:
            self._ready.set_exception(fault)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        server = await self._loop.create_server(self._protocol, self._host, self.port, ssl=self._tls)
        self._ready.set_result(server.sockets[0].getsockname()[1])
        await self._end.wait()
        server.close()  # conversations under way are cancelled together with the loop


def catch(host: str, port: int, folder: MailFolder) -> MailServer:
    """Return a mail server that keeps all it receives: `with catch(…): wait()`."""
    return MailServer(_Keeper(folder), host, port)


class _Keeper:
    """aiosmtpd's handler; the name of its method is the protocol's."""

    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        try:
            name = self._folder.keep(content.encode() if isinstance(content, str) else content or b"")
        except OSError:
            return "452 4.3.1 the folder does not take it"
        return f"250 2.0.0 kept as {name}"
