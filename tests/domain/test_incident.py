"""The case and its four facts."""

import pytest

from incident_app.domain.incident import ESTIMATED, FACTS, KNOWN, UNDER_INVESTIGATION, Fact, Incident
from incident_app.domain.work import Work
from tests.builders import a_bare_incident, an_item
from tests.cast import TANAKA
from tests.conftest import WorkOf


def say(work: Work, incident: Incident, name: str, state: str, **more: int | str) -> None:
    incident.facts.append(Fact(name=name, state=state, as_of=work.now, **more))
    work.session.flush()


def test_the_latest_word_on_a_fact_counts_and_the_earlier_stays(work_of: WorkOf) -> None:
    """甲 was told a number that night; the right one does not wipe it out."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        say(work, incident, "quantity", ESTIMATED, low=100, high=500)
        say(work, incident, "quantity", KNOWN, low=460_517, high=460_517)

        latest = incident.fact("quantity")
        assert latest is not None
        assert latest.low == 460_517
        assert [fact.low for fact in incident.facts] == [100, 460_517]
        assert incident.fact("place") is None


@pytest.mark.parametrize("last", [ESTIMATED, UNDER_INVESTIGATION])
def test_the_facts_are_known_when_all_four_are(work_of: WorkOf, last: str) -> None:
    """Article 16(1) names four; an estimate is a fair answer and not yet knowledge."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        for name in FACTS:
            assert not incident.facts_are_known
            say(work, incident, name, KNOWN, text="判明")
        assert incident.facts_are_known

        say(work, incident, "content", last)
        assert not incident.facts_are_known


def test_items_bind_until_they_are_amended_away_or_withdrawn(work_of: WorkOf) -> None:
    """Everything that was begun under an unchanged item goes on."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        kept, amended, withdrawn = (an_item(work, incident) for _ in range(3))
        amended.ended_in = 2
        withdrawn.instruction.withdrawn_at = work.now
        assert incident.items_in_force == [kept]


def test_nobody_is_to_be_notified_when_the_client_says_so(work_of: WorkOf) -> None:
    """The order counts as long as it stands, and no longer."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        assert not incident.notice_is_ruled_out
        item = an_item(work, incident, kind="no_notice")
        assert incident.notice_is_ruled_out
        item.instruction.withdrawn_at = work.now
        assert not incident.notice_is_ruled_out
        incident.concerns_personal = False
        assert incident.notice_is_ruled_out
