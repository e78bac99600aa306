"""A person's own notifications: the calendar address with its secret token, what it shows, and quiet hours."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incident_app.domain.deadline import Deadline
from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CLIENT, CalendarFeed, Person, RoleHolding, day_in_japan, in_force
from incident_app.domain.work import Work
from incident_app.engine.library import workflow_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One open deadline of a case that the person may see."""

    deadline: Deadline
    number: str
    """The incident's."""


def make_feed(work: Work) -> str:
    """Make the actor's calendar address; returns its token, which is kept nowhere. An earlier address ends."""
    # Whoever makes two at the same time waits here: else both would live, and only one of them be seen.
    own = select(Person.id).where(Person.id == work.actor.person_id)
    work.session.execute(own.with_for_update(key_share=True))
    revoke_feed(work)
    token = secrets.token_urlsafe(32)
    work.session.add(
        CalendarFeed(person_id=work.actor.person_id, token_sha256=_digest(token), made_at=work.now)
    )
    return token


def revoke_feed(work: Work) -> None:
    """End the actor's calendar address for good."""
    own = (CalendarFeed.person_id == work.actor.person_id, CalendarFeed.revoked_at.is_(None))
    work.session.execute(update(CalendarFeed).where(*own).values(revoked_at=work.now))


def live_feed(session: Session, person_id: int | None) -> CalendarFeed | None:
    """Return the address that a person has now, if any."""
    own = select(CalendarFeed).where(CalendarFeed.person_id == person_id, CalendarFeed.revoked_at.is_(None))
    return session.scalars(own).first()


def set_quiet_hours(work: Work, begin: time | None, end: time | None) -> None:
    """Let reminders to the actor wait from `begin` to `end`, Japanese time; None and None: never.

    Raises BadInput when one of them is missing, or when they are the same.
    """
    if (begin is None) != (end is None):
        raise BadInput(
            "quiet_from" if begin is None else "quiet_until",
            "開始と終了の両方を入力してください。",
            "Give both the beginning and the end.",
        )
    if begin is not None and begin == end:
        raise BadInput(
            "quiet_until", "開始と終了を別の時刻にしてください。", "Beginning and end must differ."
        )
    person = work.session.get_one(Person, work.actor.person_id)
    person.quiet_from, person.quiet_until = begin, end


def feed_entries(session: Session, token: str, now: datetime) -> list[Entry]:
    """Return what the calendar of this token shows: the open deadlines of the person's cases.

    Raises NotFound for a token that never was or is revoked, and when the account is switched off.
    """
    owner = select(Person.id).join(CalendarFeed, CalendarFeed.person_id == Person.id)
    person_id = session.scalar(
        owner.where(
            CalendarFeed.token_sha256 == _digest(token), CalendarFeed.revoked_at.is_(None), Person.active
        )
    )
    if person_id is None:
        raise NotFound
    contracts = select(RoleHolding.contract_id).where(
        RoleHolding.person_id == person_id, *in_force(day_in_japan(now))
    )
    incidents = session.scalars(
        select(Incident).where(Incident.contract_id.in_(contracts)).order_by(Incident.id)
    )
    return [
        Entry(deadline, incident.number)
        for incident in incidents
        if incident.track("closure").state not in workflow_of(incident).tracks["closure"].settled
        for deadline in incident.deadlines
        if deadline.is_open
    ]


def as_calendar(entries: list[Entry], base_url: str, now: datetime) -> bytes:
    """Return the entries as iCalendar (RFC 5545): the case's number and the duty, and nothing else of the case."""
    calendar = Calendar()
    calendar.add("prodid", "-//incident-app//deadlines//JA")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "事案の期限")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, base_url, now))
    return bytes(calendar.to_ical())


def _event(entry: Entry, base_url: str, now: datetime) -> Event:
    deadline = entry.deadline
    event = Event()
    event.add("uid", f"deadline-{deadline.id}@{urlsplit(base_url).hostname}")
    event.add("dtstamp", now)
    event.add("sequence", len(deadline.moves))
    if deadline.moves:
        event.add("last-modified", deadline.moves[-1].moved_at)
    party = "甲" if deadline.party == CLIENT else "乙"
    event.add("summary", f"{entry.number} {party} {deadline.label['ja']}")
    event.add("dtstart", deadline.due_on or deadline.due_at)
    event.add("transp", "TRANSPARENT")
    event.add("url", f"{base_url}/incidents/{entry.number}/deadlines/{deadline.id}")
    return event


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
