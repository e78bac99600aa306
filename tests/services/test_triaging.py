"""法令上の報告の要否: the program proposes, a person of each party decides, and what changes asks again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incident_app.domain.deadline import REPORTABILITY, SUPERSEDED, Deadline
from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import ESTIMATED, KNOWN, Incident
from incident_app.domain.parties import CLIENT, CONTRACTOR
from incident_app.domain.timeline import entries_of
from incident_app.domain.work import Work
from incident_app.rulesets.facts import NO, YES, LegalFacts
from incident_app.services.describing import describe_case, record_fact
from incident_app.services.opening import Said
from incident_app.services.proposing import awaits_decision, counts_from, legal_facts_of, outlook, proposal_of
from incident_app.services.reporting import receive_report, record_call, send_first_report
from incident_app.services.triaging import decide_reportability, state_legal_facts
from tests.builders import an_incident
from tests.cast import ITO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.clock import TestClock
from tests.conftest import WorkOf

ORDINARY = LegalFacts(
    personal=YES,
    database=YES,
    kinds=frozenset({"leak"}),
    sensitive=NO,
    property_damage=NO,
    unlawful_purpose=NO,
    my_number=NO,
    eu_residents=NO,
    ordinance_sensitive=NO,
)


def decide(work: Work, incident: Incident, party: str = CONTRACTOR, **said: Any) -> None:
    known = counts_from(incident, party, work.now)
    assert known is not None
    facts = {"reportable": True, "days": 30, "reason": "1,000人を超えるため", "known_at": known, **said}
    decide_reportability(work, incident, party, **facts)


def clocks(incident: Incident, party: str) -> list[Deadline]:
    return [d for d in incident.deadlines if d.name == REPORTABILITY and d.party == party]


def by_law(incident: Incident, party: str) -> dict[str, Deadline]:
    """The statutory deadlines that still run, by their rule."""
    return {d.name: d for d in incident.deadlines if d.statutory and d.party == party and d.is_open}


def again(work: Work, incident: Incident) -> Incident:
    return work.session.get_one(Incident, incident.id)


def test_a_decision_is_asked_for_from_the_first_minute(work_of: WorkOf) -> None:
    """What nobody knows yet is not a no; by day 3, when the window of 速報 opens, a person decides."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)

        (clock,) = clocks(incident, CONTRACTOR)
        assert awaits_decision(incident, CONTRACTOR)
        assert str(clock.due_on) == "2026-12-02"
        assert clock.due_at == datetime(2026, 12, 2, 14, 59, 59, tzinfo=UTC)
        assert clock.next_fire is not None and not clock.statutory
        assert all(step["ja"] and step["en"] for step in clock.because)
        proposal = proposal_of(incident, CONTRACTOR)
        assert proposal is not None and proposal.reportable is None and proposal.open


def test_a_case_without_personal_information_asks_nobody(work_of: WorkOf) -> None:
    """The law protects persons; a confidential drawing has none."""
    with work_of(TANAKA) as work:
        incident = an_incident(work, concerns_personal=False, concerns_confidential=True)
        assert clocks(incident, CONTRACTOR) == []
        assert not awaits_decision(incident, CONTRACTOR)


def test_the_clock_of_the_decision_ends_when_it_turns_out_that_nobody_is_concerned(work_of: WorkOf) -> None:
    """Nobody is reminded to decide what does not arise."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        describe_case(work, incident, concerns_personal=False, concerns_confidential=True)
        (clock,) = clocks(incident, CONTRACTOR)
        assert not clock.is_open and clock.next_fire is None


def test_the_client_has_a_clock_of_its_own_from_the_call_that_told_it(
    work_of: WorkOf, clock: TestClock
) -> None:
    """乙 knew on the 30th, 甲 on the 1st: each counts from its own day."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        assert proposal_of(incident, CLIENT) is None and clocks(incident, CLIENT) == []
        assert outlook(incident, CLIENT) == []
    clock.advance(days=1)
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        record_call(work, incident, called_at=work.now, channel="phone", ours="田中", theirs="山田")
        (mine,), (theirs,) = clocks(incident, CONTRACTOR), clocks(incident, CLIENT)
        assert (str(mine.due_on), str(theirs.due_on)) == ("2026-12-02", "2026-12-03")
        assert theirs.counted_from == work.now


