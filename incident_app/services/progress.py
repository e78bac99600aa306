"""How far a notice has come, in numbers that add up to everybody on the list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import case, exists, func, select

from incident_app.domain.incident import Incident
from incident_app.domain.individual import HOLDS, Hold, Individual, on_record
from incident_app.domain.instruction import EMAIL, LETTER, InstructionItem
from incident_app.domain.notice import (
    BOUNCED,
    POSTED,
    PRINTED,
    QUEUED,
    RETURNED,
    SENDING,
    SENT,
    STOPPED,
    SUBSTITUTED,
    Delivery,
    Notice,
    PrintRun,
)
from incident_app.domain.work import Work
from incident_app.services.reaching import count_ways, told_of

_MOST_TROUBLES = 5
_LATELY = timedelta(minutes=5)
_BEST_FIRST = (SENT, POSTED, SUBSTITUTED, SENDING, PRINTED, QUEUED, RETURNED, BOUNCED, STOPPED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Mails that the relay did not take, by what it said."""

    state: str
    """queued: will be tried again; bounced: will not."""
    reply: str
    """The relay's words, which may name an address."""
    count: int
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Everybody on the list, each counted once: by the delivery of this notice that came furthest, or by why there is none."""

    everyone: int
    states: Mapping[str, int]
    left: Mapping[str, int]
    """Individuals without a delivery: by how they are done with, else by their gravest hold; "" for those who are
    not started, or whom no way that was ordered reaches."""
    troubles: Sequence[Trouble]
    pace: "Pace"

    @property
    def waiting(self) -> int:
        """How many are queued or being sent."""
        return self.states.get(QUEUED, 0) + self.states.get(SENDING, 0)

    @property
    def started(self) -> int:
        """How many have a delivery."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a notice goes out at present."""

    a_minute: float
    """Mails sent and letters printed, within the last minutes; 0: nothing moves."""
    paused_at: datetime | None

    def minutes_left(self, waiting: int) -> int | None:
        """Return how long the rest takes at this pace; None when nobody can say."""
        return ceil(waiting / self.a_minute) if self.a_minute and self.paused_at is None else None


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many individuals an approval would tell now, by which channel."""

    email: int
    letter: int
    by_no_channel: int
    """No way that was ordered reaches them, or somebody must look first."""
    already: int
    """Told, or on the way."""


def progress_of_notice(work: Work, incident: Incident, notice: Notice) -> Progress:
    """Count where each individual stands with this notice."""
    best = case(*((Delivery.state == state, rank) for rank, state in enumerate(_BEST_FIRST)))
    stands = (
        select(func.min(best).label("rank"))
        .where(Delivery.notice_id == notice.id)
        .group_by(Delivery.individual_id)
        .subquery()
    )
    counted = select(stands.c.rank, func.count()).group_by(stands.c.rank)
    states = {_BEST_FIRST[rank]: count for rank, count in work.session.execute(counted)}
    return Progress(
        everyone=count_individuals(work, incident),
        states=states,
        left=_left(work, incident, notice),
        troubles=_troubles(work, notice),
        pace=_pace(work, notice),
    )


def outlook_of(work: Work, incident: Incident, notice: Notice, item: InstructionItem) -> Outlook:
    """Say what carrying out this item would do now, before anybody approves it."""
    counted = count_ways(work, notice, item)
    told = select(func.count()).where(on_record(incident.id), told_of(notice))
    return Outlook(
        counted.get(EMAIL, 0), counted.get(LETTER, 0), counted.get(None, 0), work.session.scalar(told) or 0
    )


def count_individuals(work: Work, incident: Incident) -> int:
    """Return how many individuals are on record; there may be half a million."""
    return work.session.scalar(select(func.count()).where(on_record(incident.id))) or 0


def _left(work: Work, incident: Incident, notice: Notice) -> dict[str, int]:
    """Count those without a delivery: by how they are done with, else by their gravest hold, else by ""."""
    gravest = {kind: rank for rank, kind in enumerate(HOLDS)}
    rank = (
        select(func.min(case(gravest, value=Hold.kind)))
        .where(Hold.individual_id == Individual.id, Hold.settled_at.is_(None))
        .scalar_subquery()
    )
    each = (
        select(Individual.outcome, rank.label("rank"))
        .where(
            on_record(incident.id),
            ~exists().where(Delivery.notice_id == notice.id, Delivery.individual_id == Individual.id),
        )
        .subquery()
    )
    counted = select(each.c.outcome, each.c.rank, func.count()).group_by(each.c.outcome, each.c.rank)
    left: Counter[str] = Counter()
    for outcome, held, count in work.session.execute(counted):
        left[outcome or ("" if held is None else HOLDS[held])] += count
    return left


def print_runs_of(work: Work, notice: Notice) -> list[PrintRun]:
    """Return the print runs of a notice, in order."""
    runs = select(PrintRun).where(PrintRun.notice_id == notice.id).order_by(PrintRun.number)
    return list(work.session.scalars(runs))


def _pace(work: Work, notice: Notice) -> Pace:
    moved = select(func.count(), func.min(Delivery.changed_at)).where(
        Delivery.notice_id == notice.id,
        Delivery.state.in_((SENT, BOUNCED, PRINTED)),
        Delivery.changed_at >= work.now - _LATELY,
    )
    count, since = work.session.execute(moved).one()
    minutes = max((work.now - since) / timedelta(minutes=1), 1 / 60) if count else 1
    return Pace(count / minutes, notice.paused_at)


def _troubles(work: Work, notice: Notice) -> list[Trouble]:
    refused = (
        select(Delivery.state, Delivery.reply, func.count(), func.min(Delivery.next_try_at))
        .where(Delivery.notice_id == notice.id, Delivery.state.in_((QUEUED, BOUNCED)), Delivery.attempts > 0)
        .group_by(Delivery.state, Delivery.reply)
        .order_by(func.count().desc(), Delivery.reply)
        .limit(_MOST_TROUBLES)
    )
    return [Trouble(*row) for row in work.session.execute(refused)]
