"""Is this letter genuine? Leaks are followed by forged letters, so everybody may ask, by the number that is printed.

The answer says that a notice was issued, when, in whose name, and where to telephone. It says nothing about a person,
and the same for a number that never was, is not sent yet, was stopped, or whose data was destroyed.
"""

import hmac
import ipaddress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select

from incident_app.domain.enquiry import GenuineTry
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.individual import AffectedList, Individual
from incident_app.domain.notice import POSTED, PRINTED, RETURNED, SENT, Delivery, Notice, PrintRun
from incident_app.domain.parties import day_in_japan
from incident_app.domain.reference import read_code
from incident_app.domain.work import Work
from incident_app.services.letters import sender_of

ISSUED = (SENT, PRINTED, POSTED, RETURNED)
"""A delivery in one of these has left, or is about to leave, with the number on it."""
MOST_OF_ONE, MOST_OF_ALL = 20, 300
"""Questions within a minute: from one address, from everywhere."""
_ONE_NETWORK = 64
"""Bits of an IPv6 address that a household or an office keeps."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What may be said about a genuine notice."""

    on: date
    in_whose_name: str
    desk_phone: str


def issued_with(work: Work, number: str) -> Issued | None:
    """Return what was issued with a number as somebody typed or scanned it; None for every other one."""
    # One and the same question for whatever was typed, so that no number is answered faster than another.
    notices = (
        select(Notice, PrintRun.printed_at, Delivery.changed_at)
        .join(AffectedList, AffectedList.incident_id == Notice.incident_id)
        .join(Individual, Individual.list_id == AffectedList.id)
        .join(Delivery, (Delivery.notice_id == Notice.id) & (Delivery.individual_id == Individual.id))
        .join(IncidentKey, IncidentKey.incident_id == Notice.incident_id)
        .outerjoin(PrintRun, PrintRun.id == Delivery.print_run_id)
        .where(
            Individual.code == (read_code(number) or ""),
            Delivery.state.in_(ISSUED),
            IncidentKey.wrapped.is_not(None),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    found = work.session.execute(notices).first()
    if found is None:
        return None
    notice, printed_at, changed_at = found
    incident = work.session.get_one(Incident, notice.incident_id)
    return Issued(
        day_in_japan(printed_at or changed_at),
        sender_of(incident, notice),
        notice.values.get("desk_phone", ""),
    )


def asked_too_often(work: Work, address: str, secret: str) -> bool:
    """Tell whether this address, or everybody together, has asked as often as a minute allows."""
    minute = _minute(work.now)
    counted = select(func.count()).where(GenuineTry.minute == minute)
    if (work.session.scalar(counted) or 0) >= MOST_OF_ALL:
        return True
    own = counted.where(GenuineTry.mark == _mark(address, minute, secret))
    return (work.session.scalar(own) or 0) >= MOST_OF_ONE


def note_question(work: Work, address: str, secret: str) -> None:
    """Count one question, and forget those of earlier minutes."""
    minute = _minute(work.now)
    work.session.execute(delete(GenuineTry).where(GenuineTry.minute < minute))
    work.session.add(GenuineTry(minute=minute, mark=_mark(address, minute, secret)))


def _minute(now: datetime) -> datetime:
    return now - timedelta(seconds=now.second, microseconds=now.microsecond)


def _mark(address: str, minute: datetime, secret: str) -> bytes:
    said = f"genuine\0{minute.isoformat()}\0{_network(address)}"
    return hmac.digest(secret.encode(), said.encode(), "sha256")[:16]


def _network(address: str) -> str:
    """Return whom an address counts for; in IPv6 one asker has more addresses than anybody can count."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 - the protocol's own number
        return address
    return str(ipaddress.ip_network((found, _ONE_NETWORK), strict=False))