def test_a_call_before_the_receipt_moves_the_knowledge_and_no_running_date(
    work_of: WorkOf, clock: TestClock
) -> None:
    """Nothing is counted again in silence: the page asks for a decision, and the dates stand until then."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        state_legal_facts(work, incident, replace(ORDINARY, persons_low=101, persons_high=101))
        called_at = work.now
        send_first_report(work, incident)
    clock.advance(days=1)
    with work_of(YAMADA) as work:
        incident = again(work, incident)
        receive_report(work, incident, incident.reports[0])
        decide(work, incident, CLIENT)
        before = {name: d.due_on for name, d in by_law(incident, CLIENT).items()}
        assert not awaits_decision(incident, CLIENT)
    clock.advance(hours=1)
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        record_call(work, incident, called_at=called_at, channel="phone", ours="田中", theirs="山田")
        assert awaits_decision(incident, CLIENT)
        assert {name: d.due_on for name, d in by_law(incident, CLIENT).items()} == before
        assert counts_from(incident, CLIENT, work.now) == called_at
    with work_of(YAMADA) as work:
        incident = again(work, incident)
        decide(work, incident, CLIENT, reason="電話で先に知っていたため")
        after = {name: d.due_on for name, d in by_law(incident, CLIENT).items()}
        assert str(before["preliminary_report"]) == "2026-12-05"
        assert str(after["preliminary_report"]) == "2026-12-04"


@pytest.mark.parametrize(
    ("persons", "contractor", "client"),
    [(100, False, False), (101, False, True), (1000, False, True), (1001, True, True)],
)
def test_each_party_has_its_own_threshold(
    work_of: WorkOf, *, persons: int, contractor: bool, client: bool
) -> None:
    """Above 1,000 for 乙, above 100 for 甲."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        record_call(work, incident, called_at=work.now, channel="phone", ours="田中", theirs="山田")
        state_legal_facts(work, incident, replace(ORDINARY, persons_low=persons, persons_high=persons))
        found = {p: proposal_of(incident, p) for p in (CONTRACTOR, CLIENT)}
        assert {p: f.reportable for p, f in found.items() if f} == {CONTRACTOR: contractor, CLIENT: client}


def test_eight_hundred_persons_that_become_twelve_hundred_start_the_clock_they_should(
    work_of: WorkOf, clock: TestClock
) -> None:
    """The event exists from the crossing, and the days count from when the crossing became known."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        record_fact(work, incident, "quantity", Said(KNOWN, "名簿", low=800))
        state_legal_facts(work, incident, ORDINARY)
        decide(work, incident, reportable=False, reason="800人で基準を超えない")
        assert by_law(incident, CONTRACTOR) == {} and not awaits_decision(incident, CONTRACTOR)
    clock.advance(days=10)
    with work_of(SUZUKI) as work:
        incident = again(work, incident)
        record_fact(work, incident, "quantity", Said(ESTIMATED, "再集計", low=900, high=1200))
        assert awaits_decision(incident, CONTRACTOR)
        newest = clocks(incident, CONTRACTOR)[-1]
        assert newest.is_open and str(newest.due_on) == "2026-12-12"
        assert entries_of(work.session, incident.id)[-1].event == "review_due"
        assert by_law(incident, CONTRACTOR) == {}, "a person decides"
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        decide(work, incident, reason="1,200人に増えたため")
        dates = {name: str(d.due_on) for name, d in by_law(incident, CONTRACTOR).items()}
        assert dates == {
            "notify_client": "2026-12-14",
            "preliminary_report": "2026-12-14",
            "final_report": "2027-01-08",
        }
        assert not clocks(incident, CONTRACTOR)[-1].is_open


def test_an_unlawful_purpose_that_comes_to_light_gives_sixty_days_from_the_same_start(
    work_of: WorkOf, clock: TestClock
) -> None:
    """The thirty days stand until a person has decided, and stay on record as superseded."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        state_legal_facts(work, incident, replace(ORDINARY, persons_low=2000, persons_high=2000))
        decide(work, incident)
        assert str(by_law(incident, CONTRACTOR)["final_report"].due_on) == "2027-01-04"
    clock.advance(days=5)
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        facts = replace(legal_facts_of(incident), unlawful_purpose=YES)
        state_legal_facts(work, incident, facts)
        assert str(by_law(incident, CONTRACTOR)["final_report"].due_on) == "2027-01-04"
        decide(work, incident, days=60, reason="不正アクセスと判明")
        assert str(by_law(incident, CONTRACTOR)["final_report"].due_on) == "2027-01-28"
        old = [d for d in incident.deadlines if d.name == "final_report" and not d.is_open]
        assert [d.dropped_because for d in old] == [SUPERSEDED]


