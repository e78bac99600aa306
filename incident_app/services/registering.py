"""Individuals written to the database, sealed, some thousands at a time."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, insert, select, text

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
        rows, holds, ids = [], [], reserved_ids(work, len(people))
        for row_id, (particulars, kinds) in zip(ids, people, strict=True):
            self._number = next_number(self._number)
            rows.append(
                {
                    "id": row_id,
                    "list_id": self.list_id,
                    "code": code_of(self._number),
                    "sealed": self.seal.seal(particulars.to_bytes(), place_of(self.incident_id, row_id)),
                    "has_email": particulars.email is not None,
                    "outcome": "",
                }
            )
            self._marks += (mark + row_id.to_bytes(_ID) for mark in marks_of(self.seal, particulars))
            holds += [
                {"individual_id": row_id, "kind": kind, "raised_at": work.now, "way": ""}
                for kind in HOLDS
                if kind in kinds
            ]
        if rows:
            work.session.execute(insert(Individual), rows)
        if holds:
            work.session.execute(insert(Hold), holds)
        return ids

    def close(self, work: Work) -> None:
        """Write the marks of all, sorted; the list is complete then."""
        self._marks.sort()
        for start in range(0, len(self._marks), 50_000):
            work.session.execute(
                insert(IndividualMark),
                [
                    {
                        "incident_id": self.incident_id,
                        "mark": both[:MARK],
                        "individual_id": int.from_bytes(both[MARK:]),
                    }
                    for both in self._marks[start : start + 50_000]
                ],
            )
        self._marks.clear()


def marks_of(seal: Seal, particulars: Particulars) -> tuple[bytes, bytes]:
    """Return by what an individual is found: 宛名番号, and name with date of birth."""
    return seal.mark(REFERENCE, particulars.reference), who_mark(
        seal, particulars.kana or particulars.name, str(particulars.birth_date or "")
    )


def who_mark(seal: Seal, name: str, birth_date: str) -> bytes:
    """Return the mark of a name (kana where the list has them) and a date of birth, however they are spaced."""
    bare = "".join(unicodedata.normalize("NFKC", name).split())
    return seal.mark(WHO, f"{bare}\0{birth_date}")


def reserved_ids(work: Work, count: int) -> list[int]:
    """Return row numbers for new individuals: a seal is bound to its row, so the number comes first."""
    if work.session.get_bind().dialect.name == "sqlite":
        # The transaction holds the only write lock, so nobody else takes these.
        last = work.session.scalar(select(func.max(Individual.id))) or 0
        return list(range(last + 1, last + 1 + count))
    drawn = text("SELECT nextval('individual_id_seq') FROM generate_series(1, :count)")
    return list(work.session.scalars(drawn, {"count": count}))
