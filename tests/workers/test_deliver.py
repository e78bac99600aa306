"""The courier at its work, with a real relay at the other end of the line."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Received
from aiosmtpd.smtp import Session as Conversation
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import Individual
from incident_app.domain.notice import BOUNCED, QUEUED, SENDING, SENT, STOPPED, Delivery
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.timeline import digest, entries_of, verify
from incident_app.mail.catcher import MailServer
from incident_app.mail.message import BadAddress
from incident_app.services.instructing import withdraw_instruction
from incident_app.services.mailing import LONGEST_PAUSE, LOST_AFTER
from incident_app.workers.deliver import Courier
from tests.cast import TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_postgresql, only_on_sqlite
from tests.mail.conftest import Relay
from tests.workers.conftest import Post, SettingsFor, address, deliveries, message_ids, released, states

Sessions = sessionmaker[Session]


def withdraw(work_of: WorkOf) -> None:
    with work_of(YAMADA) as work:
        incident = work.session.scalars(select(Incident)).one()
        withdraw_instruction(work, incident, incident.instructions[0], "文面の誤り")


def left_in_sending(sessions: Sessions, clock: TestClock) -> None:
    """What a worker that died in the middle of everything leaves behind."""
    with sessions.begin() as session:
        session.execute(update(Delivery).values(state=SENDING, attempts=1, changed_at=clock()))


def record_of(sessions: Sessions) -> list[tuple[str, dict[str, Any]]]:
    with sessions() as session:
        incident = session.scalars(select(Incident)).one()
        assert verify(session, incident) == []
        return [(entry.event, entry.facts) for entry in entries_of(session, incident.id)]


# ------------------------------------------------------------ what goes out


def test_officers_and_individuals_get_their_mail_and_the_ledger_knows(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf
) -> None:
    """Each row ends with the relay's own words and, for a notice, with the digest of what was sent."""
    with work_of(TANAKA) as work:
        released(work)
        officers = list(work.session.scalars(select(CaseMail.to)))
    assert YAMADA.email in officers, "the first report goes to 甲"

    counts = courier.round()

    expected = officers + [address(n) for n in (1, 2, 3)]
    assert sorted(str(mail["To"]) for mail in post.mails) == sorted(expected)
    assert counts.accepted == len(expected) and counts.refused == counts.waiting == 0
    ids = message_ids(sessions)
    for delivery, key, number in zip(deliveries(sessions), ids, (1, 2, 3), strict=True):
        (mail,) = post.mails_to(address(number))
        assert delivery.state == SENT and delivery.attempts == 1 and delivery.next_try_at is None
        assert delivery.reply == "250 2.0.0 queued"
        assert mail["Message-ID"] == key
        assert delivery.text_sha256 == digest(mail.get_content().replace("\r\n", "\n"))
    assert courier.round().accepted == 0, "nothing goes twice"


@only_on_sqlite
def test_a_notice_by_mail_tells_one_person_about_that_person(
    courier: Courier, post: Post, work_of: WorkOf
) -> None:
    """One recipient a mail; nobody else's name, address or items, and no other address in a header."""
    with work_of(TANAKA) as work:
        released(work)

    courier.round()

    for number in (1, 2, 3):
        (mail,) = post.mails_to(address(number))
        whole = mail.get_content() + "".join(f"{name}: {value}\n" for name, value in mail.items())
        assert f"架空 第{number}子" in whole and f"固有項目{number}号" in whole
        for other in {1, 2, 3} - {number}:
            assert f"第{other}子" not in whole
            assert f"固有項目{other}号" not in whole
            assert address(other) not in whole


def test_the_record_counts_and_names_nobody(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf
) -> None:
    """Article 7 may oblige us to destroy personal data; the record can never be changed."""
    with work_of(TANAKA) as work:
        released(work)
    post.relay.answers[address(2)] = f"550 5.1.1 <{address(2)}>: no such user"

    courier.round()
    courier.round()

    record = record_of(sessions)
    assert record[-2:] == [
        ("mail_bounced", {"notice": 1, "total": 1}),
        ("mail_sent", {"notice": 1, "total": 2}),
    ]
    assert not any(word in str(record) for word in ("person000", "第1子", "固有項目"))


# ------------------------------------------------------------ what does not go out


def test_while_no_relay_answers_mail_waits_and_goes_later(
    sessions: Sessions, settings_for: SettingsFor, work_of: WorkOf, clock: TestClock
) -> None:
    """The row keeps the reason that people read, and loses nothing."""
    with work_of(TANAKA) as work:
        released(work)
    relay = Relay()
    with MailServer(relay, "127.0.0.1", 0) as server:
        port = server.port
    courier = Courier(sessions, clock, settings_for(port))

    counts = courier.round()

    assert counts.accepted == 0 and counts.waiting == 1, "one attempt tells that nobody is there"
    with sessions() as session:
        asked = session.scalars(select(CaseMail).where(CaseMail.attempts > 0)).one()
        assert asked.state == QUEUED and asked.reply
        assert asked.next_try_at == clock() + timedelta(minutes=2)
    assert states(sessions) == [QUEUED] * 3
    with MailServer(relay, "127.0.0.1", port):
        clock.advance(minutes=2)
        courier.round()
    assert states(sessions) == [SENT] * 3
    with sessions() as session:
        assert set(session.scalars(select(CaseMail.state))) == {SENT}


