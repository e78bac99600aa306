"""Many people write at the same moment; the record stays one line."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.containment import ContainmentMeasure
from incident_app.domain.incident import Incident
from incident_app.domain.timeline import entries_of, record, verify
from tests.builders import a_bare_incident
from tests.cast import SUZUKI, TANAKA
from tests.conftest import WorkOf, only_on_postgresql

WRITERS = 8


def test_eight_who_write_at_once_get_eight_positions(
    work_of: WorkOf, sessions: sessionmaker[Session]
) -> None:
    """During an incident everybody writes; nobody may lose a line or break the chain."""
    with work_of(TANAKA) as work:
        incident_id = a_bare_incident(work).id
    start = Barrier(WRITERS)

    def write(writer: int) -> None:
        start.wait(timeout=30)
        for line in range(3):
            with work_of(SUZUKI) as work:
                incident = work.session.get_one(Incident, incident_id)
                record(work, incident, "record_fact", writer=writer, line=line)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))

    with sessions() as session:
        entries = entries_of(session, incident_id)
        assert [entry.position for entry in entries] == list(range(1, 3 * WRITERS + 1))
        assert {(e.facts["writer"], e.facts["line"]) for e in entries} == {
            (writer, line) for writer in range(WRITERS) for line in range(3)
        }
        assert verify(session, session.get_one(Incident, incident_id)) == []


@only_on_postgresql
def test_two_who_wrote_other_rows_first_do_not_block_each_other(work_of: WorkOf) -> None:
    """A row that names the incident holds its key; the record's lock must not wait for that."""
    with work_of(TANAKA) as work:
        incident_id = a_bare_incident(work).id
    both_wrote = Barrier(2)

    def write(writer: int) -> int:
        with work_of(SUZUKI) as work:
            incident = work.session.get_one(Incident, incident_id)
            incident.measures.append(
                ContainmentMeasure(text="遮断", taken_at=work.now, taken_by="鈴木", recorded_at=work.now)
            )
            work.session.flush()
            both_wrote.wait(timeout=30)
            return record(work, incident, "record_measure", writer=writer).position

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, range(2))) == [1, 2]
