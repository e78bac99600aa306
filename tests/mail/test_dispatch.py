"""Many messages over several connections: each gets one outcome, whatever the relay does."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from incident_app.mail.dispatch import Pace, dispatch
from incident_app.mail.message import Envelope
from incident_app.mail.sending import Outcome
from incident_app.mail.smtp import SmtpSettings
from tests.mail.conftest import MakeEnvelope, Relay, Start


class Book:
    """A ledger that knows what stands where, and takes its time as a database does."""

    def __init__(self, envelopes: Sequence[Envelope]) -> None:
        self.queue = list(envelopes)
        self.sending: set[str] = set()
        self.outcomes: dict[str, list[Outcome]] = {}
        self.calls: list[tuple[int, int]] = []
        self.threads: set[int] = set()

    def exchange(self, results: Sequence[tuple[Envelope, Outcome]], wanted: int) -> Sequence[Envelope]:
        self.threads.add(threading.get_ident())
        self.calls.append((len(results), wanted))
        for envelope, outcome in results:
            self.sending.remove(envelope.to)
            self.outcomes.setdefault(envelope.to, []).append(outcome)
        time.sleep(0.001)
        fresh, self.queue = self.queue[:wanted], self.queue[wanted:]
        self.sending |= {envelope.to for envelope in fresh}
        return fresh

    def states(self) -> Counter[str]:
        return Counter(outcome.state for outcomes in self.outcomes.values() for outcome in outcomes)


def people(envelope: MakeEnvelope, number: int) -> list[Envelope]:
    return [envelope(to=f"user{count}@example.jp") for count in range(number)]


def run(
    settings: SmtpSettings, book: Book, pace: Pace | None = None, stop: threading.Event | None = None
) -> None:
    quick = pace or Pace(connections=4, pause=0.01)
    dispatch(settings, quick, book.exchange, stop or threading.Event())


def taken_by(relay: Relay) -> Counter[str]:
    return Counter(address for taken in relay.taken for address in taken.rcpt_tos)


def test_every_mail_goes_once_over_all_connections(start: Start, envelope: MakeEnvelope) -> None:
    """And the ledger is spoken to from one thread, for several conversations at a time."""
    relay, settings = start()
    relay.thinks_for = 0.002
    book = Book(people(envelope, 60))

    run(settings, book)

    assert book.states() == {"accepted": 60} and not book.sending
    assert set(taken_by(relay).values()) == {1} and len(relay.taken) == 60
    assert relay.greetings == 4
    assert len(book.threads) == 1
    assert max(results for results, _ in book.calls) > 1, "several outcomes share a transaction"


def test_no_byte_of_a_mail_goes_out_before_its_intent_is_on_record(
    start: Start, envelope: MakeEnvelope
) -> None:
    """Else a crash would leave a mail that went out and that nobody knows of."""
    relay, settings = start()
    book = Book(people(envelope, 30))
    before: list[bool] = []
    take = relay.handle_RCPT

    async def watched(*said: object) -> str:
        before.append(said[3] in book.sending)
        return await take(*said)  # type: ignore[arg-type]  # handed on as it came

    relay.handle_RCPT = watched  # type: ignore[method-assign, assignment]  # the relay is the test's own

    run(settings, book)

    assert len(before) == 30 and all(before)


def test_refused_recipients_do_not_disturb_their_neighbours(start: Start, envelope: MakeEnvelope) -> None:
    """With commands in one piece, a refusal must not be taken for the answer to the next mail."""
    relay, settings = start()
    for count in range(0, 40, 3):
        relay.answers[f"user{count}@example.jp"] = "550 5.1.1 no such user"
    for count in range(1, 40, 3):
        relay.answers[f"user{count}@example.jp"] = "451 4.3.0 later"
    book = Book(people(envelope, 40))

    run(settings, book)

    assert book.states() == {"permanent": 14, "temporary": 13, "accepted": 13}
    assert set(taken_by(relay)) == {f"user{count}@example.jp" for count in range(2, 40, 3)}


def test_421_in_the_middle_closes_that_line_and_the_rest_goes_on(
    start: Start, envelope: MakeEnvelope
) -> None:
    """Relays say it to be relieved; the mail it hit is tried later, all others go now."""
    relay, settings = start()
    relay.answers["user7@example.jp"] = "421 4.3.2 shutting down this line"
    book = Book(people(envelope, 30))

    run(settings, book)

    assert book.states() == {"accepted": 29, "temporary": 1}
    assert book.outcomes["user7@example.jp"][0].code == 421
    assert relay.greetings >= 5, "one line was opened anew"


def test_a_line_that_breaks_now_and_then_costs_the_mail_that_was_on_it(
    start: Start, envelope: MakeEnvelope
) -> None:
    """Every message has exactly one outcome, and what counts as accepted was taken exactly once."""
    relay, settings = start()
    dice = random.Random(16)  # noqa: S311 - the same misfortunes at every run
    think = relay.handle_DATA

    async def stumbling(server: object, session: object, received: object) -> str:
        if dice.random() < 0.1:
            server.transport.abort()  # type: ignore[attr-defined]  # aiosmtpd's
            return "250 never heard"
        return await think(server, session, received)  # type: ignore[arg-type]  # handed on as it came

    relay.handle_DATA = stumbling  # type: ignore[method-assign]  # the relay is the test's own
    book = Book(people(envelope, 80))

    run(settings, book)

    assert all(len(outcomes) == 1 for outcomes in book.outcomes.values()) and not book.sending
    accepted = {to for to, (outcome,) in book.outcomes.items() if outcome.state == "accepted"}
    assert {to for to, times in taken_by(relay).items() if times == 1} >= accepted
    assert book.states()["permanent"] == 0 and len(accepted) > 40


def test_a_relay_that_is_down_costs_one_mail_a_try(envelope: MakeEnvelope) -> None:
    """A hundred thousand rows must not each wait an hour because the relay was restarted."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        book = Book(people(envelope, 50))
        run(SmtpSettings("127.0.0.1", nobody.getsockname()[1], timeout=5), book)
    assert book.states() == {"temporary": 1} and len(book.queue) == 49


