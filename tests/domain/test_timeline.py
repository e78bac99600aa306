"""The record of a case: what was written stands, and what was changed is found."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, exc, update
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.parties import TOKYO
from incident_app.domain.timeline import Flaw, TimelineEntry, entries_of, head_of, record, verify
from tests.builders import a_bare_incident, a_document
from tests.cast import SUZUKI, TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.domain.tampering import alter, chain_anew, take_out, tampering

NUMBER = "I-2026-0001"
OTHER = "I-2026-0002"


def five_entries(work_of: WorkOf, number: str = NUMBER, printed: int | None = None) -> int:
    """Write five entries, as two people; the seal of the one at `printed` goes onto a document."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, number)
        for place in ("駅", "車内", "店"):
            record(work, incident, "incident_opened", place=place)
    with work_of(SUZUKI) as work:
        incident = work.session.get_one(Incident, incident.id)
        record(work, incident, "record_call", channel="phone")
        record(work, incident, "record_measure", happened_at=work.now - timedelta(hours=2))
        if printed:
            seals = {entry.position: entry.seal for entry in entries_of(work.session, incident.id)}
            a_document(work, incident, seals[printed])
    return incident.id


def flaws(sessions: sessionmaker[Session], incident_id: int) -> list[Flaw]:
    with sessions() as session:
        return verify(session, session.get_one(Incident, incident_id))


def entry_at(sessions: sessionmaker[Session], incident_id: int, position: int) -> TimelineEntry:
    with sessions() as session:
        return next(e for e in entries_of(session, incident_id) if e.position == position)


def test_an_untouched_record_is_whole(work_of: WorkOf, sessions: sessionmaker[Session]) -> None:
    """The auditor's question a year later has a plain answer."""
    assert flaws(sessions, five_entries(work_of, printed=3)) == []


def test_positions_count_from_one_for_each_incident(work_of: WorkOf, sessions: sessionmaker[Session]) -> None:
    """One client's record says nothing about how many cases the others have."""
    for number in (NUMBER, OTHER):
        incident_id = five_entries(work_of, number)
        with sessions() as session:
            assert [entry.position for entry in entries_of(session, incident_id)] == [1, 2, 3, 4, 5]


def test_an_entry_says_when_it_happened_and_when_it_was_written(work_of: WorkOf, clock: TestClock) -> None:
    """At two in the morning one acts first and writes afterwards; both times matter."""
    happened = datetime(2026, 11, 30, 1, 15, tzinfo=TOKYO)
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        record(work, incident, "record_measure", happened_at=happened, what="遠隔消去")
    with work_of(TANAKA) as work:
        entry = head_of(work.session, incident.id)
        assert entry is not None
        assert (entry.happened_at, entry.written_at) == (happened, clock.now)
        assert entry.facts == {"what": "遠隔消去"}
        assert verify(work.session, incident) == []


def test_nothing_has_happened_in_the_future(work_of: WorkOf) -> None:
    """A wrong date is refused beside its field, and leaves no line."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        with pytest.raises(BadInput) as refusal:
            record(work, incident, "record_measure", happened_at=work.now + timedelta(minutes=1))
        assert refusal.value.field == "happened_at"
        assert entries_of(work.session, incident.id) == []


ALTERED = {
    "position": 6,
    "event": "close_incident",
    "actor_id": None,
    "actor_name": "だれか",
    "happened_at": "2026-11-01 00:00:00.000000",
    "written_at": "2026-11-01 00:00:00.000000",
    "sealed_text": '{"tag":"incident-app/timeline/1"}',
    "seal": "f" * 64,
}


def test_no_column_is_forgotten() -> None:
    """A new column of the record must be sealed, too. The row's own number carries no meaning."""
    columns = set(TimelineEntry.__table__.columns.keys())
    assert columns - {"id", "incident_id"} == set(ALTERED)


@pytest.mark.parametrize("column", ALTERED)
def test_an_altered_column_is_found(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine, column: str
) -> None:
    """Whoever holds the database can take the guards off; the seals still tell, and say where."""
    for position in (1, 3, 5):
        number = f"{NUMBER}-{position}"
        incident_id = five_entries(work_of, number)
        altered = entry_at(sessions, incident_id, position)
        with tampering(engine) as connection:
            alter(connection, altered.id, column, ALTERED[column])

        first, *_ = flaws(sessions, incident_id)
        # An entry that calls itself the sixth is missed where it was, or stands where nothing should.
        at = {position + 1, 6} if column == "position" else {position}
        assert first.position in at
        assert first.incident == number


def test_an_entry_moved_to_another_case_is_found(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine
) -> None:
    """What was said in one client's case cannot be made to speak in another's."""
    here, there = five_entries(work_of), five_entries(work_of, OTHER)
    last = entry_at(sessions, here, 5)
    with tampering(engine) as connection:
        take_out(connection, there, 5)
        alter(connection, last.id, "incident_id", there)

    assert flaws(sessions, there) == [Flaw(OTHER, 5, "does not follow the entry before it")]


