"""Where everybody stands: each individual in exactly one state, and who is held for what."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, func, select

from incident_app.domain.errors import NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.individual import HOLDS, OUTCOMES, PROTECTED, Hold, Individual, on_record
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
from incident_app.services.holding import NOT_PROTECTED

REACHED = (SENT, POSTED, SUBSTITUTED)
UNDER_WAY = (SENDING, PRINTED, QUEUED)
FAILED = (RETURNED, BOUNCED, STOPPED)
WAITING = "waiting"
"""Nothing stands in the way, and nothing has been started."""
STATES = (*REACHED, *UNDER_WAY, *OUTCOMES, *HOLDS, *FAILED, WAITING)
"""In the order in which the first one that is true of somebody counts."""
_FURTHEST = (*REACHED, *UNDER_WAY, *FAILED)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Census:
    """Everybody on record, each counted once, and the open holds, of which somebody may have several."""

    states: Mapping[str, int]
    held: Mapping[str, int]

    @property
    def everyone(self) -> int:
        """How many individuals there are."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class LooseLetter:
    """A printed letter that must not be posted: where it lies."""

    notice: int
    run: int
    sequence: int
    code: str


def census_of(work: Work, incident: Incident) -> Census:
    """Count where everybody stands, over all notices of the case; one question for half a million."""
    furthest, gravest = _furthest(incident), _gravest(incident)
    each = (
        select(Individual.outcome, furthest.c.rank, gravest.c.rank, func.count())
        .outerjoin(furthest, furthest.c.individual_id == Individual.id)
        .outerjoin(gravest, gravest.c.individual_id == Individual.id)
        .where(on_record(incident.id))
        .group_by(Individual.outcome, furthest.c.rank, gravest.c.rank)
    )
    found: Counter[str] = Counter()
    for outcome, reached, held, count in work.session.execute(each):
        found[_state(outcome, reached, held)] += count
    states = {state: found[state] for state in STATES if found[state]}
    return Census(states, _held(work, incident))


def state_of(work: Work, incident: Incident, individual: Individual) -> str:
    """Return the one state of one individual, by the rule by which all are counted."""
    furthest, gravest = _furthest(incident), _gravest(incident)
    reached = work.session.scalar(select(furthest.c.rank).where(furthest.c.individual_id == individual.id))
    held = work.session.scalar(select(gravest.c.rank).where(gravest.c.individual_id == individual.id))
    return _state(individual.outcome, reached, held)


def find_individual(work: Work, incident: Incident, row_number: int) -> Individual:
    """Return one individual of this case. Raises NotFound."""
    chosen = select(Individual).where(Individual.id == row_number, on_record(incident.id))
    individual = work.session.scalars(chosen).first()
    if individual is None:
        raise NotFound
    return individual


def people_held(work: Work, incident: Incident, kind: str, after: int = 0) -> list[Individual]:
    """Return the next individuals that a kind of hold stops, by row number; RETURNED: whose letter came back."""
    chosen = select(Individual).where(on_record(incident.id), Individual.id > after, _stopped_by(kind))
    return list(work.session.scalars(chosen.order_by(Individual.id).limit(PAGE)))


def deliveries_to(work: Work, individual: Individual) -> list[Delivery]:
    """Return everything that was to go to somebody, in order."""
    chosen = select(Delivery).where(Delivery.individual_id == individual.id)
    return list(work.session.scalars(chosen.order_by(Delivery.id)))


def protected_among(work: Work, individuals: list[Individual]) -> frozenset[int]:
    """Return the row numbers of those whose name and address nobody may see, whatever became of the hold."""
    rows = select(Hold.individual_id).where(
        Hold.individual_id.in_([individual.id for individual in individuals]), shielding()
    )
    return frozenset(work.session.scalars(rows))


def shielding() -> ColumnElement[bool]:
    """Return the condition that a hold protects somebody: 甲 said so and has not taken it back."""
    return and_(Hold.kind == PROTECTED, Hold.way != NOT_PROTECTED)


def loose_letters(work: Work, incident: Incident) -> list[LooseLetter]:
    """Return the letters that were printed, then stopped, and lie in a run that is not posted: somebody takes them out."""
    rows = (
        select(Notice.number, PrintRun.number, Delivery.sequence, Individual.code)
        .join(PrintRun, Delivery.print_run_id == PrintRun.id)
        .join(Notice, Delivery.notice_id == Notice.id)
        .join(Individual, Delivery.individual_id == Individual.id)
        .where(
            Delivery.incident_id == incident.id,
            Delivery.state == STOPPED,
            PrintRun.printed_at.is_not(None),
            PrintRun.posted_at.is_(None),
        )
        .order_by(Notice.number, PrintRun.number, Delivery.sequence)
        .limit(PAGE)
    )
    return [
        LooseLetter(notice, run, sequence or 0, code)
        for notice, run, sequence, code in work.session.execute(rows)
    ]


def _state(outcome: str, reached: int | None, held: int | None) -> str:
    """Return the first that is true: reached, under way, done with, held, failed, waiting."""
    delivery = None if reached is None else _FURTHEST[reached]
    if delivery is not None and delivery not in FAILED:
        return delivery
    return outcome or (HOLDS[held] if held is not None else delivery or WAITING)


def _furthest(incident: Incident) -> Subquery:
    rank = case({state: rank for rank, state in enumerate(_FURTHEST)}, value=Delivery.state)
    return (
        select(Delivery.individual_id, func.min(rank).label("rank"))
        .where(Delivery.incident_id == incident.id)
        .group_by(Delivery.individual_id)
        .subquery()
    )


def _gravest(incident: Incident) -> Subquery:
    rank = case({kind: rank for rank, kind in enumerate(HOLDS)}, value=Hold.kind)
    return (
        select(Hold.individual_id, func.min(rank).label("rank"))
        .join(Individual, Hold.individual_id == Individual.id)
        .where(Hold.settled_at.is_(None), on_record(incident.id))
        .group_by(Hold.individual_id)
        .subquery()
    )


def _held(work: Work, incident: Incident) -> dict[str, int]:
    counted = (
        select(Hold.kind, func.count(Hold.individual_id.distinct()))
        .join(Individual, Hold.individual_id == Individual.id)
        .where(Hold.settled_at.is_(None), on_record(incident.id))
        .group_by(Hold.kind)
    )
    found = {row[0]: row[1] for row in work.session.execute(counted)}
    return {kind: found[kind] for kind in HOLDS if kind in found}


def _stopped_by(kind: str) -> ColumnElement[bool]:
    if kind == RETURNED:
        return exists().where(
            Delivery.individual_id == Individual.id, Delivery.state == RETURNED, Delivery.copy == 1
        ) & ~exists().where(Delivery.individual_id == Individual.id, Delivery.copy > 1)
    return exists().where(Hold.individual_id == Individual.id, Hold.settled_at.is_(None), Hold.kind == kind)
