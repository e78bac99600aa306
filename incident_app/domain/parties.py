"""甲 and 乙, their contract, and who holds which role on it from when to when (Articles 8, 9)."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from incident_app.domain.base import Model

TOKYO = ZoneInfo("Asia/Tokyo")

RESPONSIBLE_PERSON = "responsible_person"
WORKER = "worker"
CLIENT_OFFICER = "client_officer"
AUDITOR = "auditor"
ROLES = (RESPONSIBLE_PERSON, WORKER, CLIENT_OFFICER, AUDITOR)
CONTRACTOR_ROLES = frozenset({RESPONSIBLE_PERSON, WORKER})
CONTRACTOR, CLIENT = PARTIES = ("contractor", "client")
"""乙 and 甲."""
ROLES_OF: dict[str, tuple[str, ...]] = {CONTRACTOR: (RESPONSIBLE_PERSON, WORKER), CLIENT: (CLIENT_OFFICER,)}
"""Who acts for a party, those who answer for it first."""


class Organisation(Model):
    """A public body (甲) or a company (乙)."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    representative: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")


class Contract(Model):
    """The contract whose annex carries Article 16, with the hours that the parties agreed on."""

    __tablename__ = "contract"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    client_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    contractor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    client_department: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    second_person: Mapped[bool] = mapped_column(default=True)
    """A notice needs the approval of somebody else than its drafter."""
    agreed_hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """速やかに has no number in Article 16: the parties' own hours, by the deadline's name in the workflow."""

    client: Mapped[Organisation] = relationship(foreign_keys=client_id)
    contractor: Mapped[Organisation] = relationship(foreign_keys=contractor_id)

    def has_ended(self, now: datetime) -> bool:
        """Article 2: secrecy outlives the contract, so an ended one is marked and never refused."""
        return day_in_japan(now) > self.ends_on


class Person(Model):
    """Somebody with an account. What they may do hangs on their roles alone."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str]
    password_hash: Mapped[str]
    administrator: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[time | None]
    """From then to `quiet_until`, in Japanese time, reminders wait, unless a statutory date is overdue."""
    quiet_until: Mapped[time | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    organisation: Mapped[Organisation | None] = relationship()


class RoleHolding(Model):
    """A role held by a person on a contract, from a day to a day (None: until further notice)."""

    __tablename__ = "role_holding"
    __table_args__ = (UniqueConstraint("person_id", "contract_id", "role", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    role: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    contract: Mapped[Contract] = relationship()


class CallTreePlace(Model):
    """One place in the call tree (連絡網) of a party on a contract: the first is told first, the next when a date is missed."""

    __tablename__ = "call_tree_place"
    __table_args__ = (
        UniqueConstraint("contract_id", "party", "place"),
        UniqueConstraint("contract_id", "party", "person_id"),
        CheckConstraint("party IN ('contractor','client')", name="party"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    party: Mapped[str]
    place: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship()


class CalendarFeed(Model):
    """A person's calendar address. Only the digest of its token is kept; a revoked one is gone for good."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def day_in_japan(instant: datetime) -> date:
    """Return the calendar day in Asia/Tokyo, by which roles and statutory days count."""
    return instant.astimezone(TOKYO).date()


def roles_on(session: Session, person_id: int | None, contract_id: int, now: datetime) -> frozenset[str]:
    """Return the roles that a person holds on a contract at this instant."""
    today = day_in_japan(now)
    held = select(RoleHolding.role).where(
        RoleHolding.person_id == person_id,
        RoleHolding.contract_id == contract_id,
        *in_force(today),
    )
    return frozenset(session.scalars(held))


def party_of(roles: frozenset[str]) -> str | None:
    """Return the party for which somebody with these roles speaks; an auditor reads for 甲."""
    if roles & CONTRACTOR_ROLES:
        return CONTRACTOR
    return CLIENT if roles & {CLIENT_OFFICER, AUDITOR} else None


def people_in(session: Session, contract_id: int, role: str, now: datetime) -> list[Person]:
    """Return the active people who hold a role on a contract at this instant, by login."""
    held = (
        select(Person)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(
            RoleHolding.contract_id == contract_id,
            RoleHolding.role == role,
            Person.active,
        )
        .where(*in_force(day_in_japan(now)))
        .order_by(Person.login)
    )
    return list(session.scalars(held).unique())


def in_force(today: date) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a RoleHolding counts on a day."""
    return (
        RoleHolding.from_on <= today,
        (RoleHolding.until_on.is_(None)) | (RoleHolding.until_on >= today),
    )