def test_entries_swapped_between_two_cases_are_found_in_both(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine
) -> None:
    """Even the first entries, which follow nothing, know their case."""
    here, there = five_entries(work_of), five_entries(work_of, OTHER)
    ours, theirs = (entry_at(sessions, incident_id, 1).id for incident_id in (here, there))
    with tampering(engine) as connection:
        alter(connection, ours, "position", 100)
        alter(connection, theirs, "incident_id", here)
        alter(connection, ours, "incident_id", there)
        alter(connection, ours, "position", 1)

    for incident_id, number in ((here, NUMBER), (there, OTHER)):
        first, *_ = flaws(sessions, incident_id)
        assert first == Flaw(number, 1, "column differs from the sealed text: incident")


@pytest.mark.parametrize("position", [1, 2, 4])
def test_an_entry_taken_out_is_missed_once(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine, position: int
) -> None:
    """One gap is one flaw: the reader must see what is gone, not a list of consequences."""
    incident_id = five_entries(work_of)
    with tampering(engine) as connection:
        take_out(connection, incident_id, position)

    assert flaws(sessions, incident_id) == [Flaw(NUMBER, position + 1, f"entry {position} is missing")]


def test_an_inserted_entry_is_found(work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine) -> None:
    """A line slipped in afterwards, with everything behind it moved down."""
    incident_id = five_entries(work_of)
    moved = [entry_at(sessions, incident_id, position) for position in (5, 4, 3)]
    with tampering(engine) as connection:
        for entry in moved:
            alter(connection, entry.id, "position", entry.position + 1)
    with engine.begin() as connection:  # the guards let a line in: only the seals tell
        columns = "incident_id, event, actor_id, actor_name, happened_at, written_at, sealed_text, seal"
        connection.exec_driver_sql(
            f"INSERT INTO timeline_entry (position, {columns})"  # noqa: S608 - the names above
            f" SELECT 3, {columns} FROM timeline_entry WHERE position = 2"
        )

    found = flaws(sessions, incident_id)
    assert found[0] == Flaw(NUMBER, 3, "does not follow the entry before it")


def test_a_record_sealed_anew_is_found_by_the_paper_that_the_client_holds(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine
) -> None:
    """Whoever rewrites the whole chain cannot rewrite what was printed on the first report."""
    incident_id = five_entries(work_of, printed=5)
    with tampering(engine) as connection:
        chain_anew(connection, incident_id, "車内", "自宅")

    assert flaws(sessions, incident_id) == [
        Flaw(NUMBER, 0, f"the seal printed on {NUMBER}-R1 is not in the record")
    ]


def test_a_tail_cut_off_is_found_by_the_paper_that_the_client_holds(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine
) -> None:
    """A chain without its end is still a chain; only the anchor outside tells."""
    incident_id = five_entries(work_of, printed=5)
    with tampering(engine) as connection:
        take_out(connection, incident_id, 5)

    assert flaws(sessions, incident_id) == [
        Flaw(NUMBER, 0, f"the seal printed on {NUMBER}-R1 is not in the record")
    ]


def test_one_entry_sealed_anew_no_longer_carries_the_next(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine
) -> None:
    """The seal of each entry lies in the next."""
    incident_id = five_entries(work_of)
    entry = entry_at(sessions, incident_id, 2)
    written = entry.sealed_text.replace("車内", "自宅")
    with tampering(engine) as connection:
        alter(connection, entry.id, "sealed_text", written)
        alter(connection, entry.id, "seal", digest_of(written))

    assert flaws(sessions, incident_id) == [Flaw(NUMBER, 3, "does not follow the entry before it")]


@pytest.mark.parametrize("text", ["", "[]", "7", "{", '{"facts":{}}'])
def test_a_sealed_text_that_says_nothing_is_a_flaw_and_no_crash(
    work_of: WorkOf, sessions: sessionmaker[Session], engine: Engine, text: str
) -> None:
    """Verification must end with a finding, above all when somebody wants it to end otherwise."""
    incident_id = five_entries(work_of)
    last = entry_at(sessions, incident_id, 5).id
    with tampering(engine) as connection:
        alter(connection, last, "sealed_text", text)
        alter(connection, last, "seal", digest_of(text))

    assert [flaw.position for flaw in flaws(sessions, incident_id)] == [5]


def test_the_program_itself_refuses_to_rewrite_an_entry(work_of: WorkOf) -> None:
    """A mistake in our code must not reach the guards of the database first."""
    incident_id = five_entries(work_of)
    with work_of(TANAKA) as work:
        entry = head_of(work.session, incident_id)
        assert entry is not None
        entry.event = "close_incident"
        with pytest.raises(RuntimeError, match="record a correction"):
            work.session.flush()
        work.session.refresh(entry)
        work.session.delete(entry)
        with pytest.raises(RuntimeError, match="record a correction"):
            work.session.flush()
        work.session.rollback()


@pytest.mark.parametrize("act", [update(TimelineEntry).values(event="x"), delete(TimelineEntry)])
def test_a_bulk_change_is_refused_by_the_database(work_of: WorkOf, act: Any) -> None:
    """It passes by the program's own check; the guards stand behind it."""
    five_entries(work_of)
    with pytest.raises(exc.IntegrityError, match="only ever added to"), work_of(TANAKA) as work:
        work.session.execute(act)


def digest_of(text: str) -> str:
    """The seal as an auditor would compute it, with nothing of ours."""
    return hashlib.sha256(text.encode()).hexdigest()
