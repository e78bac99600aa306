"""By which channel each individual is told, and what is done when the first one failed.

Everything here is one question to the database, for one person or for half a million.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)

from incident_app.domain.individual import EMAIL_HOLDS, LETTER_HOLDS, Hold, Individual, on_record
from incident_app.domain.instruction import EMAIL, LETTER, InstructionItem
from incident_app.domain.notice import (
    BOUNCED,
    QUEUED,
    RETURNED,
    SENDING,
    SETTLED,
    STOPPED,
    UNSENT,
    Delivery,
    Notice,
)
from incident_app.domain.work import Work

UNDER_WAY_OR_DONE = (*UNSENT, SENDING, *SETTLED)
_BLOCKING = {EMAIL: EMAIL_HOLDS, LETTER: LETTER_HOLDS}


def held_by(kinds: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that one of these holds on an individual is not settled."""
    return exists().where(
        Hold.individual_id == Individual.id, Hold.settled_at.is_(None), Hold.kind.in_(tuple(kinds))
    )


def told_of(notice: Notice) -> ColumnElement[bool]:
    """Return the condition that the notice has reached an individual or is on its way."""
    return _has_delivery(notice, Delivery.state.in_(UNDER_WAY_OR_DONE))


def ways(notice: Notice, item: InstructionItem) -> Select[tuple[int, str | None]]:
    """Return, for everybody who is still to be told, the one channel that comes next; None where there is none.

    E-mail first where it is ordered and possible; after a bounce the letter; nothing over a hold that nobody settled.
    """
    chain = [(_open(notice, item, channel), literal(channel)) for channel in (EMAIL, LETTER)]
    return select(Individual.id, case(*chain, else_=None).label("channel")).where(
        on_record(notice.incident_id), Individual.outcome == "", ~told_of(notice)
    )


def count_ways(work: Work, notice: Notice, item: InstructionItem) -> dict[str | None, int]:
    """Return how many would be told now by which channel."""
    each = ways(notice, item).subquery()
    counted = select(each.c.channel, func.count()).group_by(each.c.channel)
    return {row[0]: row[1] for row in work.session.execute(counted)}


def queue_everybody(
    work: Work, notice: Notice, item: InstructionItem, among: Select[int] | None = None
) -> int:
    """Queue the notice to each individual (of those given) who can be told now; returns to how many."""
    work.session.flush()
    everybody = ways(notice, item)
    chosen = (everybody if among is None else everybody.where(Individual.id.in_(among))).subquery()
    stopped = (
        update(Delivery)
        .where(
            Delivery.notice_id == notice.id,
            Delivery.state == STOPPED,
            tuple_(Delivery.individual_id, Delivery.channel).in_(select(chosen.c.id, chosen.c.channel)),
        )
        .values(
            state=QUEUED,
            item_id=item.id,
            reply="",
            next_try_at=None,
            print_run_id=None,
            sequence=None,
            changed_at=work.now,
        )
        .execution_options(synchronize_session=False)
    )
    queued = _rows(work, stopped)
    return queued + _rows(work, _insert_chosen(work, notice, item, chosen))


def _insert_chosen(work: Work, notice: Notice, item: InstructionItem, chosen: Subquery) -> Any:
    values = {
        "incident_id": notice.incident_id,
        "notice_id": notice.id,
        "item_id": item.id,
        "state": QUEUED,
        "attempts": 0,
        "reply": "",
        "copy": 1,
        "changed_at": work.now,
    }
    constants = [literal(value, Delivery.__table__.c[name].type) for name, value in values.items()]
    rows = select(chosen.c.id, chosen.c.channel, *constants).where(chosen.c.channel.is_not(None))
    return insert(Delivery).from_select(["individual_id", "channel", *values], rows, include_defaults=False)


def _open(notice: Notice, item: InstructionItem, channel: str) -> ColumnElement[bool]:
    if channel not in item.means:
        return literal(value=False)
    failed = and_(Delivery.channel == channel, Delivery.state.in_((BOUNCED, RETURNED)))
    possible = ~held_by(_BLOCKING[channel]) & ~_has_delivery(notice, failed)
    return possible & Individual.has_email if channel == EMAIL else possible


def _has_delivery(notice: Notice, which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Delivery.notice_id == notice.id, Delivery.individual_id == Individual.id, which)


def _rows(work: Work, statement: Any) -> int:
    # Only when asked does an INSERT tell PostgreSQL's count.
    counted = statement.execution_options(preserve_rowcount=True)
    return work.session.execute(counted).rowcount  # type: ignore[attr-defined,no-any-return]  # a DML result has it