def test_the_decision_and_what_lay_before_the_person_are_kept(work_of: WorkOf) -> None:
    """Two years later the auditor reads who decided what, on which proposal, under which version of the rules."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        state_legal_facts(work, incident, replace(ORDINARY, sensitive=YES))
        decide(work, incident, reason="病歴を含む名簿のため")
        decision = incident.decision(CONTRACTOR)
        assert decision is not None and decision.decided_by_id == work.actor.person_id
        assert decision.grounds == ["個人情報の保護に関する法律施行規則第7条第1号"]
        assert "jp-appi-2022/v1" in decision.rulesets and decision.proposal["reportable"] is True
        said = entries_of(work.session, incident.id)[-1].facts
        assert (said["reason"], said["days"], said["party"]) == ("病歴を含む名簿のため", 30, "contractor")
        final = by_law(incident, CONTRACTOR)["final_report"]
        assert final.rule == "jp-appi-2022/v1 final_report" and final.calendar.startswith("JP holidays")
        assert final.anchor == entries_of(work.session, incident.id)[-1].position
        assert final.decision_id == decision.id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"days": 45}, "days"),
        ({"exemption": "高度な暗号化"}, "assessed_by"),
        ({"known_at": datetime(2026, 11, 30)}, "known_at"),  # noqa: DTZ001 - a naive time is the point
        ({"known_at": datetime(2027, 1, 1, tzinfo=UTC)}, "known_at"),
        ({"known_at": datetime(2026, 11, 1, tzinfo=UTC)}, "known_at"),
    ],
)
def test_a_decision_that_cannot_be_right_is_refused_at_its_field(
    work_of: WorkOf, changes: dict[str, Any], field: str
) -> None:
    """No reason, no such length, no assessor, a time without a zone, in the future, or before it was found."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        with pytest.raises(BadInput) as refusal:
            decide(work, incident, **changes)
        assert refusal.value.field == field
        assert incident.decisions == []


@pytest.mark.parametrize(
    ("who", "party"), [(TANAKA, CLIENT), (YAMADA, CONTRACTOR), (ITO, CLIENT), (SUZUKI, CONTRACTOR)]
)
def test_nobody_decides_for_the_other_party_and_only_who_answers_for_it(
    work_of: WorkOf, who: CastMember, party: str
) -> None:
    """甲's report is 甲's; a worker states facts, the responsible person decides; an auditor reads."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        record_call(work, incident, called_at=work.now, channel="phone", ours="田中", theirs="山田")
    with work_of(who) as work:
        incident = again(work, incident)
        with pytest.raises(NotPermitted):
            decide(work, incident, party)
        assert incident.decisions == []


def test_facts_are_stated_again_only_when_they_differ_and_never_for_the_future(
    work_of: WorkOf, clock: TestClock
) -> None:
    """Each row is a new state of knowledge, with the time that it is from."""
    with work_of(SUZUKI) as work:
        incident = an_incident(work)
        state_legal_facts(work, incident, ORDINARY)
        assert entries_of(work.session, incident.id)[-1].event == "state_legal_facts"
        with pytest.raises(BadInput):
            state_legal_facts(work, incident, ORDINARY)
        later = work.now + timedelta(minutes=1)
        with pytest.raises(BadInput) as refusal:
            state_legal_facts(work, incident, replace(ORDINARY, sensitive=YES), as_of=later)
        assert refusal.value.field == "as_of"
        assert len(incident.legal_facts) == 1


def test_the_number_of_persons_comes_from_the_quantity_until_somebody_states_it(work_of: WorkOf) -> None:
    """件数 and 本人数 may differ, so what is stated goes first."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        record_fact(work, incident, "quantity", Said(ESTIMATED, "", low=500, high=1500))
        assert (legal_facts_of(incident).persons_low, legal_facts_of(incident).persons_high) == (500, 1500)
        state_legal_facts(work, incident, replace(ORDINARY, persons_low=480, persons_high=480))
        assert legal_facts_of(incident).persons_high == 480
        assert legal_facts_of(incident).sensitive == NO


def test_a_larger_quantity_that_became_known_later_is_not_hidden_by_what_was_stated(
    work_of: WorkOf, clock: TestClock
) -> None:
    """480 were stated; a recount of 1,200 may be persons or rows, and somebody must look again."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        state_legal_facts(work, incident, replace(ORDINARY, persons_low=480, persons_high=480))
        decide(work, incident, reportable=False, reason="480人")
    clock.advance(days=2)
    with work_of(TANAKA) as work:
        incident = again(work, incident)
        record_fact(work, incident, "quantity", Said(KNOWN, "再集計", low=400))
        assert not awaits_decision(incident, CONTRACTOR)
        record_fact(work, incident, "quantity", Said(KNOWN, "再集計", low=1200))
        assert (legal_facts_of(incident).persons_low, legal_facts_of(incident).persons_high) == (480, 1200)
        assert awaits_decision(incident, CONTRACTOR)


def test_the_dates_are_shown_before_anybody_has_decided(work_of: WorkOf) -> None:
    """So that "if it is reportable, then by when" needs no decision."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        dates = {answer.rule.name: str(answer.due) for answer in outlook(incident, CONTRACTOR)}
        assert dates == {
            "notify_client": "2026-12-04",
            "preliminary_report": "2026-12-04",
            "final_report": "2027-01-04",
        }
