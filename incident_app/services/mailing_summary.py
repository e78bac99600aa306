"""The timeline tells mail in counts: how many of a notice are out, and how many came back."""

from sqlalchemy import func, select

from incident_app.domain.incident import Incident
from incident_app.domain.instruction import EMAIL
from incident_app.domain.notice import BOUNCED, SENT, Delivery, Notice
from incident_app.domain.timeline import TimelineEntry, lock_record, record
from incident_app.domain.work import Work

_EVENTS = {SENT: "mail_sent", BOUNCED: "mail_bounced"}


def summarise(work: Work) -> int:
    """Record the totals that have changed since they were last recorded; returns how many entries.

    Totals and not differences: a worker that was killed before it wrote loses nothing.
    """
    counted = (
        select(Delivery.notice_id, Delivery.state, func.count())
        .where(Delivery.channel == EMAIL, Delivery.state.in_(_EVENTS))
        .group_by(Delivery.notice_id, Delivery.state)
        .order_by(Delivery.notice_id, Delivery.state)
    )
    written = 0
    for notice_id, state, count in work.session.execute(counted).all():
        notice = work.session.get_one(Notice, notice_id)
        if count > _last_recorded(work, notice, _EVENTS[state]):
            incident = work.session.get_one(Incident, notice.incident_id)
            lock_record(work.session, incident)
            # Another worker may have told it while this one waited for the lock.
            if count > _last_recorded(work, notice, _EVENTS[state]):
                record(work, incident, _EVENTS[state], notice=notice.number, total=count)
                written += 1
    return written


def _last_recorded(work: Work, notice: Notice, event: str) -> int:
    told = select(TimelineEntry).where(
        TimelineEntry.incident_id == notice.incident_id, TimelineEntry.event == event
    )
    totals = (entry.facts for entry in work.session.scalars(told))
    return max((facts["total"] for facts in totals if facts["notice"] == notice.number), default=0)
