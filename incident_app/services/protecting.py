"""支援措置: 甲's officer names the protected people; nothing of ours goes to them, and nobody of 乙 can lift it."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select

from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import PROTECTED, REFERENCE, Hold, Individual, IndividualMark, on_record
from incident_app.domain.notice import Delivery
from incident_app.domain.reference import read_code
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.services.holding import refuse_all_but_officers
from incident_app.services.stopping import stop_unsent

MOST_NUMBERS = 20_000
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Flagged:
    """What came of the officer's numbers."""

    found: int
    already: int
    """Of those found, who was protected before."""
    stopped: int
    """Deliveries that had not gone out."""
    missing: Sequence[str] = field(repr=False)
    """Numbers that nobody on record has; for the eyes of the officer who typed them, and kept nowhere."""


def flag_protected(work: Work, incident: Incident, numbers: str) -> Flagged:
    """Protect the people whose 宛名番号 or 整理番号 stand here, one on a line, and stop what has not gone out."""
    refuse_all_but_officers(work, incident)
    typed = list(dict.fromkeys(filter(None, (_plain(line) for line in numbers.splitlines()))))
    if not typed:
        raise BadInput("numbers", "番号を一行に一つずつ入力してください。", "Enter numbers, one on a line.")
    if len(typed) > MOST_NUMBERS:
        raise BadInput(
            "numbers", f"一度に{MOST_NUMBERS:,}件までです。", f"At most {MOST_NUMBERS:,} numbers at once."
        )
    found = _found(work, incident, typed)
    ids = {row_id for rows in found.values() for row_id in rows}
    fresh = sorted(ids - set(_protected_already(work, incident)))
    if fresh:
        work.session.execute(insert(Hold), [_hold(work, row_id) for row_id in fresh])
        work.session.expire_all()
    held = select(Hold.individual_id).where(Hold.kind == PROTECTED, Hold.settled_at.is_(None))
    stopped = stop_unsent(work, incident, Delivery.individual_id.in_(held))
    missing = [number for number in typed if number not in found]
    record(work, incident, "protected_flagged", found=len(ids), newly=len(fresh), missing=len(missing))
    return Flagged(len(ids), len(ids) - len(fresh), stopped, missing)


def _plain(line: str) -> str:
    return unicodedata.normalize("NFKC", line).strip()


def _hold(work: Work, row_id: int) -> dict[str, object]:
    return {
        "individual_id": row_id,
        "kind": PROTECTED,
        "raised_at": work.now,
        "raised_by_id": work.actor.person_id,
        "way": "",
    }


def _found(work: Work, incident: Incident, typed: Sequence[str]) -> dict[str, set[int]]:
    """Return the row numbers behind each number that somebody on record has."""
    seal = seal_of(work.session, incident.id)
    found: dict[str, set[int]] = {}
    for chunk in _chunks(typed):
        marks = {seal.mark(REFERENCE, number): number for number in chunk}
        codes = {code: number for number in chunk if (code := read_code(number))}
        by_mark = (
            select(IndividualMark.mark, Individual.id)
            .join(Individual, IndividualMark.individual_id == Individual.id)
            .where(
                IndividualMark.incident_id == incident.id,
                IndividualMark.mark.in_(marks),
                on_record(incident.id),
            )
        )
        by_code = select(Individual.code, Individual.id).where(
            Individual.code.in_(codes), on_record(incident.id)
        )
        for mark, row_id in work.session.execute(by_mark):
            found.setdefault(marks[mark], set()).add(row_id)
        for code, row_id in work.session.execute(by_code):
            found.setdefault(codes[code], set()).add(row_id)
    return found


def _protected_already(work: Work, incident: Incident) -> Iterator[int]:
    rows = (
        select(Hold.individual_id)
        .join(Individual, Hold.individual_id == Individual.id)
        .where(Hold.kind == PROTECTED, Hold.settled_at.is_(None), on_record(incident.id))
    )
    yield from work.session.scalars(rows)


def _chunks(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]
