"""What a reminder says, and to whom: one mail for each person, and one line of the timeline.

A mail may be read on a locked screen: it names the case by its number and the duty by its name, and nothing else of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from incident_app.domain.deadline import SILENT_AFTER, TOLD, Deadline, Reminder
from incident_app.domain.incident import Incident
from incident_app.domain.ladder import depth
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.parties import CLIENT, CONTRACTOR, TOKYO, Person, day_in_japan
from incident_app.domain.timeline import digest, record, stamp
from incident_app.domain.work import Work
from incident_app.notices.japanese import plain
from incident_app.services.call_tree import people_down_to
from incident_app.services.quiet import quiet_end

_PARTY = {CONTRACTOR: ("乙", "the contractor"), CLIENT: ("甲", "the client")}
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def remind(
    work: Work, incident: Incident, deadline: Deadline, reminders: Sequence[Reminder], base_url: str
) -> None:
    """Tell the call tree, as deep as the latest of these reminders reaches; the earlier ones are told along with it."""
    *earlier, lead = reminders
    reach = depth(deadline.ladder, deadline.due_at, lead.fires_at)
    people = people_down_to(work.session, incident.contract_id, deadline.party, reach, work.now)
    link = f"{base_url}/incidents/{incident.number}/deadlines/{deadline.id}"
    late = [r.fires_at for r in reminders if work.now - r.fires_at > SILENT_AFTER]
    for person in people:
        held_back = _held_back(work, deadline, person)
        read_at = held_back or work.now
        work.session.add(
            CaseMail(
                incident_id=incident.id,
                reminder_id=lead.id,
                person_id=person.id,
                to=person.email,
                subject=f"【{_standing(deadline, read_at)[0]}】{incident.number} {deadline.label['ja']}",
                text=_text(incident, deadline, people=people, late=late, link=link, now=read_at),
                message_id=_message_id(lead, person),
                queued_at=work.now,
                next_try_at=held_back,
                changed_at=work.now,
            )
        )
    for reminder in reminders:
        reminder.state, reminder.told_at = TOLD, work.now
    for reminder in earlier:
        reminder.told_with_id = lead.id
    record(
        work,
        incident,
        "reminded",
        deadline=deadline.label["ja"],
        rung=lead.rung,
        told=len(people),
        people=[person.name for person in people],
        overdue=work.now >= deadline.due_at,
        late=[reminder.rung for reminder in earlier],
    )


def _held_back(work: Work, deadline: Deadline, person: Person) -> datetime | None:
    """Return until when a person's quiet hours hold a reminder back.

    Never one of a date by law that is overdue, and never beyond the deadline itself.
    """
    end = quiet_end(person, work.now)
    if end is None or work.now < deadline.due_at <= end:
        return None
    return None if deadline.statutory and work.now >= deadline.due_at else end


def _message_id(reminder: Reminder, person: Person) -> str:
    told = f"reminder/{reminder.deadline_id}/{stamp(reminder.due_at)}/{reminder.rung}/{person.id}"
    return f"{digest(told)[:32]}@incident-app.invalid"


def _text(
    incident: Incident,
    deadline: Deadline,
    *,
    people: Sequence[Person],
    late: Sequence[datetime],
    link: str,
    now: datetime,
) -> str:
    """Return the body, Japanese first; `now` is when it is expected to be read."""
    ja, en = _standing(deadline, now)
    by_ja, by_en = _PARTY[deadline.party]
    due_ja, due_en = _due(deadline)
    told = [f"  {person.name} {person.phone}".rstrip() for person in people]
    lines = [
        f"{deadline.label['ja']}（{by_ja}）：{ja}",
        "",
        f"事案番号：{incident.number}",
        f"期限：{due_ja}",
        f"根拠：{deadline.article}",
        f"詳細：{link}",
        "",
        "この連絡を受けた者：",
        *told,
        *_late(late, "本来は次の時刻に送るべき催促でした（日本時間）："),
        "",
        f"{deadline.label['en']} ({by_en}): {en}",
        "",
        f"Case: {incident.number}",
        f"Due: {due_en}",
        f"Rests on: {deadline.article}",
        f"Details: {link}",
        "",
        "Who was told:",
        *told,
        *_late(late, "This should have come at (Japanese time):"),
    ]
    return "\n".join(lines) + "\n"


def _late(instants: Sequence[datetime], words: str) -> list[str]:
    return ["", words, *(f"  {at.astimezone(TOKYO):%Y-%m-%d %H:%M}" for at in instants)] if instants else []


def _due(deadline: Deadline) -> tuple[str, str]:
    if deadline.due_on:
        return f"{plain(deadline.due_on)}（その日の24時まで）", f"{deadline.due_on} (until 24:00 in Japan)"
    return (
        f"{plain(deadline.due_at)}（日本時間）",
        f"{deadline.due_at.astimezone(TOKYO):%Y-%m-%d %H:%M}, Japanese time",
    )


def _standing(deadline: Deadline, now: datetime) -> tuple[str, str]:
    """Return how much time is left, or for how long nobody did what was due."""
    overdue = now >= deadline.due_at
    if deadline.due_on:
        days = abs((deadline.due_on - day_in_japan(now)).days)
        if days == 0:
            return ("徒過", "overdue") if overdue else ("本日が期限", "due today")
        ja, en = _days(days)
    elif overdue:
        ja, en = _length(now - deadline.due_at)
    else:
        # To the next full minute: what is told some seconds late still reads as it was meant.
        ja, en = _length(-((now - deadline.due_at) // _MINUTE) * _MINUTE)
    return (f"徒過 {ja}", f"overdue for {en}") if overdue else (f"期限まで{ja}", f"{en} left")


def _length(time: timedelta) -> tuple[str, str]:
    """Return a length of time in days from two days on, else in hours and minutes."""
    if time >= 2 * _DAY:
        return _days(time // _DAY)
    hours, minutes = time // _HOUR, time % _HOUR // _MINUTE
    ja, en = f"{hours}時間" if hours else "", f"{hours} h" if hours else ""
    if minutes or not hours:
        ja, en = f"{ja}{minutes}分", f"{en} {minutes} min".strip()
    return ja, en


def _days(days: int) -> tuple[str, str]:
    return f"{days}日", f"{days} day{'' if days == 1 else 's'}"