def test_told_to_stop_it_ends_what_is_in_hand_and_begins_nothing(
    start: Start, envelope: MakeEnvelope
) -> None:
    """The machine is being shut down, or 乙 pauses the sending."""
    relay, settings = start()
    relay.thinks_for = 0.005
    stop = threading.Event()
    book = Book(people(envelope, 200))
    threading.Timer(0.1, stop.set).start()

    run(settings, book, stop=stop)

    assert not book.sending and 0 < len(book.outcomes) < 200
    assert len(relay.taken) == len(book.outcomes)


def test_the_pace_of_the_relay_is_kept(start: Start, envelope: MakeEnvelope) -> None:
    """Beyond its quota a relay turns mail away, and remembers."""
    _, settings = start()
    book = Book(people(envelope, 12))
    began = time.monotonic()

    run(settings, book, Pace(connections=4, per_second=40))

    assert book.states() == {"accepted": 12}
    assert time.monotonic() - began >= 11 / 40


def test_a_stalling_relay_holds_nobody_for_ever(start: Start, envelope: MakeEnvelope) -> None:
    """Each step has its time; after some lines were lost in a row the rest waits for the next round."""
    relay, settings = start()
    relay.thinks_for = 0.5
    book = Book(people(envelope, 20))

    run(replace(settings, timeout=0.05), book)

    assert set(book.states()) == {"temporary"} and not book.sending
    assert len(book.outcomes) <= 3, "one line, three losses in a row"


def test_a_ledger_that_fails_ends_everything_and_is_heard(start: Start, envelope: MakeEnvelope) -> None:
    """Without a ledger nothing may be sent, and nobody waits for it: one time in ten a reply came just then."""
    relay, settings = start()
    heard: list[str] = []

    def fail_once() -> None:
        book = Book(people(envelope, 50))

        def failing(results: Sequence[tuple[Envelope, Outcome]], wanted: int) -> Sequence[Envelope]:
            if len(book.outcomes) >= 5:
                raise RuntimeError("database gone")
            return book.exchange(results, wanted)

        try:
            dispatch(settings, Pace(connections=4), failing, threading.Event())
        except RuntimeError as fault:
            heard.append(str(fault))

    for times in range(1, 31):
        taken = len(relay.taken)
        sending = threading.Thread(target=fail_once, daemon=True)
        sending.start()
        sending.join(settings.timeout - 1)  # nor does anybody wait for the relay
        assert heard == ["database gone"] * times
        assert len(relay.taken) - taken <= 5 + 2 * 4
