"""Individuals written to the database, sealed, some thousands at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from struct import iter_unpack

from sqlalchemy import func, select, text

from incident_app.domain.bulk import as_stored, insert_rows
from incident_app.domain.individual import (
    HOLDS,
    REFERENCE,
    WHO,
    Hold,
    Individual,
    IndividualMark,
    Particulars,
    bare_name,
    found_by,
    place_of,
)
from incident_app.domain.reference import fresh_codes
from incident_app.domain.sealing import MARK, Seal
from incident_app.domain.work import Work

_ID = 4
"""Bytes of a row number: PostgreSQL gives its columns no more."""
_HEAPS = 256


@dataclass(slots=True)
class Register:
    """Takes the individuals of one list, in any number of transactions, and closes with their marks in order.

    A random index fills slowly once it is large; a sorted one does not.
    """

    incident_id: int
    list_id: int
    seal: Seal
    _codes: Iterator[str] = field(default_factory=fresh_codes)
    _marks: list[bytearray] = field(default_factory=lambda: [bytearray() for _ in range(_HEAPS)])
    """Mark and row number, packed, by the first byte of the mark."""

    def put(self, work: Work, people: Iterable[tuple[Particulars, Iterable[str]]]) -> list[int]:
        """Write people with their holds; returns their row numbers."""
        return self.put_plain(work, [(particulars.to_bytes(), kinds) for particulars, kinds in people])

    def put_plain(self, work: Work, people: Sequence[tuple[bytes, Iterable[str]]]) -> list[int]:
        """Write people as Particulars.to_bytes gives them, with their holds; returns their row numbers."""
        ids = reserved_ids(work, len(people))
        plains = [plain for plain, _ in people]
        sealed = self.seal.seal_many(plains, [place_of(self.incident_id, row_id) for row_id in ids])
        found = [found_by(plain) for plain in plains]
        columns = ("id", "list_id", "code", "sealed", "has_email", "outcome")
        rows = (
            (row_id, self.list_id, code, cipher, email != b"", "")
            for row_id, cipher, (_, _, email), code in zip(ids, sealed, found, self._codes, strict=False)
        )
        insert_rows(work.session, Individual, columns, rows)
        self._mark(REFERENCE, ids, [reference for reference, _, _ in found])
        self._mark(WHO, ids, [who for _, who, _ in found])
        held = [(row, kinds) for row, (_, kinds) in zip(ids, people, strict=True) if kinds]
        raise_holds(work, [(row, kind) for row, kinds in held for kind in HOLDS if kind in kinds])
        return ids

    def close(self, work: Work) -> None:
        """Write the marks of all, sorted; the list is complete then."""
        columns = ("incident_id", "mark", "individual_id")
        insert_rows(work.session, IndividualMark, columns, self._sorted_marks())

    def _mark(self, kind: str, ids: Iterable[int], values: Iterable[bytes]) -> None:
        marks = self._marks
        for row_id, mark in zip(ids, self.seal.mark_many(kind, values), strict=True):
            marks[mark[0]] += mark + row_id.to_bytes(_ID)

    def _sorted_marks(self) -> Iterator[tuple[int, bytes, int]]:
        for heap in self._marks:
            for mark, row_id in sorted(iter_unpack(f">{MARK}sI", heap)):
                yield self.incident_id, mark, row_id
            heap.clear()


def raise_holds(work: Work, holds: Sequence[tuple[int, str]]) -> None:
    """Hold individuals (row number, kind) back, by what a list or the press said."""
    raised_at = as_stored(work.session, Hold.raised_at, work.now)
    columns = ("individual_id", "kind", "raised_at", "way")
    insert_rows(work.session, Hold, columns, [(row, kind, raised_at, "") for row, kind in holds])


def marks_of(seal: Seal, particulars: Particulars) -> tuple[bytes, bytes]:
    """Return by what an individual is found: 宛名番号, and name with date of birth."""
    reference, who, _ = found_by(particulars.to_bytes())
    return seal.mark_many(REFERENCE, [reference])[0], seal.mark_many(WHO, [who])[0]


def who_mark(seal: Seal, name: str, birth_date: date | None) -> bytes:
    """Return the mark of a name (kana where the list has them) and a date of birth, however they are spaced."""
    return seal.mark(WHO, f"{bare_name(name)}\0{birth_date or ''}")


def reserved_ids(work: Work, count: int) -> list[int]:
    """Return row numbers for new individuals: a seal is bound to its row, so the number comes first."""
    if work.session.get_bind().dialect.name == "sqlite":
        # The transaction holds the only write lock, so nobody else takes these.
        last = work.session.scalar(select(func.max(Individual.id))) or 0
        return list(range(last + 1, last + 1 + count))
    drawn = text("SELECT nextval('individual_id_seq') FROM generate_series(1, :count)")
    return list(work.session.scalars(drawn, {"count": count}))
