"""乙's release (法第26条第1項ただし書): by telling 甲, for what it told, and for no more."""

from dataclasses import replace

from incident_app.domain.deadline import RELEASED, Deadline
from incident_app.domain.incident import KNOWN, Incident
from incident_app.domain.parties import CLIENT, CONTRACTOR
from incident_app.services.describing import record_fact
from incident_app.services.opening import Said
from incident_app.services.reporting import send_first_report, send_follow_up
from incident_app.services.statutory_clocks import release_of
from incident_app.services.triaging import state_legal_facts
from tests.builders import an_incident
from tests.cast import TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.stories import by, events_of
from tests.services.test_triaging import ORDINARY, again, by_law, decide

MANY = replace(ORDINARY, persons_low=2000, persons_high=2000)


def own(incident: Incident, name: str) -> list[Deadline]:
    """乙's dates by law of this name, the oldest first."""
    found = [d for d in incident.deadlines if d.statutory and d.party == CONTRACTOR and d.name == name]
    return sorted(found, key=lambda deadline: deadline.id)


def test_the_first_report_releases_the_contractor_when_it_has_decided_before(work_of: WorkOf) -> None:
    """Its clocks ran until it told 甲."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        state_legal_facts(work, incident, MANY)
        decide(work, incident)
        assert set(by_law(incident, CONTRACTOR)) == {"notify_client", "preliminary_report", "final_report"}
        later = by(work, TANAKA, hours=5)
        report = send_first_report(later, incident)
        assert by_law(incident, CONTRACTOR) == {}
        assert own(incident, "notify_client")[0].met_at == report.sent_at
        assert own(incident, "final_report")[0].dropped_because == RELEASED
        assert release_of(incident) is report
        assert events_of(work, incident).count("contractor_released") == 1
        send_follow_up(by(work, TANAKA, hours=6), incident, reason="調査の進展")
        assert events_of(work, incident).count("contractor_released") == 1


def test_a_decision_after_the_report_finds_the_contractor_released(work_of: WorkOf, clock: TestClock) -> None:
    """The usual night: first the report, the law in the morning."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        send_first_report(work, incident)
    clock.advance(hours=8)
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        state_legal_facts(work, incident, MANY)
        decide(work, incident)
        assert by_law(incident, CONTRACTOR) == {}
        assert not own(incident, "notify_client")[0].overdue(work.now)


def test_a_new_decision_of_the_same_knowledge_does_not_undo_the_release(work_of: WorkOf) -> None:
    """Sixty days instead of thirty change nothing for who need not report."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        send_first_report(work, incident)
        state_legal_facts(work, incident, MANY)
        decide(work, incident)
        state_legal_facts(work, incident, replace(MANY, unlawful_purpose="yes"))
        decide(work, incident, days=60, reason="不正アクセスと判明")
        assert by_law(incident, CONTRACTOR) == {}
        assert [d.dropped_because for d in own(incident, "final_report")] == [RELEASED, RELEASED]


def test_a_report_from_before_the_crossing_does_not_release_from_what_was_crossed(
    work_of: WorkOf, clock: TestClock
) -> None:
    """甲 was told of 800; of the 1,200 it has to be told as well."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        record_fact(work, incident, "quantity", Said(KNOWN, "名簿", low=800))
        state_legal_facts(work, incident, ORDINARY)
        send_first_report(work, incident)
        decide(work, incident, reportable=False, reason="800人")
    clock.advance(days=10)
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        record_fact(work, incident, "quantity", Said(KNOWN, "再集計", low=1200))
        decide(work, incident, reason="1,200人")
        assert set(by_law(incident, CONTRACTOR)) == {"notify_client", "preliminary_report", "final_report"}
        assert release_of(incident) is None
    clock.advance(hours=1)
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        report = send_follow_up(work, incident, reason="再集計により1,200人と判明")
        assert by_law(incident, CONTRACTOR) == {}
        assert release_of(incident) is report


def test_the_client_is_never_released(work_of: WorkOf) -> None:
    """Article 68 knows no such thing: the city always owns its report."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        send_first_report(work, incident)
        incident.client_known_at = work.now
        state_legal_facts(work, incident, MANY)
        decide(by(work, YAMADA), incident, CLIENT)
        send_follow_up(by(work, TANAKA, hours=1), incident, reason="調査の進展")
        assert set(by_law(incident, CLIENT)) == {"preliminary_report", "final_report"}
