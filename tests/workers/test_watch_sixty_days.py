"""Sixty days of one case, two workers, one of them killed: each reminder comes, and comes once.

What is expected is worked out here from the dates alone, by other means than the program's.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Settings
from incident_app.domain.deadline import TOLD, Deadline, Reminder
from incident_app.domain.incident import Incident
from incident_app.domain.notice import SENT
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.parties import CONTRACTOR
from incident_app.domain.timeline import verify
from incident_app.domain.work import Work
from incident_app.services.accounts import set_call_tree
from incident_app.services.containing import record_measure
from incident_app.services.instructing import issue_instruction
from incident_app.services.moving import move_deadline
from incident_app.services.reporting import send_first_report, send_follow_up
from tests.builders import an_incident, the_contract
from tests.cast import SATO, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.dates import a_date_by_law, named
from tests.services.stories import INQUIRY, by
from tests.workers.conftest import Post, SettingsFor
from tests.workers.travelling import DONE

STEP = timedelta(hours=6)
DAYS = 60
ASLEEP = range(25 * 4, 28 * 4)
"""Steps at which no worker runs: three days."""
KILLED_FROM = 35 * 4
JAPAN = timezone(timedelta(hours=9))
TREE = {CONTRACTOR: [SUZUKI.email, TANAKA.email, SATO.email], "client": [YAMADA.email]}


def case_of(work: Work) -> Incident:
    return work.session.scalars(select(Incident)).one()


# ------------------------------------------------------------ what people do, and at which step


def opens(work: Work) -> None:
    incident = an_incident(work)
    set_call_tree(work, the_contract(work.session), CONTRACTOR, [m.login for m in (SUZUKI, TANAKA, SATO)])
    a_date_by_law(
        work, incident, due_on=date(2027, 1, 4), ladder=["-7d@09:00", "-1d@09:00", "+0h", "+3d@09:00"]
    )


def reports(work: Work) -> None:
    send_first_report(work, case_of(work))


def contains(work: Work) -> None:
    record_measure(work, case_of(work), "回線を遮断した。")


def instructs(work: Work) -> None:
    issue_instruction(by(work, YAMADA), case_of(work), (INQUIRY,))


def extends(work: Work) -> None:
    incident = case_of(work)
    deadline = named(incident, "instruction_item")
    later = deadline.due_at + timedelta(days=4, hours=1)
    move_deadline(by(work, YAMADA), incident, deadline, to_instant=later, reason="調査に時間を要するため")


def follows_up(work: Work) -> None:
    send_follow_up(work, case_of(work), reason="新たに判明した事項はない")


STORY: dict[int, Callable[[Work], None]] = {
    0: opens,
    5: reports,
    7: contains,
    30: instructs,
    40: extends,
    90: follows_up,
    170: follows_up,
}


# ------------------------------------------------------------ what is to be expected


def rung_at(rung: str, due_at: datetime) -> datetime:
    number, unit, at = re.fullmatch(r"([+-]?\d+)(h|d@)(\S*)", rung).groups()  # type: ignore[union-attr]  # it is one
    if unit == "h":
        return due_at + timedelta(hours=int(number))
    midnight = due_at.astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0)
    hour, minute = at.split(":")
    return midnight + timedelta(days=int(number), hours=int(hour), minutes=int(minute))


Key = tuple[int, datetime, str]


@dataclass
class Expected:
    """The reminders that the dates of the case ask for, and who must hear of each."""

    since: dict[tuple[int, datetime], datetime] = field(default_factory=dict)
    """From when on each date stands as it does."""
    reminders: set[Key] = field(default_factory=set)
    mails: set[tuple[Key, str]] = field(default_factory=set)

    def look(self, deadlines: list[Deadline], now: datetime, before: datetime) -> None:
        """Add what a worker that runs at `now`, and last ran at `before`, has to tell."""
        for deadline in deadlines:
            date_of = (deadline.id, deadline.due_at)
            since = max(self.since.setdefault(date_of, now), before)
            if deadline.met_at or deadline.dropped_at:
                continue
            ladder = self._ladder(deadline)
            new = [rung for at, rung in ladder if since < at <= now]
            self.reminders |= {(*date_of, rung) for rung in new}
            if new:
                late = sum(1 for at, _ in ladder if deadline.due_at <= at <= now)
                people = TREE[deadline.party][: 1 + late]
                self.mails |= {((*date_of, new[-1]), address) for address in people}

    @staticmethod
    def _ladder(deadline: Deadline) -> list[tuple[datetime, str]]:
        rungs = sorted((rung_at(rung, deadline.due_at), rung) for rung in deadline.ladder)
        last = max(rungs[-1][0], deadline.due_at)
        weekly = [last + timedelta(days=7 * week) for week in range(1, 12)]
        return rungs + [(at, f"+{int((at - deadline.due_at).total_seconds() // 3600)}h") for at in weekly]


# ------------------------------------------------------------ the workers


class Worker:
    """A process that does one round at each instant that it is told."""

    def __init__(self, settings: Settings) -> None:
        environment = os.environ | {
            "INCIDENT_DATABASE": settings.database,
            "INCIDENT_DATA": str(settings.data),
            "INCIDENT_MASTER_KEY": settings.master_key,
            "INCIDENT_SENDER": settings.sender,
            "INCIDENT_SMTP_PORT": str(settings.smtp_port),
        }
        command = [sys.executable, "-m", "tests.workers.travelling"]
        self.process = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def go(self, now: datetime) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{now.isoformat()}\n")
        self.process.stdin.flush()

    def wait(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == DONE

    def kill(self) -> None:
        with self.process:
            self.process.send_signal(signal.SIGKILL)


@contextmanager
def two_workers(settings: Settings) -> Iterator[list[Worker]]:
    workers = [Worker(settings), Worker(settings)]
    try:
        yield list(workers)
    finally:
        for worker in workers:
            worker.kill()


def kill_with_a_mail_in_hand(worker: Worker, post: Post, now: datetime) -> None:
    """The relay has the mail and thinks; whoever brought it will never hear the answer."""
    before = len(post.relay.taken)
    post.relay.thinks_for = 0.2
    worker.go(now)
    give_up = time.monotonic() + 20
    while len(post.relay.taken) == before:
        assert time.monotonic() < give_up, "no mail came"
        time.sleep(0.001)
    worker.kill()
    post.relay.thinks_for = 0


def test_sixty_days_with_two_workers_and_one_killed_remind_of_everything_once(
    sessions: sessionmaker[Session],
    work_of: WorkOf,
    clock: TestClock,
    *,
    settings_for: SettingsFor,
    post: Post,
) -> None:
    """Acts, a moved date, three days of sleep and a killed worker: no reminder is lost, and none comes twice."""
    start, before, expected = clock.now, clock.now, Expected()
    with two_workers(settings_for(post.port)) as workers:
        for step in range(DAYS * 4):
            clock.now = start + step * STEP
            if step in STORY:
                with work_of(TANAKA) as work:
                    STORY[step](work)
            if step in ASLEEP:
                continue
            already = len(expected.mails)
            with sessions() as session:
                session.connection(execution_options={"reading": True})
                expected.look(list(session.scalars(select(Deadline))), clock.now, before)
            before = clock.now
            if step >= KILLED_FROM and len(workers) > 1 and len(expected.mails) > already:
                kill_with_a_mail_in_hand(workers.pop(), post, clock.now)
            for worker in workers:
                worker.go(clock.now)
            for worker in workers:
                worker.wait()

    assert len(workers) == 1 and len(expected.reminders) > 60
    with sessions() as session:
        found = list(session.scalars(select(Reminder)))
        assert Counter((r.deadline_id, r.due_at, r.rung) for r in found) == dict.fromkeys(
            expected.reminders, 1
        )
        assert {reminder.state for reminder in found} == {TOLD}
        key_of = {r.id: (r.deadline_id, r.due_at, r.rung) for r in found}
        mails = list(session.scalars(select(CaseMail).where(CaseMail.reminder_id.is_not(None))))
        assert Counter((key_of[m.reminder_id or 0], m.to) for m in mails) == dict.fromkeys(expected.mails, 1)
        assert {mail.state for mail in mails} == {SENT}
        ids = {f"<{mail.message_id}>" for mail in mails}
        assert verify(session, session.scalars(select(Incident)).one()) == []
    came = Counter(message for mail in post.mails if (message := str(mail["Message-ID"])) in ids)
    assert set(came) == ids, "none is lost"
    assert sum(came.values()) == len(ids) + 1, "only the mail in hand came again, under its own Message-ID"
