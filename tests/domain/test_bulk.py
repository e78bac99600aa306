"""Rows written past the ORM are the rows that it would have written."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain import bulk
from incident_app.domain.bulk import as_stored, insert_rows
from incident_app.domain.individual import Hold, IndividualMark
from tests.builders import a_bare_incident, an_individual
from tests.cast import TANAKA
from tests.conftest import WorkOf

COLUMNS = ("incident_id", "mark", "individual_id")


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 97])
def test_every_row_is_written_once(
    monkeypatch: pytest.MonkeyPatch, sessions: sessionmaker[Session], count: int
) -> None:
    """Many rows go in one statement, and many statements in one go: none may be lost where one ends."""
    monkeypatch.setattr(bulk, "_STATEMENTS", 2)
    rows = [(7, number.to_bytes(16), number) for number in range(count)]

    with sessions.begin() as session:
        insert_rows(session, IndividualMark, COLUMNS, iter(rows))

    with sessions() as session:
        kept = select(IndividualMark.incident_id, IndividualMark.mark, IndividualMark.individual_id)
        assert [tuple(row) for row in session.execute(kept.order_by(IndividualMark.mark))] == rows


def test_an_instant_is_kept_as_all_others_are(work_of: WorkOf) -> None:
    """Else a list that is sorted by time, or asked for one instant, would leave some out."""
    at = datetime(2026, 11, 30, 1, 2, 3, 456_789, tzinfo=UTC)
    with work_of(TANAKA) as work:
        individual = an_individual(work, a_bare_incident(work))
        work.session.add(Hold(individual_id=individual.id, kind="gaiji", raised_at=at, way=""))
        work.session.flush()
        raised_at = as_stored(work.session, Hold.raised_at, at)
        columns = ("individual_id", "kind", "raised_at", "way")
        insert_rows(work.session, Hold, columns, [(individual.id, "deceased", raised_at, "")])

        same = select(func.count()).where(Hold.raised_at == at)
        assert work.session.scalar(same) == 2
        assert as_stored(work.session, Hold.settled_at, None) is None


def test_a_column_that_is_none_is_refused(sessions: sessionmaker[Session]) -> None:
    """Names go into a statement, so they are the table's own or none."""
    with sessions() as session, pytest.raises(KeyError):
        insert_rows(session, IndividualMark, ("mark) VALUES (1); --",), [])
