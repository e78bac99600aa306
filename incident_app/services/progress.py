"""How far a notice has come, in numbers that add up to everybody on the list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from incident_app.domain.incident import Incident
from incident_app.domain.individual import Individual
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.notice import BOUNCED, QUEUED, Delivery, Notice, PrintRun
from incident_app.domain.work import Work
from incident_app.services.notifying import channel_for

_MOST_TROUBLES = 5


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
    """Everybody on the list, each counted once: by the newest delivery of this notice, or by why there is none."""

    everyone: int
    states: Mapping[str, int]
    left: Mapping[tuple[str, ...], int]
    """Individuals without a delivery, by their holds; no holds: not started, or no way that was ordered."""
    troubles: Sequence[Trouble]


def progress_of_notice(work: Work, incident: Incident, notice: Notice) -> Progress:
    """Count where each individual stands with this notice."""
    everyone = select(func.count()).where(Individual.incident_id == incident.id)
    newest = (
        select(func.max(Delivery.id)).where(Delivery.notice_id == notice.id).group_by(Delivery.individual_id)
    )
    counted = select(Delivery.state, func.count()).where(Delivery.id.in_(newest)).group_by(Delivery.state)
    told = select(Delivery.individual_id).where(Delivery.notice_id == notice.id)
    left = select(Individual.holds).where(Individual.incident_id == incident.id, Individual.id.not_in(told))
    return Progress(
        everyone=work.session.scalar(everyone) or 0,
        states=dict(work.session.execute(counted).tuples().all()),
        left=Counter(tuple(holds) for holds in work.session.scalars(left)),
        troubles=_troubles(work, notice),
    )


def outlook_of(work: Work, incident: Incident, item: InstructionItem) -> Mapping[str | None, int]:
    """Return how many would be told by each channel if this item were carried out; None: by no channel."""
    everybody = select(Individual.holds, Individual.email).where(Individual.incident_id == incident.id)
    alike = Counter((tuple(holds), email is not None) for holds, email in work.session.execute(everybody))
    outlook: Counter[str | None] = Counter()
    for (holds, has_email), count in alike.items():
        anybody = Individual(holds=list(holds), email="a@example.jp" if has_email else None)
        outlook[channel_for(anybody, item)] += count
    return outlook


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
    return [Trouble(*row) for row in work.session.execute(refused).tuples()]