@only_on_sqlite
def test_a_relay_that_asks_for_patience_gets_ever_more_of_it(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf, clock: TestClock
) -> None:
    """2, 4, 8 … minutes up to an hour; never before the time, and nobody else waits with that one."""
    with work_of(TANAKA) as work:
        released(work)
    post.relay.answers[address(1)] = "451 4.7.1 try again later"
    pauses = []
    for attempt in range(1, 9):
        courier.round()
        waiting = deliveries(sessions)[0]
        assert waiting.state == QUEUED and waiting.attempts == attempt
        assert waiting.reply == "451 4.7.1 try again later"
        assert waiting.next_try_at is not None
        pauses.append(waiting.next_try_at - clock())
        clock.now = waiting.next_try_at - timedelta(seconds=1)
        assert courier.round().waiting == 0
        clock.advance(seconds=1)
    assert pauses[:5] == [timedelta(minutes=2**n) for n in range(1, 6)]
    assert pauses[-1] == LONGEST_PAUSE
    assert states(sessions)[1:] == [SENT, SENT]

    del post.relay.answers[address(1)]
    courier.round()
    assert states(sessions) == [SENT] * 3


def test_a_final_no_is_a_bounce_and_is_not_asked_again(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf, clock: TestClock
) -> None:
    """The others go out; the relay's words are kept without the address that they quote."""
    with work_of(TANAKA) as work:
        released(work)
    post.relay.answers[address(2)] = f"550 5.1.1 <{address(2)}>: no such user"

    assert courier.round().refused == 1
    clock.advance(days=1)
    courier.round()

    assert states(sessions) == [SENT, BOUNCED, SENT]
    bounced = deliveries(sessions)[1]
    assert bounced.attempts == 1
    assert bounced.reply == "550 5.1.1 <(address)>: no such user"


def test_one_address_that_is_none_does_not_hold_up_the_others(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf
) -> None:
    """A row of which no mail can be made is set aside for a person to look at."""
    with work_of(TANAKA) as work:
        incident = released(work)
        seal = seal_of(work.session, incident.id)
        first = work.session.scalars(select(Individual).order_by(Individual.id)).first()
        assert first is not None
        first.rewrite(seal, first.particulars(seal)._replace(email="not an address"))
        work.session.execute(update(CaseMail).where(CaseMail.to == YAMADA.email).values(to="山田"))

    courier.round()

    assert states(sessions) == [BOUNCED, SENT, SENT]
    assert deliveries(sessions)[0].reply == "bad_address"
    with sessions() as session:
        assert session.scalars(select(CaseMail.state).where(CaseMail.to == "山田")).all() == [BOUNCED]


@only_on_sqlite
def test_a_bad_sender_is_refused_before_anything_is_written_off(
    sessions: Sessions, settings_for: SettingsFor, clock: TestClock
) -> None:
    """Otherwise one slip in a setting would bounce every notice."""
    settings = replace(settings_for(25), sender="事故対応")
    with pytest.raises(BadAddress, match="INCIDENT_SENDER"):
        Courier(sessions, clock, settings)


# ------------------------------------------------------------ withdrawal


def test_what_was_withdrawn_before_the_round_is_never_sent(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf
) -> None:
    """Nothing goes out under an instruction that no longer stands."""
    with work_of(TANAKA) as work:
        released(work)
    withdraw(work_of)

    courier.round()

    assert states(sessions) == [STOPPED] * 3
    assert not any(post.mails_to(address(n)) for n in (1, 2, 3))


class Withdrawing(Relay):
    """甲 withdraws at the very moment at which a certain person's mail is handed over."""

    def __init__(self, work_of: WorkOf, at: str) -> None:
        super().__init__()
        self._work_of, self._at = work_of, at

    async def handle_DATA(self, server: SMTP, session: Conversation, received: Received) -> str:  # noqa: N802 - aiosmtpd's name
        if received.rcpt_tos == [self._at]:
            withdraw(self._work_of)
        return await super().handle_DATA(server, session, received)


