"""The watch at its work: killed at any step, doubled, or with one case that cannot be told."""

import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.deadline import QUEUED, TOLD, Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.notice import SENT, STOPPED
from incident_app.domain.parties import CONTRACTOR
from incident_app.domain.timeline import entries_of, verify
from incident_app.services.accounts import set_call_tree
from incident_app.services.mailing import LOST_AFTER
from incident_app.services.watching import last_beat
from incident_app.workers.deliver import Courier
from incident_app.workers.watch import Counts, Watch
from tests.builders import a_bare_incident, the_contract, the_person
from tests.cast import SATO, TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_postgresql, only_on_sqlite
from tests.services.duties import a_duty, addresses, mails, reminders, rungs, told
from tests.workers.conftest import Post, SettingsFor
from tests.workers.mortal import dies_at

Sessions = sessionmaker[Session]


@pytest.fixture
def watch(sessions: Sessions, clock: TestClock, settings_for: SettingsFor) -> Watch:
    return Watch(sessions, clock, settings_for(1))


@pytest.fixture
def duty(work_of: WorkOf) -> int:
    """A first report that is due in 24 hours: at two in the morning, on 1 December."""
    with work_of(TANAKA) as work:
        return a_duty(work, a_bare_incident(work)).id


def duties(work_of: WorkOf, number: int) -> list[int]:
    """That many cases, with one deadline each, all due in 24 hours."""
    with work_of(TANAKA) as work:
        return [a_duty(work, a_bare_incident(work, f"I-2026-{n:04}")).id for n in range(1, number + 1)]


def test_one_round_writes_down_tells_and_beats(
    watch: Watch, sessions: Sessions, clock: TestClock, duty: int
) -> None:
    """Once a minute is enough: who is told and that somebody looked stand in the database."""
    assert watch.round() == Counts()
    clock.advance(hours=20)

    assert watch.round() == Counts(claimed=1, told=1)

    assert rungs(sessions) == [("-4h", TOLD)] and told(sessions) == addresses(SATO, TANAKA)
    with sessions() as session:
        assert last_beat(session) == clock()
        link = f"http://127.0.0.1:8016/incidents/I-2026-0001/deadlines/{duty}"
        assert all(link in mail.text for mail in mails(session))
    assert watch.round() == Counts()


def test_the_courier_carries_what_the_watch_has_written(
    watch: Watch, courier: Courier, sessions: Sessions, clock: TestClock, *, duty: int, post: Post
) -> None:
    """Written, sent, confirmed by the relay: each is a state that can be looked up."""
    clock.advance(hours=20)
    watch.round()

    courier.round()

    with sessions() as session:
        sent = mails(session)
        assert {(mail.state, mail.reply) for mail in sent} == {(SENT, "250 2.0.0 queued")}
        assert [m["Message-ID"] for m in post.mails] == [f"<{mail.message_id}>" for mail in sent]
        assert {m["Auto-Submitted"] for m in post.mails} == {"auto-generated"}


@pytest.mark.parametrize("end", ["met", "moved"])
def test_a_mail_that_waits_for_the_morning_is_not_sent_when_the_night_has_settled_it(
    watch: Watch,
    courier: Courier,
    sessions: Sessions,
    clock: TestClock,
    *,
    work_of: WorkOf,
    post: Post,
    end: str,
) -> None:
    """Nobody is to be called at seven for what a colleague did at five."""
    with work_of(TANAKA) as work:
        person = the_person(work.session, TANAKA)
        person.quiet_from, person.quiet_until = time(22), time(7)
        duty = a_duty(work, a_bare_incident(work), 30).id
    clock.advance(hours=26)
    watch.round()
    courier.round()
    with work_of(TANAKA) as work:
        deadline = work.session.get_one(Deadline, duty)
        if end == "met":
            deadline.meet(work.now)
        else:
            deadline.due_at += timedelta(days=1)
            deadline.arm(work.now)
    clock.advance(hours=4)

    courier.round()

    assert [mail["To"] for mail in post.mails] == addresses(SATO)
    with sessions() as session:
        assert {mail.to: mail.state for mail in mails(session)} == {SATO.email: SENT, TANAKA.email: STOPPED}


def test_a_mail_that_waited_for_the_morning_comes_in_the_morning(
    watch: Watch, courier: Courier, clock: TestClock, work_of: WorkOf, post: Post
) -> None:
    """Held back is not lost."""
    with work_of(TANAKA) as work:
        for member in (TANAKA, SATO):
            person = the_person(work.session, member)
            person.quiet_from, person.quiet_until = time(22), time(7)
        a_duty(work, a_bare_incident(work), 30)
    clock.advance(hours=26)
    watch.round()
    courier.round()
    assert post.mails == []
    clock.advance(hours=3)

    courier.round()

    assert [mail["To"] for mail in post.mails] == addresses(SATO, TANAKA)


