"""Dates by law, written straight into the table: these tests are not about how they come to be."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CONTRACTOR, TOKYO
from incident_app.domain.work import Work


def end_of(day: date) -> datetime:
    """The last second of a day in Japan."""
    return datetime.combine(day, time(23, 59, 59), TOKYO).astimezone(UTC)


def a_date_by_law(work: Work, incident: Incident, party: str = CONTRACTOR, **changes: Any) -> Deadline:
    """確報 of a party, due on 4 January 2027; `changes` are columns."""
    said = {
        "name": "final_report",
        "label": {"ja": "確報", "en": "Final report"},
        "article": "個人情報の保護に関する法律第26条第1項、同法施行規則第8条第2項",
        "statutory": True,
        "rule": "jp-appi-2022/v1 final_report",
        "calendar": "JP v1",
        "counted_from": work.now - timedelta(hours=1),
        "because": [
            {"ja": "30日目は2026-12-29です。", "en": "Day 30 is 2026-12-29."},
            {"ja": "要確認：2027年の休日。", "en": "To be confirmed: the holidays of 2027."},
        ],
        "due_on": date(2027, 1, 4),
        "ladder": ["-7d@09:00", "+0h"],
        **changes,
    }
    said.setdefault("due_at", end_of(said["due_on"]))
    deadline = Deadline(**said, party=party)
    deadline.arm(work.now)
    incident.deadlines.append(deadline)
    work.session.flush()
    return deadline


def named(incident: Incident, name: str) -> Deadline:
    """The incident's deadline of that name."""
    return next(deadline for deadline in incident.deadlines if deadline.name == name)
