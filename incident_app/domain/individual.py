"""本人: the individuals whose personal information is concerned, as their list names them."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incident_app.domain.base import Model


class AffectedList(Model):
    """One imported file: its digest and what was found in it, without a personal word."""

    __tablename__ = "affected_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    sha256: Mapped[str]
    rows: Mapped[int]
    persons: Mapped[int]
    rejected: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Individual(Model):
    """One affected individual: one person, one letter, all of that person's items."""

    __tablename__ = "individual"
    __table_args__ = (
        UniqueConstraint("incident_id", "source_key"),
        UniqueConstraint("code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    list_id: Mapped[int] = mapped_column(ForeignKey("affected_list.id"))
    source_key: Mapped[str]
    """宛名番号, by which the same person is recognised in a second list."""
    code: Mapped[str]
    """整理番号: random, printed on the notice, says nothing about the person."""
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[date | None]
    postal_code: Mapped[str] = mapped_column(default="")
    address_lines: Mapped[list[str]]
    email: Mapped[str | None]
    guardian: Mapped[str | None]
    items: Mapped[list[str]]
    holds: Mapped[list[str]]
    """Why no letter may go out by itself: no_address, deceased, gaiji, zip_missing …"""
    organisation: Mapped[bool] = mapped_column(default=False)