def test_what_cannot_be_told_holds_up_none_of_the_others(
    watch: Watch, sessions: Sessions, clock: TestClock, work_of: WorkOf, caplog: pytest.LogCaptureFixture
) -> None:
    """One broken row must not silence every other case; it is tried again, and told once it is mended."""
    broken, *_ = duties(work_of, 3)
    with sessions.begin() as session:
        session.get_one(Deadline, broken).label = {"ja": "壊れた期限"}
    clock.advance(hours=20)

    with caplog.at_level(logging.ERROR):
        assert watch.round() == Counts(claimed=3, told=2)
        assert watch.round() == Counts()

    assert sorted(rungs(sessions)) == [("-4h", QUEUED), ("-4h", TOLD), ("-4h", TOLD)]
    assert [message.split(" at ")[0] for message in caplog.messages] == [
        f"deadline {broken} failed: KeyError"
    ] * 2
    assert "壊れた期限" not in caplog.text
    with sessions.begin() as session:
        session.get_one(Deadline, broken).label = {"ja": "直した期限", "en": "Mended"}
    assert watch.round() == Counts(claimed=0, told=1)


@only_on_sqlite
def test_a_watch_looks_at_once_when_it_starts_and_stops_when_it_is_told_to(
    sessions: Sessions, clock: TestClock, settings_for: SettingsFor, duty: int
) -> None:
    """After a restart nobody waits another minute; and a stop is not slept through."""
    stop = threading.Event()
    clock.advance(hours=20)
    runs = threading.Thread(target=Watch(sessions, clock, settings_for(1), stop).run)
    runs.start()
    for _ in range(1000):
        if told(sessions):
            break
        threading.Event().wait(0.01)
    stop.set()
    runs.join(10)

    assert not runs.is_alive()
    assert told(sessions) == addresses(SATO, TANAKA)


@only_on_sqlite
def test_a_round_that_fails_is_logged_without_words_and_is_no_sign_of_life(
    sessions: Sessions, clock: TestClock, settings_for: SettingsFor, caplog: pytest.LogCaptureFixture
) -> None:
    """A watch that runs and cannot look is as silent as none; a fault's words may hold an address."""
    with sessions.begin() as session:
        session.connection().exec_driver_sql("ALTER TABLE deadline RENAME TO away")
    stop = threading.Event()
    runs = threading.Thread(target=Watch(sessions, clock, settings_for(1), stop).run, args=(0.01,))
    with caplog.at_level(logging.ERROR):
        runs.start()
        for _ in range(1000):
            if len(caplog.records) >= 2:
                break
            threading.Event().wait(0.01)
        stop.set()
        runs.join(10)

    assert not runs.is_alive() and len(caplog.records) >= 2
    assert (
        caplog.messages[0].startswith("a round failed: OperationalError at ") and "SELECT" not in caplog.text
    )
    with sessions() as session:
        assert last_beat(session) is None


@only_on_postgresql
def test_four_watches_at_once_tell_everybody_once(
    sessions: Sessions, clock: TestClock, work_of: WorkOf, settings_for: SettingsFor
) -> None:
    """Any number may run side by side, on any number of machines."""
    found = duties(work_of, 20)
    clock.advance(hours=48)
    watches = [Watch(sessions, clock, settings_for(1)) for _ in range(4)]

    with ThreadPoolExecutor(len(watches)) as pool:
        counts = list(pool.map(Watch.round, watches))

    assert sum(each.claimed for each in counts) == sum(each.told for each in counts) == len(found)
    with sessions() as session:
        assert Counter(r.deadline_id for r in reminders(session)) == dict.fromkeys(found, 3)
        assert {r.state for r in reminders(session)} == {TOLD}
        assert len(mails(session)) == 3 * len(found)


def test_killed_at_any_step_it_loses_no_reminder_and_writes_none_twice(
    sessions: Sessions, clock: TestClock, settings_for: SettingsFor, work_of: WorkOf, post: Post
) -> None:
    """Before each statement and each commit of a round, watch and courier, somebody pulls the plug.

    The next round finds what was left; only a mail of which the relay's answer was lost comes a second time, and it is
    then known by its Message-ID.
    """
    with work_of(TANAKA) as work:
        set_call_tree(work, the_contract(work.session), CONTRACTOR, [TANAKA.login])
        ladder = [f"-{hours}h" for hours in range(1, 100)]
        a_duty(work, a_bare_incident(work), hours=100, ladder=ladder)
    settings = settings_for(post.port)
    for step in count(1):
        clock.advance(hours=1)
        died = dies_at(step, settings, clock())
        if not died:
            break
        clock.now += LOST_AFTER + timedelta(seconds=1)
        Watch(sessions, clock, settings).round()
        Courier(sessions, clock, settings).round()
        clock.now -= LOST_AFTER + timedelta(seconds=1)
    kills = step - 1

    assert kills > 25, "a round has that many steps at least"
    climbed = [f"-{100 - hour}h" for hour in range(1, step + 1)]
    assert rungs(sessions) == [(rung, TOLD) for rung in climbed]
    with sessions() as session:
        sent = mails(session)
        assert [mail.reminder_id for mail in sent] == [reminder.id for reminder in reminders(session)]
        assert {mail.state for mail in sent} == {SENT}
        came = Counter(str(mail["Message-ID"]) for mail in post.mails)
        assert set(came) == {f"<{mail.message_id}>" for mail in sent}, "none is lost"
        assert max(came.values()) == 2 and sum(came.values()) - len(came) < kills / 4, "few are doubled"
        incident = session.scalars(select(Incident)).one()
        lines = [e.facts["rung"] for e in entries_of(session, incident.id) if e.event == "reminded"]
        assert lines == climbed and verify(session, incident) == []
