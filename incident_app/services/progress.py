"""How far a notice has come, in numbers that add up to everybody on the list."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from incident_app.domain.incident import Incident
from incident_app.domain.individual import Individual
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
from incident_app.services.reaching import channel_for

_MOST_TROUBLES = 5
_FAILED = (BOUNCED, RETURNED)
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
    left: Mapping[tuple[str, ...], int]
    """Individuals without a delivery, by their holds; no holds: not started, or no way that was ordered."""
    troubles: Sequence[Trouble]


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
    everyone = select(func.count()).where(Individual.incident_id == incident.id)
    best = case(*((Delivery.state == state, rank) for rank, state in enumerate(_BEST_FIRST)))
    stands = (
        select(func.min(best).label("rank"))
        .where(Delivery.notice_id == notice.id)
        .group_by(Delivery.individual_id)
        .subquery()
    )
    counted = select(stands.c.rank, func.count()).group_by(stands.c.rank)
    told = select(Delivery.individual_id).where(Delivery.notice_id == notice.id)
    left = select(Individual.holds).where(Individual.incident_id == incident.id, Individual.id.not_in(told))
    return Progress(
        everyone=work.session.scalar(everyone) or 0,
        states={_BEST_FIRST[rank]: count for rank, count in work.session.execute(counted)},
        left=Counter(tuple(holds) for holds in work.session.scalars(left)),
        troubles=_troubles(work, notice),
    )


def outlook_of(work: Work, incident: Incident, notice: Notice, item: InstructionItem) -> Outlook:
    """Say what carrying out this item would do now, before anybody approves it."""
    told, failed = set(), defaultdict(set)
    deliveries = select(Delivery.individual_id, Delivery.channel, Delivery.state)
    for person_id, channel, state in work.session.execute(deliveries.where(Delivery.notice_id == notice.id)):
        if state in _FAILED:
            failed[person_id].add(channel)
        elif state != STOPPED:
            told.add(person_id)
    people = select(Individual.id, Individual.holds, Individual.email)
    alike = Counter(
        (tuple(holds), email is not None, frozenset(failed[person_id]))
        for person_id, holds, email in work.session.execute(
            people.where(Individual.incident_id == incident.id)
        )
        if person_id not in told
    )
    ways: Counter[str | None] = Counter()
    for (holds, has_email, tried), count in alike.items():
        anybody = Individual(holds=list(holds), email="a@example.jp" if has_email else None)
        ways[channel_for(anybody, item, tried)] += count
    return Outlook(ways[EMAIL], ways[LETTER], ways[None], len(told))


def print_runs_of(work: Work, notice: Notice) -> list[PrintRun]:
    """Return the print runs of a notice, in order."""
    runs = select(PrintRun).where(PrintRun.notice_id == notice.id).order_by(PrintRun.number)
    return list(work.session.scalars(runs))


def _troubles(work: Work, notice: Notice) -> list[Trouble]:
    refused = (
        select(Delivery.state, Delivery.reply, func.count(), func.min(Delivery.next_try_at))
        .where(Delivery.notice_id == notice.id, Delivery.state.in_((QUEUED, BOUNCED)), Delivery.attempts > 0)
        .group_by(Delivery.state, Delivery.reply)
        .order_by(func.count().desc(), Delivery.reply)
        .limit(_MOST_TROUBLES)
    )
    return [Trouble(*row) for row in work.session.execute(refused)]
