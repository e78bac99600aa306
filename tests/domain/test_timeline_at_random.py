"""Whatever is recorded, and whatever single thing is then altered: found, and found where it is."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.guards import remove_guards
from incident_app.domain.timeline import entries_of, record, verify
from incident_app.domain.work import THE_PROGRAM, Work
from tests.builders import a_bare_incident
from tests.clock import TestClock
from tests.conftest import only_on_sqlite
from tests.domain.tampering import alter

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
FACTS = st.dictionaries(
    st.sampled_from(["what", "where", "by", "note"]),
    st.one_of(WORDS, st.integers(-(2**40), 2**40), st.booleans(), st.none(), st.lists(WORDS, max_size=3)),
)
CALLS = st.lists(st.tuples(st.sampled_from(["record_call", "record_fact"]), st.integers(0, 10**6), FACTS))
TEXTS = ("event", "actor_name", "sealed_text", "seal")


@only_on_sqlite
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(calls=CALLS, which=st.integers(0), column=st.sampled_from(TEXTS), word=WORDS)
def test_any_record_is_whole_and_any_altered_entry_is_found(
    sessions: sessionmaker[Session],
    *,
    calls: list[tuple[str, int, dict[str, str | int | bool | list[str] | None]]],
    which: int,
    column: str,
    word: str,
) -> None:
    """The promise of the seals, for records that nobody thought of."""
    with sessions() as session:
        work = Work(session, THE_PROGRAM, TestClock().now)
        incident = a_bare_incident(work)
        for event, ago, facts in calls:
            record(work, incident, event, happened_at=work.now - timedelta(seconds=ago), **facts)
        session.expire_all()
        assert verify(session, incident) == []

        entries = entries_of(session, incident.id)
        if entries:
            target = entries[which % len(entries)]
            position, before = target.position, getattr(target, column)
            remove_guards(session.connection())
            alter(session.connection(), target.id, column, before + word + "改")
            session.expire_all()
            assert verify(session, incident)[0].position == position
        session.rollback()
