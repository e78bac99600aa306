"""The watch over the deadlines: what was reached is written down first, and people are told after that.

Two transactions, each short and each complete in itself. A watch that is killed between or within them leaves rows
that the next one finds; a rung that was written down once cannot be written a second time.
"""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from incident_app.domain.deadline import MOOT, QUEUED, SILENT_AFTER, Deadline, Heartbeat, Reminder
from incident_app.domain.incident import Incident
from incident_app.domain.ladder import fired, next_after
from incident_app.domain.timeline import lock_record
from incident_app.domain.work import Work
from incident_app.services.reminding import remind

_WATCH = "watch"


def sweep(work: Work, at_most: int = 1000) -> int:
    """Write a Reminder for each rung that was reached and when to look next; returns how many deadlines were due.

    Reads columns by one index and waits for nobody: what another watch has in hand is skipped, and no incident is
    locked.
    """
    due = (
        select(Deadline.id, Deadline.due_at, Deadline.ladder, Deadline.next_fire)
        .where(Deadline.next_fire <= work.now)
        .order_by(Deadline.next_fire)
        .limit(at_most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    reached, next_looks = [], []
    for deadline_id, due_at, ladder, since in work.session.execute(due):
        for at, rung in fired(ladder, due_at, since, work.now):  # type: ignore[arg-type]  # None is never due
            reached.append(
                {
                    **{"deadline_id": deadline_id, "due_at": due_at, "rung": rung, "fires_at": at},
                    **{"state": QUEUED, "made_at": work.now},
                }
            )
        next_looks.append({"id": deadline_id, "next_fire": next_after(ladder, due_at, work.now)})
    if reached:
        # A case that was reopened, or a date that was moved back, comes to rungs that were written down before.
        new = _insert(work.session, Reminder).on_conflict_do_nothing()
        work.session.execute(new, reached)
    if next_looks:
        work.session.execute(update(Deadline), next_looks)
    return len(next_looks)


def waiting(work: Work) -> list[int]:
    """Return the ids of the deadlines with reminders of which nobody was told, the longest wait first."""
    queued = select(Reminder.deadline_id).where(Reminder.state == QUEUED).group_by(Reminder.deadline_id)
    return list(work.session.scalars(queued.order_by(func.min(Reminder.id))))


def tell(work: Work, deadline_id: int, base_url: str) -> bool:
    """Tell people of a deadline's queued reminders, all at once; False when nobody is to be told any more.

    It may be that another watch has told them, or that the deadline was met, dropped or moved, or its case ended.
    """
    chosen = select(Incident).join(Deadline, Deadline.incident_id == Incident.id)
    incident = work.session.scalars(chosen.where(Deadline.id == deadline_id)).one()
    lock_record(work.session, incident)
    # Everything that decides is read under the lock.
    deadline = work.session.get_one(Deadline, deadline_id)
    queued = select(Reminder).where(Reminder.deadline_id == deadline_id, Reminder.state == QUEUED)
    reminders = list(work.session.scalars(queued.order_by(Reminder.fires_at, Reminder.id)))
    standing = [r for r in reminders if not deadline.is_silent and r.due_at == deadline.due_at]
    for reminder in reminders:
        if reminder not in standing:
            reminder.state = MOOT
    if standing:
        remind(work, incident, deadline, standing, base_url)
    return bool(standing)


def beat(work: Work) -> None:
    """Note that the watch has looked at what is due."""
    now = {"at": work.now}
    beating = _insert(work.session, Heartbeat).values(name=_WATCH, **now)
    work.session.execute(beating.on_conflict_do_update(index_elements=["name"], set_=now))


def last_beat(session: Session) -> datetime | None:
    """Return when the watch last looked; None when it never did."""
    return session.scalar(select(Heartbeat.at).where(Heartbeat.name == _WATCH))


def watch_is_silent(work: Work) -> bool:
    """Return whether nobody has watched for so long that somebody must be told."""
    beat = last_beat(work.session)
    return beat is None or work.now - beat > SILENT_AFTER


def something_is_watched(work: Work) -> bool:
    """Return whether any deadline still has a reminder to come."""
    armed = select(Deadline.id).where(Deadline.next_fire.is_not(None)).limit(1)
    return work.session.scalar(armed) is not None


def _insert(session: Session, table: type[Reminder | Heartbeat]) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that may say what is to happen to a row that is there already."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