def test_a_withdrawal_in_the_middle_of_a_batch_stops_the_rest(
    sessions: Sessions, settings_for: SettingsFor, work_of: WorkOf, clock: TestClock
) -> None:
    """What is with the relay cannot be called back and is recorded; everything after it stays."""
    with work_of(TANAKA) as work:
        released(work, 5)
    relay = Withdrawing(work_of, address(2))
    with MailServer(relay, "127.0.0.1", 0) as server:
        # Over one connection, so that one mail is in hand and no more.
        settings = replace(settings_for(server.port), smtp_connections=1)
        Courier(sessions, clock, settings).round()

    assert states(sessions) == [SENT, SENT, STOPPED, STOPPED, STOPPED]
    taken = [to for received in relay.taken for to in received.rcpt_tos if to.startswith("person")]
    assert taken == [address(1), address(2)]
    assert ("deliveries_stopped", {"count": 3}) in record_of(sessions)


def test_a_mail_that_got_lost_before_a_withdrawal_is_not_sent_after_it(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf, clock: TestClock
) -> None:
    """The worker died with the mail in hand, then 甲 withdrew: taking it up again must not send it."""
    with work_of(TANAKA) as work:
        released(work)
    left_in_sending(sessions, clock)
    withdraw(work_of)
    clock.now += LOST_AFTER + timedelta(seconds=1)

    courier.round()

    assert states(sessions) == [STOPPED] * 3
    assert not any(post.mails_to(address(n)) for n in (1, 2, 3))


# ------------------------------------------------------------ crashes and company


def test_what_a_dead_worker_left_goes_out_under_its_old_id(
    courier: Courier, post: Post, sessions: Sessions, work_of: WorkOf, clock: TestClock
) -> None:
    """Not before it is certain that nobody is sending it; a second copy can be told by its Message-ID."""
    with work_of(TANAKA) as work:
        released(work)
    left_in_sending(sessions, clock)
    clock.now += LOST_AFTER
    courier.round()
    assert states(sessions) == [SENDING] * 3, "somebody may still be at it"

    clock.advance(seconds=1)
    courier.round()

    assert states(sessions) == [SENT] * 3
    ids = message_ids(sessions)
    for delivery, key, number in zip(deliveries(sessions), ids, (1, 2, 3), strict=True):
        assert [m["Message-ID"] for m in post.mails_to(address(number))] == [key]
        assert delivery.attempts == 2


@only_on_postgresql
def test_two_couriers_at_once_send_nothing_twice(
    post: Post, sessions: Sessions, settings_for: SettingsFor, work_of: WorkOf, clock: TestClock
) -> None:
    """Any number of machines may share one PostgreSQL."""
    with work_of(TANAKA) as work:
        released(work, 60)
    post.relay.thinks_for = 0.002
    both = [Courier(sessions, clock, settings_for(post.port)) for _ in range(2)]
    accepted: list[int] = []
    threads = [threading.Thread(target=lambda c=c: accepted.append(c.round().accepted)) for c in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert all(count > 0 for count in accepted), "both had something to do"
    sent = [str(mail["Message-ID"]) for mail in post.mails]
    assert len(sent) == len(set(sent)) == sum(accepted)
    assert states(sessions) == [SENT] * 60
    totals = [facts["total"] for event, facts in record_of(sessions) if event == "mail_sent"]
    assert totals == sorted(set(totals)) and totals[-1] == 60


@only_on_sqlite
def test_a_courier_that_is_told_to_stop_begins_no_further_mail(
    sessions: Sessions, settings_for: SettingsFor, work_of: WorkOf, clock: TestClock
) -> None:
    """An installation with a hundred thousand mails waiting stops within seconds all the same."""
    stop = threading.Event()

    class Last(Relay):
        async def handle_DATA(self, server: SMTP, session: Conversation, received: Received) -> str:  # noqa: N802 - aiosmtpd's name
            stop.set()
            return await super().handle_DATA(server, session, received)

    with work_of(TANAKA) as work:
        released(work)
    relay = Last()
    with MailServer(relay, "127.0.0.1", 0) as server:
        counts = Courier(sessions, clock, settings_for(server.port), stop).round()

    assert counts.accepted == len(relay.taken) == 1
    assert states(sessions) == [QUEUED] * 3


@only_on_sqlite
def test_a_round_that_fails_is_logged_without_words_and_followed_by_the_next(
    sessions: Sessions, settings_for: SettingsFor, clock: TestClock, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault's words may hold a person's address; the log gets its kind and its place."""
    with sessions.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE delivery RENAME TO away")
    stop = threading.Event()
    worker = threading.Thread(target=Courier(sessions, clock, settings_for(1), stop).run, args=(0.01,))
    with caplog.at_level(logging.ERROR):
        worker.start()
        for _ in range(1000):
            if len(caplog.records) >= 2:
                break
            threading.Event().wait(0.01)
        stop.set()
        worker.join(10)

    assert not worker.is_alive()
    assert len(caplog.records) >= 2
    assert "OperationalError" in caplog.messages[0]
    assert "delivery" not in caplog.text.replace("deliver.py", "") and "SELECT" not in caplog.text
