"""Many messages over several connections at once, with a strict ledger that stands outside.

The ledger is one callable, `exchange`, called from one thread of its own: it writes the outcomes that it is given,
marks further messages as "sending", all in one transaction, and returns them. Conversations that end while it is at
work wait for the next call, so that many of them share one commit. No byte of a message goes out before its intent is
on record, and after a crash at most one message for each connection is in doubt.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from incident_app.mail.message import Envelope
from incident_app.mail.sending import Outcome
from incident_app.mail.smtp import Line, SmtpSettings

Exchange = Callable[[Sequence[tuple[Envelope, Outcome]], int], Sequence[Envelope]]
"""Outcomes to be written, and how many further messages are wanted; fewer come back when no more are due."""

_FAULTS_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a relay is spoken to. Relays have quotas, and beyond them they turn mail away."""

    connections: int = 4
    """At the same time, at most."""
    per_second: float = 0
    """Messages a second over all connections; 0: as fast as the relay takes them."""
    pause: float = 1
    """Seconds before a lost connection is opened again; longer after each further loss."""


def dispatch(settings: SmtpSettings, pace: Pace, exchange: Exchange, stop: threading.Event) -> None:
    """Send what the ledger hands out until nothing is due, nobody answers, or `stop` is set.

    The first message goes alone; only when the relay has answered it are further connections opened. So a relay
    that is down costs one message a try, and not one for each connection. Network faults become outcomes and are
    never raised; what `exchange` raises ends the run and is raised.
    """
    asyncio.run(_Office(settings, pace, exchange, stop).run())


class _Office:
    """The lanes, and the desk at which they queue for the ledger."""

    def __init__(self, settings: SmtpSettings, pace: Pace, exchange: Exchange, stop: threading.Event) -> None:
        self._settings = settings
        self._pace = pace
        self._exchange = exchange
        self._stop = stop
        self._closed = False
        """Nothing more is taken up: the relay does not answer."""
        self._deserted = False
        """Nobody serves the desk any more: the ledger failed."""
        self._queue: list[tuple[tuple[Envelope, Outcome] | None, bool, asyncio.Future[Envelope | None]]] = []
        self._called = asyncio.Event()
        self._slot = 0.0
        self._lanes: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve the desk until the last lane has gone home."""
        self._open_lane(alone=True)
        with ThreadPoolExecutor(1, thread_name_prefix="ledger") as thread:
            desk = asyncio.create_task(self._serve(thread))
            try:
                while self._lanes:
                    done, _ = await asyncio.wait({*self._lanes, desk}, return_when=asyncio.FIRST_COMPLETED)
                    self._lanes -= done
                    for task in done:
                        await task  # raises what it raised
            finally:
                self._deserted = True
                for task in (desk, *self._lanes):
                    task.cancel()
                await asyncio.gather(desk, *self._lanes, return_exceptions=True)

    def _open_lane(self, *, alone: bool) -> None:
        self._lanes.add(asyncio.create_task(self._lane(alone=alone)))

    async def _serve(self, thread: ThreadPoolExecutor) -> None:
        """Take all who wait to the ledger at once; whoever comes meanwhile goes with the next."""
        loop = asyncio.get_running_loop()
        while True:
            await self._called.wait()
            self._called.clear()
            waiting, self._queue = self._queue, []
            results = [result for result, _, _ in waiting if result is not None]
            open_hands = [hand for _, wants, hand in waiting if wants and not self._ending]
            if results or open_hands:
                fresh = await loop.run_in_executor(thread, self._exchange, results, len(open_hands))
                for hand, envelope in zip(open_hands, fresh, strict=False):
                    hand.set_result(envelope)
            for _, _, hand in waiting:
                if not hand.done():
                    hand.set_result(None)

    @property
    def _ending(self) -> bool:
        return self._closed or self._stop.is_set()

    async def _ask(self, result: tuple[Envelope, Outcome] | None, wants: bool = True) -> Envelope | None:
        """Hand in a result and take the next message; None when there is none for this lane."""
        if self._deserted:
            # A reply that comes at the same moment swallows a cancellation (asyncio.wait_for before Python 3.12).
            return None
        hand: asyncio.Future[Envelope | None] = asyncio.get_running_loop().create_future()
        self._queue.append((result, wants, hand))
        self._called.set()
        return await hand

    async def _lane(self, *, alone: bool) -> None:
        """Carry messages over one connection, made anew after a fault."""
        line, faults = Line(self._settings), 0
        result: tuple[Envelope, Outcome] | None = None
        try:
            while (envelope := await self._take_turn(result)) is not None:
                outcome = await line.send(envelope)
                result = envelope, outcome
                if not line.broken:
                    faults = 0
                    if alone:
                        alone = False
                        for _ in range(self._pace.connections - 1):
                            self._open_lane(alone=False)
                    continue
                faults += 1
                if line.never_opened or faults == _FAULTS_IN_A_ROW:
                    self._closed = True
                await line.hang_up()
                line = Line(self._settings)
                if not self._ending:
                    # Its outcome is written before the pause, so that nobody takes it for lost.
                    await self._ask(result, wants=False)
                    result = None
                    await asyncio.sleep(self._pace.pause * 2 ** (faults - 1))
        finally:
            await line.hang_up()

    async def _take_turn(self, result: tuple[Envelope, Outcome] | None) -> Envelope | None:
        """Wait for the pace before a message is marked as sending, not after."""
        if self._pace.per_second and not self._ending:
            if result is not None:
                await self._ask(result, wants=False)
                result = None
            now = asyncio.get_running_loop().time()
            self._slot = max(self._slot, now) + 1 / self._pace.per_second
            await asyncio.sleep(max(0.0, self._slot - 1 / self._pace.per_second - now))
        return await self._ask(result)
