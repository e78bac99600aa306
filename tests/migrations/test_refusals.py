"""What the database itself refuses, whoever asks and by whatever way: raw SQL, on both databases."""

import pytest
from sqlalchemy import Engine, exc, insert, text
from sqlalchemy.orm import Session

from incident_app.domain.base import Model
from incident_app.domain.incident import Fact
from incident_app.domain.notice import Delivery, Posting
from incident_app.domain.publication import Publication
from incident_app.domain.timeline import record
from tests.builders import a_bare_incident, a_consultation, a_document, a_notice, an_individual, an_item
from tests.cast import TANAKA
from tests.conftest import WorkOf, only_on_postgresql

COUNT = "SELECT count(*) FROM {}"
OVERWRITE = {
    "sqlite": "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
    "postgresql": "INSERT INTO {0} SELECT * FROM {0} ON CONFLICT (id) DO UPDATE SET id = 100",
}
ADDED_TO = pytest.mark.parametrize("table", ["timeline_entry", "fact"])


@pytest.fixture
def written(work_of: WorkOf) -> None:
    """One entry in the record and one fact."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        record(work, incident, "incident_opened")
        incident.facts.append(Fact(name="place", state="known", text="架空駅", as_of=work.now))


@ADDED_TO
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id + 100", "DELETE FROM {}"])
def test_what_is_only_added_to_can_be_neither_changed_nor_taken_out(
    engine: Engine, written: None, table: str, act: str
) -> None:
    """Not even by somebody who holds the database and knows no Python."""
    with engine.connect() as connection:
        with pytest.raises(exc.IntegrityError, match="only ever added to"):
            connection.exec_driver_sql(act.format(table))
        connection.rollback()
        assert connection.exec_driver_sql(COUNT.format(table)).scalar() == 1


@ADDED_TO
def test_an_entry_cannot_be_replaced_by_writing_over_it(engine: Engine, written: None, table: str) -> None:
    """SQLite's REPLACE deletes first, and PostgreSQL's ON CONFLICT updates: both are changes."""
    with engine.connect() as connection, pytest.raises(exc.IntegrityError, match="only ever added to"):
        connection.exec_driver_sql(OVERWRITE[engine.dialect.name].format(table))


@only_on_postgresql
@ADDED_TO
def test_a_table_that_is_only_added_to_cannot_be_emptied(engine: Engine, written: None, table: str) -> None:
    """TRUNCATE passes by the guards of rows."""
    with engine.connect() as connection, pytest.raises(exc.IntegrityError, match="only ever added to"):
        connection.exec_driver_sql(f"TRUNCATE {table} CASCADE")


def assert_needed(session: Session, model: type[Model], said: dict[str, object], missing: str) -> None:
    """Write a row in full, which goes through, then once more without one thing."""
    with session.begin_nested() as trial:
        session.execute(insert(model).values(said))
        trial.rollback()
    with pytest.raises(exc.IntegrityError, match=missing), session.begin_nested():
        session.execute(insert(model).values({**said, missing: None}))


def test_no_delivery_exists_without_the_item_that_orders_it(work_of: WorkOf) -> None:
    """甲の指示により: a notice that nobody ordered cannot even be written down."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        said = {
            "incident_id": incident.id,
            "notice_id": a_notice(work, incident).id,
            "individual_id": an_individual(work, incident).id,
            "item_id": an_item(work, incident).id,
            "channel": "letter",
            "state": "queued",
            "changed_at": work.now,
        }
        assert_needed(work.session, Delivery, said, "item_id")


def test_no_posting_exists_without_the_item_that_orders_it(work_of: WorkOf) -> None:
    """The substitute notice waits for 甲's instruction as the letter does."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        said = {
            "notice_id": a_notice(work, incident, kind="substitute_notice").id,
            "item_id": an_item(work, incident, kind="substitute_notice").id,
            "document_id": a_document(work, incident, "0" * 64).id,
            "place": "公式サイト",
            "from_on": work.now.date(),
            "posted_at": work.now,
        }
        assert_needed(work.session, Posting, said, "item_id")


@pytest.mark.parametrize("reason", ["", "   "])
def test_publication_is_not_withheld_without_a_reason(work_of: WorkOf, reason: str) -> None:
    """努めなければならない: who does not publish says why, and a blank is no reason."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        said = {
            "incident_id": incident.id,
            "number": 1,
            "consultation_id": a_consultation(work, incident, "withhold").id,
            "withheld": True,
            "values": {},
            "decided_at": work.now,
        }
        withheld = insert(Publication)
        with pytest.raises(exc.IntegrityError, match="withholding"), work.session.begin_nested():
            work.session.execute(withheld.values(**said, reason=reason))
        work.session.execute(withheld.values(**said, reason="捜査に支障があるため"))


def test_no_publication_exists_without_its_consultation(work_of: WorkOf) -> None:
    """甲との協議の上: before a consultation there is nothing to publish under."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        said = {
            "incident_id": incident.id,
            "number": 1,
            "consultation_id": a_consultation(work, incident).id,
            "withheld": False,
            "values": {},
            "decided_at": work.now,
        }
        assert_needed(work.session, Publication, said, "consultation_id")


def test_two_entries_never_share_a_position(engine: Engine, written: None) -> None:
    """A second line in the place of the first would be a second truth."""
    columns = "incident_id, position, event, actor_id, actor_name, happened_at, written_at, sealed_text, seal"
    again = text(f"INSERT INTO timeline_entry ({columns}) SELECT {columns} FROM timeline_entry")  # noqa: S608 - our own column names
    with engine.connect() as connection, pytest.raises(exc.IntegrityError):
        connection.execute(again)


def test_nothing_was_detected_before_it_occurred(work_of: WorkOf) -> None:
    """Every deadline counts from these two times."""
    with work_of(TANAKA) as work, pytest.raises(exc.IntegrityError, match="occurred_first"):
        a_bare_incident(work, detected_at=work.now, occurred_at=work.now.replace(year=2027))
