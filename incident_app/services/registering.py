"""Individuals written to the database, sealed, some thousands at a time."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, insert, select, text

from incident_app.domain.bulk import insert_rows
from incident_app.domain.individual import (
    HOLDS,
    REFERENCE,
    WHO,
    Hold,
    Individual,
    IndividualMark,
    Particulars,
    place_of,
)
from incident_app.domain.reference import code_of, fresh_start, next_number
from incident_app.domain.sealing import MARK, Seal
from incident_app.domain.work import Work

_ID = 8


@dataclass(slots=True)
class Register:
    """Takes the individuals of one list, in any number of transactions, and closes with their marks in order.

    A random index fills slowly once it is large; a sorted one does not.
    """

    incident_id: int
    list_id: int
    seal: Seal
    _number: int = field(default_factory=fresh_start)
    _marks: list[bytes] = field(default_factory=list)

    def put(self, work: Work, people: Sequence[tuple[Particulars, Iterable[str]]]) -> list[int]:
        """Write people with their holds; returns their row numbers."""
        rows: list[tuple[object, ...]] = []
        holds: list[tuple[int, str]] = []
        ids = reserved_ids(work, len(people))
        sealed = self.seal.seal_many(
            [particulars.to_bytes() for particulars, _ in people],
            [place_of(self.incident_id, row_id) for row_id in ids],
        )
        for row_id, (particulars, kinds), cipher in zip(ids, people, sealed, strict=True):
            self._number = next_number(self._number)
            has_email = particulars.email is not None
            rows.append((row_id, self.list_id, code_of(self._number), cipher, has_email, ""))
            reference, who = marks_of(self.seal, particulars)
            packed = row_id.to_bytes(_ID)
            self._marks += (reference + packed, who + packed)
            if kinds:
                holds += [(row_id, kind) for kind in HOLDS if kind in kinds]
        columns = ("id", "list_id", "code", "sealed", "has_email", "outcome")
        insert_rows(work.session, Individual, columns, rows)
        raise_holds(work, holds)
        return ids

    def close(self, work: Work) -> None:
        """Write the marks of all, sorted; the list is complete then."""
        self._marks.sort()
        columns = ("incident_id", "mark", "individual_id")
        marks = ((self.incident_id, both[:MARK], int.from_bytes(both[MARK:])) for both in self._marks)
        insert_rows(work.session, IndividualMark, columns, marks)
        self._marks.clear()


def raise_holds(work: Work, holds: Sequence[tuple[int, str]]) -> None:
    """Hold individuals (row number, kind) back, by what a list or the press said."""
    if holds:
        work.session.execute(
            insert(Hold),
            [{"individual_id": row, "kind": kind, "raised_at": work.now, "way": ""} for row, kind in holds],
        )


def marks_of(seal: Seal, particulars: Particulars) -> tuple[bytes, bytes]:
    """Return by what an individual is found: 宛名番号, and name with date of birth."""
    name, born = particulars.kana, particulars.birth_date
    # Kana were mended when they were read: nothing is left to be taken out but the space.
    bare = name.replace("\u3000", "") if name else bare_name(particulars.name)
    return seal.mark(REFERENCE, particulars.reference), seal.mark(WHO, f"{bare}\0{born or ''}")


def who_mark(seal: Seal, name: str, birth_date: date | None) -> bytes:
    """Return the mark of a name (kana where the list has them) and a date of birth, however they are spaced."""
    return seal.mark(WHO, f"{bare_name(name)}\0{birth_date or ''}")


def bare_name(name: str) -> str:
    """Return a name without what differs between two ways of writing it down: width and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def reserved_ids(work: Work, count: int) -> list[int]:
    """Return row numbers for new individuals: a seal is bound to its row, so the number comes first."""
    if work.session.get_bind().dialect.name == "sqlite":
        # The transaction holds the only write lock, so nobody else takes these.
        last = work.session.scalar(select(func.max(Individual.id))) or 0
        return list(range(last + 1, last + 1 + count))
    drawn = text("SELECT nextval('individual_id_seq') FROM generate_series(1, :count)")
    return list(work.session.scalars(drawn, {"count": count}))
