"""本人: the individuals whose personal information is concerned, as their list names them.

What says who somebody is lies sealed in one column; the plain ones hold numbers and states alone.
"""

import unicodedata
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.sealing import Seal

REFERENCE, WHO = "reference", "who"
"""What an individual is found by: 宛名番号; name and date of birth."""

PROTECTED, DECEASED, NO_ADDRESS, ZIP_MISSING = "protected", "deceased", "no_address", "zip_missing"
GAIJI, FORMULA, TOO_LONG = "gaiji", "formula", "too_long"
DO_NOT_CONTACT, MAYBE_SAME = "do_not_contact", "maybe_same"
HOLDS = (PROTECTED, DECEASED, DO_NOT_CONTACT, MAYBE_SAME, GAIJI, FORMULA, TOO_LONG, NO_ADDRESS, ZIP_MISSING)
"""Why nothing goes out to somebody by itself, the gravest first."""
LETTER_HOLDS = HOLDS
EMAIL_HOLDS = (PROTECTED, DECEASED, DO_NOT_CONTACT, MAYBE_SAME, GAIJI, FORMULA)

TOLD_BY_CLIENT, NOT_TO_BE_TOLD = OUTCOMES = ("told_by_client", "not_to_be_told")
"""甲 told a protected person itself; 甲 decided that nobody is told, for one who died or asked for it."""

_COLUMN, _PART = "\x1f", "\x1e"
"""Between columns, and between the parts of one: ASCII's own separators of units and records."""
_COLUMNS = 12
_WIDE_SPACE = "\u3000".encode()


class Particulars(NamedTuple):
    """Who an individual is. Shows no content in logs and tracebacks."""

    reference: str
    name: str
    """As the list writes it, character by character."""
    kana: str
    birth_date: date | None
    postal_code: str
    """NNN-NNNN, or empty."""
    address_lines: tuple[str, ...]
    phone: str
    email: str | None
    items: tuple[str, ...]
    """What leaked of this person, over all of this person's rows."""
    guardian: str | None
    """保護者, to whom a minor's letter goes."""
    organisation: bool
    printed_name: str = ""
    """How a person decided that the name is printed, where the list's own form cannot be; else empty."""

    def __repr__(self) -> str:
        return "Particulars(…)"

    def to_bytes(self) -> bytes:
        """Return the columns in their order, as they are sealed."""
        values = (
            self.reference,
            self.name,
            self.kana,
            self.birth_date.isoformat() if self.birth_date else "",
            self.postal_code,
            _PART.join(self.address_lines),
            self.phone,
            self.email or "",
            _PART.join(self.items),
            self.guardian or "",
            "1" if self.organisation else "",
            self.printed_name,
        )
        text = _COLUMN.join(values)
        if text.count(_COLUMN) != _COLUMNS - 1:
            # Only rubbish in a cell; such a row is held, for 〓 says that a sign is lost.
            text = _COLUMN.join(value.replace(_COLUMN, "〓") for value in values)
        return text.encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Particulars":
        """Read what to_bytes wrote."""
        columns = data.decode().split(_COLUMN)
        reference, name, kana, born, postal_code, lines, phone, email, items, guardian, firm, printed = (
            columns
        )
        return cls(
            reference,
            name,
            kana,
            date.fromisoformat(born) if born else None,
            postal_code,
            tuple(lines.split(_PART)) if lines else (),
            phone,
            email or None,
            tuple(items.split(_PART)) if items else (),
            guardian or None,
            bool(firm),
            printed,
        )

    @property
    def name_on_paper(self) -> str:
        """The name as it is printed."""
        return self.printed_name or self.name


