"""The end of a case, its reopening, and the case that was none."""

from datetime import datetime
from typing import Any

import pytest

from incident_app.domain.errors import NotPermitted, Overtaken, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.timeline import verify
from incident_app.domain.work import Work
from incident_app.services.closing import (
    acknowledge_no_incident,
    claim_no_incident,
    close_incident,
    reject_no_incident,
    reopen_incident,
)
from incident_app.services.containing import record_measure, resume_containment
from incident_app.services.instructing import (
    confirm_instruction,
    fulfil_item,
    issue_instruction,
    transcribe_instruction,
    withdraw_instruction,
)
from incident_app.services.reporting import send_first_report
from tests.cast import ITO, SATO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import INQUIRY, by, item_of, last_line, open_case, refused, reported, settled


def needs_of(refusal: pytest.ExceptionInfo[Any]) -> list[str]:
    return [unmet.need for unmet in refusal.value.unmet]


def states(incident: Incident) -> dict[str, str]:
    return {track.name: track.state for track in incident.tracks if track.name != "closure"}


def what_is_open(work: Work, incident: Incident) -> list[str]:
    with refused(work, StepRefused) as refusal:
        close_incident(by(work, YAMADA), incident)
    return needs_of(refusal)


def watched(incident: Incident) -> dict[int, datetime]:
    """When the watch looks at which deadline next."""
    return {d.id: d.next_fire for d in incident.deadlines if d.next_fire is not None}


# ------------------------------------------------------------ closing


def test_the_client_closes_a_case_whose_duties_are_settled(work_of: WorkOf) -> None:
    """甲 is owed the duties, so 甲 says that they are done."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        close_incident(by(work, YAMADA), incident)
        assert incident.track("closure").state == "closed"
        assert last_line(work, incident).event == "close_incident"
        assert verify(work.session, incident) == []


@only_on_sqlite
@pytest.mark.parametrize("person", [TANAKA, SUZUKI, ITO], ids=lambda member: member.login)
def test_nobody_else_closes_it(work_of: WorkOf, person: Any) -> None:
    """乙 would be judge of its own duties."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        with refused(work, NotPermitted):
            close_incident(by(work, person), incident)


def test_a_refusal_lists_every_open_duty_in_both_languages(work_of: WorkOf) -> None:
    """One look must show the whole way that is left."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, StepRefused) as refusal:
            close_incident(by(work, YAMADA), incident)
        assert needs_of(refusal) == [
            "report_concluded",
            "damage_contained",
            "notification_settled",
            "publication_settled",
            "statutory_duties_settled",
        ]
        assert refusal.value.step == "close_incident"
        for unmet in refusal.value.unmet:
            assert unmet.ja in refusal.value.said_in("ja")
            assert unmet.en in refusal.value.said_in("en")


def test_an_unfulfilled_item_keeps_the_case_open(work_of: WorkOf) -> None:
    """What 甲 ordered and still stands must be done, or taken back by 甲."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        officer = by(work, YAMADA)
        issue_instruction(officer, incident, [INQUIRY])
        issue_instruction(officer, incident, [INQUIRY])
        fulfil_item(work, incident, item_of(incident), "報告した")
        assert what_is_open(work, incident) == ["items_fulfilled"]
        withdraw_instruction(officer, incident, incident.instructions[0], "重複")
        close_incident(officer, incident)


def test_an_unconfirmed_instruction_keeps_the_case_open(work_of: WorkOf) -> None:
    """What 乙 wrote down in 甲's name must at least once have been read by 甲."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        transcribe_instruction(
            work, incident, [INQUIRY], given_by="山田 美咲", given_at=work.now, channel="phone"
        )
        fulfil_item(work, incident, item_of(incident), "報告した")
        assert what_is_open(work, incident) == ["instructions_confirmed"]
        confirm_instruction(by(work, YAMADA), incident, incident.instructions[0])
        close_incident(by(work, YAMADA), incident)


def test_damage_that_spreads_again_keeps_the_case_open(work_of: WorkOf) -> None:
    """A settled duty can become unsettled."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        resume_containment(work, incident)
        assert what_is_open(work, incident) == ["damage_contained"]