class AffectedList(Model):
    """One file: its digest and what was found in it, without a personal word.

    Until `imported_at` its rows are staged: nobody sees or writes to its individuals.
    """

    __tablename__ = "affected_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    sha256: Mapped[str]
    """Digest of the file as it came; the file itself lies sealed beside the database."""
    received_at: Mapped[datetime]
    columns: Mapped[dict[str, Any]]
    """What somebody corrected: field to position of its column, or None for "not in this file"."""
    rows: Mapped[int] = mapped_column(default=0)
    persons: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    faults: Mapped[dict[str, Any]]
    """How many rows show each code; empty until the file was read to its end."""
    report: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, default=b"")
    """What was remarkable, a line each: line of the file, tab, codes with spaces between."""
    importing_at: Mapped[datetime | None]
    """When an import last wrote; long after, that one is gone and somebody may begin anew."""
    imported_at: Mapped[datetime | None]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Individual(Model):
    """One affected individual: one person, one letter, all of that person's items."""

    __tablename__ = "individual"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("affected_list.id"), index=True)
    code: Mapped[str] = mapped_column(unique=True)
    """整理番号: printed on the notice, says nothing about the person."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The Particulars."""
    has_email: Mapped[bool]
    outcome: Mapped[str] = mapped_column(default="")
    """How somebody is done with to whom nothing of ours goes: OUTCOMES; empty for all others."""

    listed_in: Mapped[AffectedList] = relationship()
    holds: Mapped[list["Hold"]] = relationship(order_by="Hold.id")

    def particulars(self, seal: Seal) -> Particulars:
        """Open the seal. Raises SealBroken."""
        return open_particulars(seal, self.listed_in.incident_id, self.id, self.sealed)

    def rewrite(self, seal: Seal, particulars: Particulars) -> None:
        """Seal other particulars in place of those that stand."""
        self.sealed = seal.seal(particulars.to_bytes(), place_of(self.listed_in.incident_id, self.id))
        self.has_email = particulars.email is not None


class IndividualMark(Model):
    """By which keyed hash an individual is found; says nothing without the incident's key."""

    __tablename__ = "individual_mark"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own form

    incident_id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    individual_id: Mapped[int] = mapped_column(primary_key=True)
    """No foreign key: checking a million of them costs more than writing them, and `reconcile` looks."""


class Hold(Model):
    """A reason why nothing goes out to an individual by itself, and how somebody settled it."""

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_individual_id", "individual_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    individual_id: Mapped[int] = mapped_column(ForeignKey("individual.id"))
    kind: Mapped[str]
    raised_at: Mapped[datetime]
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None: the list said so."""
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    way: Mapped[str] = mapped_column(default="")
    """How it was settled; see services/holding.py."""


def found_by(plain: bytes) -> tuple[bytes, bytes, bytes]:
    """Return by what somebody is found, from what is sealed: 宛名番号; name (kana where the list has them) and date of
    birth with a NUL between; and the e-mail address. Taken apart as bytes, a million times.
    """
    reference, name, kana, born, _, _, _, email, _ = plain.split(b"\x1f", 8)
    # Kana were mended when they were read: nothing is left to be taken out but the space.
    bare = kana.replace(_WIDE_SPACE, b"") or bare_name(name.decode()).encode()
    return reference, b"%b\0%b" % (bare, born), email


def bare_name(name: str) -> str:
    """Return a name without what differs between two ways of writing it down: width and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def place_of(incident_id: int, individual_id: int) -> bytes:
    """Return what the seal of one row is bound to: table, incident, row and column set."""
    return b"individual|%d|%d|v1" % (incident_id, individual_id)


def open_particulars(seal: Seal, incident_id: int, individual_id: int, sealed: bytes) -> Particulars:
    """Return who a row speaks of. Raises SealBroken."""
    return Particulars.from_bytes(seal.open(sealed, place_of(incident_id, individual_id)))


def on_record(incident_id: int) -> ColumnElement[bool]:
    """Return the condition that an individual belongs to an incident and its list was imported whole."""
    lists = select(AffectedList.id).where(
        AffectedList.incident_id == incident_id, AffectedList.imported_at.is_not(None)
    )
    return Individual.list_id.in_(lists)


def find_by_mark(session: Session, incident_id: int, mark: bytes) -> list[Individual]:
    """Return the individuals on record that a mark stands for."""
    found = select(Individual).join(IndividualMark, IndividualMark.individual_id == Individual.id)
    return list(
        session.scalars(
            found.where(
                IndividualMark.incident_id == incident_id,
                IndividualMark.mark == mark,
                on_record(incident_id),
            ).order_by(Individual.id)
        )
    )