def test_an_officer_who_looked_before_a_colleague_closed_is_told(work_of: WorkOf) -> None:
    """Two clicks, one closing."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        seen = incident.track("closure").version
        close_incident(by(work, YAMADA), incident, seen=seen)
        with refused(work, Overtaken):
            close_incident(by(work, YAMADA), incident, seen=seen)


# ------------------------------------------------------------ reopening


@pytest.mark.parametrize("person", [SATO, YAMADA], ids=lambda member: member.login)
def test_a_reopened_case_goes_on_where_it_stood(work_of: WorkOf, person: Any) -> None:
    """Nothing that was done is undone; only what is new is owed."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        before = states(incident)
        close_incident(by(work, YAMADA), incident)
        with refused(work, StepRefused) as refusal:
            reopen_incident(by(work, person), incident, " ")
        assert needs_of(refusal) == ["reason_given"]
        reopen_incident(by(work, person), incident, " 別の媒体が見つかった ")
        assert incident.track("closure").state == "open"
        assert states(incident) == before
        assert last_line(work, incident).facts == {"reason": "別の媒体が見つかった"}
        close_incident(by(work, YAMADA), incident)


@pytest.mark.parametrize("as_none", [True, False])
def test_nobody_is_reminded_of_a_case_that_ended_until_it_is_reopened(
    work_of: WorkOf, *, as_none: bool
) -> None:
    """A mail at night about a case that is over teaches people to ignore mails; a reopened one owes again."""
    with work_of(TANAKA) as work:
        incident = open_case(work) if as_none else settled(work)
        work.session.flush()
        owed = watched(incident)
        assert set(owed) == {deadline.id for deadline in incident.deadlines if deadline.is_open} != set()
        if as_none:
            claim_no_incident(work, incident, "誤報")
            assert watched(incident) == owed, "a claim alone silences nothing"
            acknowledge_no_incident(by(work, YAMADA), incident)
        else:
            close_incident(by(work, YAMADA), incident)
        assert watched(incident) == {}
        reopen_incident(work, incident, "流出を確認")
        assert watched(incident) == owed, "what was met or dropped stays silent"


def test_an_open_case_is_not_reopened(work_of: WorkOf) -> None:
    """The message says where the case stands."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, StepRefused) as refusal:
            reopen_incident(work, incident, "念のため")
        assert needs_of(refusal) == ["place"]
        assert "対応中" in refusal.value.ja


# ------------------------------------------------------------ no incident


def test_a_case_that_was_none_ends_with_the_client_s_word(work_of: WorkOf) -> None:
    """The USB stick lay in the drawer: 乙 says so with a reason, and 甲 agrees."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, StepRefused) as refusal:
            claim_no_incident(work, incident, " ")
        assert needs_of(refusal) == ["reason_given"]
        claim_no_incident(work, incident, " 引き出しで発見、封印も無傷 ")
        assert last_line(work, incident).facts == {"reason": "引き出しで発見、封印も無傷"}
        with refused(work, NotPermitted):
            acknowledge_no_incident(by(work, SATO), incident)
        acknowledge_no_incident(by(work, YAMADA), incident)
        assert incident.track("closure").state == "no_incident"
        assert states(incident)["report"] == "due", "nothing is made up to look finished"


def test_a_claim_stops_nothing_until_the_client_agrees(work_of: WorkOf) -> None:
    """Else a doubtful claim would buy time that nobody has."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        claim_no_incident(work, incident, "誤報と思われる")
        record_measure(work, incident, "遠隔消去した")
        send_first_report(work, incident)
        issue_instruction(by(work, YAMADA), incident, [INQUIRY])
        with refused(work, StepRefused):
            close_incident(by(work, YAMADA), incident)


def test_a_rejected_claim_leaves_the_case_open(work_of: WorkOf) -> None:
    """甲 says why it does not believe it."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        claim_no_incident(work, incident, "誤報と思われる")
        with refused(work, StepRefused) as refusal:
            reject_no_incident(by(work, YAMADA), incident, "")
        assert needs_of(refusal) == ["reason_given"]
        reject_no_incident(by(work, YAMADA), incident, "封印が破れている")
        assert incident.track("closure").state == "open"
        with refused(work, StepRefused):
            acknowledge_no_incident(by(work, YAMADA), incident)


def test_a_case_that_ended_as_none_can_be_reopened(work_of: WorkOf) -> None:
    """Another client was first told "no leak", and later the opposite."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        claim_no_incident(work, incident, "誤報")
        acknowledge_no_incident(by(work, YAMADA), incident)
        with refused(work, StepRefused) as refusal:
            issue_instruction(by(work, YAMADA), incident, [INQUIRY])
        assert needs_of(refusal) == ["case_open"]
        reopen_incident(work, incident, "流出を確認")
        issue_instruction(by(work, YAMADA), incident, [INQUIRY])
