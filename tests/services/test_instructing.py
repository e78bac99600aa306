"""甲の指示 (Article 16(1)): what binds 乙, since when, in which version, and what stops when it ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.deadline import Deadline
from incident_app.domain.document import IssuedDocument
from incident_app.domain.errors import BadInput, NotPermitted, Overtaken, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import NOTIFY, SUBSTITUTE
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.work import Work
from incident_app.services.closing import close_incident
from incident_app.services.finding import find_incident
from incident_app.services.instructing import (
    Order,
    amend_instruction,
    confirm_instruction,
    fulfil_item,
    issue_instruction,
    request_instruction,
    transcribe_instruction,
    withdraw_instruction,
)
from tests.builders import a_delivery, a_notice, an_individual
from tests.cast import ITO, MINATO, SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_postgresql, only_on_sqlite
from tests.services.stories import (
    INQUIRY,
    LETTERS,
    POSTING,
    SILENCE,
    by,
    events_of,
    instructed,
    item_of,
    last_line,
    open_case,
    refused,
    reported,
    serve,
    settled,
)


def sheets_of(work: Work, incident: Incident) -> list[IssuedDocument]:
    chosen = select(IssuedDocument).where(IssuedDocument.template == "instruction_sheet")
    return list(work.session.scalars(chosen.order_by(IssuedDocument.id)))


def told_about(work: Work, document: IssuedDocument) -> set[str]:
    return set(work.session.scalars(select(CaseMail.to).where(CaseMail.document_id == document.id)))


def deadline_for(incident: Incident, number: int) -> Deadline:
    return next(d for d in incident.deadlines if d.item_id == item_of(incident, number).id)


def transcribe(work: Work, incident: Incident, *orders: Order, **changes: Any) -> None:
    said = {"given_by": "山田 美咲", "given_at": work.now, "channel": "phone", **changes}
    transcribe_instruction(work, incident, orders or (LETTERS,), **said)


# ------------------------------------------------------------ issued


def test_an_instruction_binds_item_by_item(work_of: WorkOf) -> None:
    """Each item is fulfilled, amended and ended on its own; so each is a row with a number."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        due = work.now + timedelta(days=7)
        orders = [Order(NOTIFY, " 通知すること ", "全員", due, ("letter", "email")), INQUIRY]
        officer = by(work, YAMADA)
        instruction = issue_instruction(officer, incident, orders, prohibitions=" 公表しない ")
        assert (instruction.number, instruction.version, instruction.given_by) == (1, 1, YAMADA.name)
        assert not instruction.awaits_confirmation
        assert instruction.prohibitions == "公表しない"
        assert [(item.number, item.what, item.in_force) for item in instruction.items] == [
            (1, "通知すること", True),
            (2, INQUIRY.what, True),
        ]
        assert incident.track("instruction").state == "received"
        assert last_line(work, incident).facts == {"instruction": 1, "items": 2}
        assert deadline_for(incident, 1).due_at == due
        target = deadline_for(incident, 2)
        assert target.due_at == officer.now + timedelta(days=7) and "目安" in target.because[1]["ja"]
        assert target.rule == "article16/v1 instruction_item"
        answer = next(d for d in incident.deadlines if d.name == "instruction_answer")
        assert answer.met_at == work.now


def test_the_sheet_goes_to_every_responsible_person(work_of: WorkOf) -> None:
    """乙 must not be able to say that it did not hear."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        (sheet,) = sheets_of(work, incident)
        assert sheet.reference == f"{incident.number}-I1.1"
        assert LETTERS.what in sheet.text
        assert YAMADA.name in sheet.text
        assert told_about(work, sheet) == {TANAKA.email, SATO.email}


def test_instructions_may_come_before_the_first_report(work_of: WorkOf) -> None:
    """甲 may have heard of it elsewhere."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        issue_instruction(by(work, YAMADA), incident, [INQUIRY])
        assert incident.track("report").state == "due"


@only_on_sqlite
@pytest.mark.parametrize("person", [TANAKA, SUZUKI, ITO], ids=lambda member: member.login)
def test_the_contractor_cannot_instruct_itself(work_of: WorkOf, person: Any) -> None:
    """Instructions bind 乙 only when they come from 甲; a refusal leaves no trace."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, NotPermitted):
            issue_instruction(by(work, person), incident, [SILENCE])


def test_of_two_officers_on_the_same_page_the_second_looks_again(work_of: WorkOf) -> None:
    """Two opposite instructions within a minute would bind 乙 to both."""
    with work_of(TANAKA) as work:
        serve(work, ITO, MINATO, "client_officer")
        incident = reported(work)
        seen = incident.track("instruction").version
        issue_instruction(by(work, YAMADA), incident, [LETTERS], seen=seen)
        with refused(work, Overtaken):
            issue_instruction(by(work, ITO), incident, [SILENCE], seen=seen)
        issue_instruction(by(work, ITO), incident, [INQUIRY], seen=incident.track("instruction").version)
        assert [i.number for i in incident.instructions] == [1, 2]


@only_on_postgresql
def test_of_two_officers_who_press_in_the_same_second_one_wins(work_of: WorkOf) -> None:
    """Two transactions at once: the second waits for the first, and then looks again."""
    with work_of(TANAKA) as work:
        serve(work, ITO, MINATO, "client_officer")
        incident = reported(work)
        number, seen = incident.number, incident.track("instruction").version

    def instruct(member: CastMember) -> None:
        with work_of(member) as work:
            issue_instruction(work, find_incident(work, number), [INQUIRY], seen=seen)

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(instruct, member).exception for member in (YAMADA, ITO)]
        assert {type(outcome()) for outcome in outcomes} == {type(None), Overtaken}
    with work_of(TANAKA) as work:
        assert len(find_incident(work, number).instructions) == 1


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "orders"),
    [
        ("items", []),
        ("kind-1", [Order("dance", "踊ること")]),
        ("what-2", [INQUIRY, Order("investigate", "  ")]),
        ("means-1", [Order(NOTIFY, "通知すること")]),
        ("kind-1", [Order(NOTIFY, "通知すること", means=("pigeon",))]),
        ("kind-1", [Order(NOTIFY, "通知すること", means=("letter",), in_whose_name="nobody")]),
        ("text_version-1", [Order(NOTIFY, "通知すること", means=("letter",), text_version=3)]),
        ("by_when-1", [Order("other", "すぐに", by_when=datetime(2026, 11, 29, 16, 59, tzinfo=UTC))]),
        ("items", [LETTERS, SILENCE]),
        ("items", [SILENCE, POSTING]),
    ],
)
def test_an_order_that_cannot_be_followed_is_refused_at_its_field(
    work_of: WorkOf, field: str, orders: list[Order]
) -> None:
    """What binds must be clear: which text, by which means, and no yes and no at once."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, BadInput) as refusal:
            issue_instruction(by(work, YAMADA), incident, orders)
        assert refusal.value.field == field


@only_on_sqlite
@pytest.mark.parametrize("kind", [NOTIFY, SUBSTITUTE])
def test_no_notice_can_be_ordered_where_no_personal_information_is_concerned(
    work_of: WorkOf, kind: str
) -> None:
    """Confidential information has no individuals (Article 16(2))."""
    with work_of(TANAKA) as work:
        incident = reported(work, concerns_personal=False, concerns_confidential=True)
        with refused(work, BadInput):
            issue_instruction(by(work, YAMADA), incident, [Order(kind, "通知すること", means=("letter",))])


def test_the_contractor_asks_for_instruction_in_words(work_of: WorkOf) -> None:
    """A question on record shows who waited for whom."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, BadInput) as refusal:
            request_instruction(work, incident, " ")
        assert refusal.value.field == "text"
        request_instruction(work, incident, " 通知の要否 ")
        assert last_line(work, incident).facts == {"text": "通知の要否"}
        assert incident.track("instruction").state == "awaited"


def test_a_closed_case_takes_no_instruction_until_it_is_reopened(work_of: WorkOf) -> None:
    """New orders need an open case; the refusal says so."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        close_incident(by(work, YAMADA), incident)
        with refused(work, StepRefused) as refusal:
            issue_instruction(by(work, YAMADA), incident, [INQUIRY])
        assert [unmet.need for unmet in refusal.value.unmet] == ["case_open"]


# ------------------------------------------------------------ transcribed


def test_a_spoken_instruction_binds_at_once_and_waits_for_the_client_s_word(work_of: WorkOf) -> None:
    """At night 甲 speaks by phone; 乙 may act on it, but the case cannot close over it."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        spoken = work.now - timedelta(minutes=10)
        transcribe(work, incident, given_by=" 山田 美咲 ", given_at=spoken)
        instruction = incident.instructions[0]
        assert instruction.awaits_confirmation
        assert (instruction.given_by, instruction.issued_at) == ("山田 美咲", spoken)
        assert item_of(incident).in_force
        line = last_line(work, incident)
        assert (line.happened_at, line.facts["channel"]) == (spoken, "phone")
        (sheet,) = sheets_of(work, incident)
        assert "電話による指示" in sheet.text
        assert told_about(work, sheet) == {TANAKA.email, SATO.email, YAMADA.email}

        confirm_instruction(by(work, YAMADA, hours=7), incident, instruction)
        assert not instruction.awaits_confirmation
        with refused(work, BadInput):
            confirm_instruction(by(work, YAMADA), incident, instruction)


def test_only_the_client_confirms(work_of: WorkOf) -> None:
    """乙 cannot confirm its own notes."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        transcribe(work, incident)
        with refused(work, NotPermitted):
            confirm_instruction(by(work, SATO), incident, incident.instructions[0])


def test_what_the_client_issued_itself_needs_no_confirmation(work_of: WorkOf) -> None:
    """There is nothing to confirm, and the button that was never shown does nothing."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        with refused(work, BadInput):
            confirm_instruction(by(work, YAMADA), incident, incident.instructions[0])


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "wrong"),
    [("given_by", {"given_by": " "}), ("channel", {"channel": "system"}), ("channel", {"channel": ""})],
)
def test_a_transcription_says_who_spoke_and_how(work_of: WorkOf, field: str, wrong: dict[str, Any]) -> None:
    """Otherwise nobody at 甲 could confirm it."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, BadInput) as refusal:
            transcribe(work, incident, **wrong)
        assert refusal.value.field == field


@only_on_sqlite
@pytest.mark.parametrize("minutes", [-61, 1])
def test_nobody_instructed_before_the_detection_or_after_now(work_of: WorkOf, minutes: int) -> None:
    """A mistyped time would make 乙 late, or early, in its own record."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, BadInput) as refusal:
            transcribe(work, incident, given_at=work.now + timedelta(minutes=minutes))
        assert refusal.value.field == "given_at"


# ------------------------------------------------------------ amended


def test_an_amendment_ends_some_items_adds_others_and_leaves_the_rest(work_of: WorkOf) -> None:
    """What was begun under an unchanged item goes on; what was ended stops."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS, INQUIRY)
        instruction = incident.instructions[0]
        amend_instruction(
            by(work, YAMADA), incident, instruction, end=[1], add=[POSTING], reason="住所が不明"
        )
        assert instruction.version == 2
        assert [(i.number, i.added_in, i.ended_in) for i in instruction.items] == [
            (1, 1, 2),
            (2, 1, None),
            (3, 2, None),
        ]
        first, second = sheets_of(work, incident)
        assert (first.version, second.version) == (1, 2)
        assert (LETTERS.what in second.text, POSTING.what in second.text) == (False, True)
        assert "第1版を変更" in second.text
        assert LETTERS.what in first.text, "an issued sheet is never rewritten"
        facts = last_line(work, incident).facts
        assert (facts["ended"], facts["added"], facts["reason"]) == ([1], 1, "住所が不明")


def test_notices_go_on_under_an_unchanged_item_and_stop_under_an_ended_one(work_of: WorkOf) -> None:
    """Half the letters may be in the post when 甲 changes its mind about the mails."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS, Order(NOTIFY, "メールで通知", means=("email",)))
        notice, person = a_notice(work, incident), an_individual(work, incident)
        going_on = a_delivery(work, notice, person, item_of(incident, 1), channel="letter")
        waiting = a_delivery(work, notice, person, item_of(incident, 2), channel="email")
        amend_instruction(by(work, YAMADA, hours=1), incident, incident.instructions[0], end=[2], add=[])
        work.session.expire_all()
        assert (going_on.state, waiting.state) == ("queued", "stopped")
        assert waiting.changed_at == work.now + timedelta(hours=1)
        assert events_of(work, incident)[-2:] == ["amend_instruction", "deliveries_stopped"]
        assert last_line(work, incident).facts == {"count": 1}


def test_the_deadline_of_an_ended_item_is_dropped_and_that_of_another_stays(work_of: WorkOf) -> None:
    """Nobody is late with what is no longer ordered."""
    with work_of(TANAKA) as work:
        due = work.now + timedelta(days=3)
        incident = instructed(
            work, Order("investigate", "原因", by_when=due), Order("report", "毎日の報告", by_when=due)
        )
        later = by(work, YAMADA, days=4)
        amend_instruction(later, incident, incident.instructions[0], end=[1], add=[])
        dropped, kept = deadline_for(incident, 1), deadline_for(incident, 2)
        assert (dropped.dropped_at, dropped.overdue(later.now)) == (later.now, False)
        assert (kept.is_open, kept.overdue(later.now)) == (True, True)


@only_on_sqlite
def test_an_amendment_that_changes_nothing_is_refused(work_of: WorkOf) -> None:
    """A version without a difference would make 乙 search for one."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        instruction = incident.instructions[0]
        for end in ([], [9]):
            with refused(work, BadInput):
                amend_instruction(by(work, YAMADA), incident, instruction, end=end, add=[])
        with refused(work, BadInput):
            amend_instruction(by(work, YAMADA), incident, instruction, end=[1], add=[Order("other", " ")])


def test_only_the_client_amends_and_withdraws(work_of: WorkOf) -> None:
    """What binds 乙 is not 乙's to change."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        with refused(work, NotPermitted):
            amend_instruction(work, incident, incident.instructions[0], end=[1], add=[])
        with refused(work, NotPermitted):
            withdraw_instruction(work, incident, incident.instructions[0], "不要")


def test_two_who_amend_from_the_same_page_do_not_overwrite_each_other(work_of: WorkOf) -> None:
    """The second has not seen the first one's version."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS, INQUIRY)
        instruction, seen = incident.instructions[0], incident.track("instruction").version
        amend_instruction(by(work, YAMADA), incident, instruction, end=[1], add=[], seen=seen)
        with refused(work, Overtaken):
            withdraw_instruction(by(work, YAMADA), incident, instruction, "誤り", seen=seen)


# ------------------------------------------------------------ withdrawn


@pytest.mark.parametrize("state", ["queued", "printed"])
def test_what_was_started_under_a_withdrawn_instruction_stops(work_of: WorkOf, state: str) -> None:
    """A printed letter that is not yet in the post can still be held back."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        delivery = a_delivery(
            work, a_notice(work, incident), an_individual(work, incident), item_of(incident), state=state
        )
        instruction = incident.instructions[0]
        withdraw_instruction(by(work, YAMADA), incident, instruction, " 再調査のため ")
        work.session.expire_all()
        assert delivery.state == "stopped"
        assert instruction.withdrawn_reason == "再調査のため"
        assert incident.items_in_force == []
        sheet = sheets_of(work, incident)[-1]
        assert "この指示は撤回されました。理由：再調査のため" in sheet.text
        assert sheet.version == 2


@pytest.mark.parametrize("state", ["sending", "sent", "posted", "returned", "bounced"])
def test_what_is_out_of_the_house_cannot_be_called_back(work_of: WorkOf, state: str) -> None:
    """Calling a sent notice stopped would be untrue."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        delivery = a_delivery(
            work, a_notice(work, incident), an_individual(work, incident), item_of(incident), state=state
        )
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "再調査のため")
        work.session.expire_all()
        assert delivery.state == state
        assert "deliveries_stopped" not in events_of(work, incident)


def test_withdrawing_one_instruction_leaves_the_other_and_its_notices(work_of: WorkOf) -> None:
    """Each instruction stands on its own; so does another case under the same contract."""
    with work_of(TANAKA) as work:
        incident, elsewhere = instructed(work), instructed(work)
        issue_instruction(by(work, YAMADA), incident, [LETTERS])
        deliveries = [
            a_delivery(work, a_notice(work, case), an_individual(work, case, key), item_of(case))
            for case, key in ((incident, "1"), (elsewhere, "2"))
        ]
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "重複")
        work.session.expire_all()
        assert [delivery.state for delivery in deliveries] == ["queued", "queued"]
        assert [item.instruction.number for item in incident.items_in_force] == [2]


def test_a_withdrawal_needs_a_reason(work_of: WorkOf) -> None:
    """乙 may have told people already."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        with refused(work, StepRefused) as refusal:
            withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "  ")
        assert [unmet.need for unmet in refusal.value.unmet] == ["reason_given"]


def test_a_withdrawn_instruction_is_neither_amended_nor_confirmed_nor_withdrawn_again(
    work_of: WorkOf,
) -> None:
    """Items added to what no longer binds would bind nobody, while everybody believed they did."""
    with work_of(TANAKA) as work:
        incident = instructed(work, INQUIRY)
        transcribe(work, incident)
        officer, spoken = by(work, YAMADA), incident.instructions[1]
        withdraw_instruction(officer, incident, spoken, "聞き違い")
        with refused(work, BadInput):
            amend_instruction(officer, incident, spoken, end=[], add=[LETTERS])
        with refused(work, BadInput):
            confirm_instruction(officer, incident, spoken)
        with refused(work, BadInput):
            withdraw_instruction(officer, incident, spoken, "聞き違い")


# ------------------------------------------------------------ fulfilled


def test_a_fulfilled_item_meets_its_own_deadline(work_of: WorkOf) -> None:
    """甲 sees item by item what is done, and whether it was done in time."""
    with work_of(TANAKA) as work:
        due = work.now + timedelta(days=3)
        incident = instructed(
            work, Order("investigate", "原因", by_when=due), Order("report", "毎日の報告", by_when=due)
        )
        late = by(work, SUZUKI, days=4)
        fulfil_item(late, incident, item_of(incident, 1), " 原因報告書を提出 ")
        item = item_of(incident, 1)
        assert (item.fulfilled_at, item.fulfilled_note) == (late.now, "原因報告書を提出")
        assert deadline_for(incident, 1).met_at == late.now
        assert deadline_for(incident, 1).overdue(late.now), "done late stays late"
        assert deadline_for(incident, 2).is_open
        with refused(work, BadInput):
            fulfil_item(late, incident, item, "もう一度")


def test_an_item_that_ended_is_not_fulfilled(work_of: WorkOf) -> None:
    """Nor one whose instruction was withdrawn."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS, INQUIRY)
        amend_instruction(by(work, YAMADA), incident, incident.instructions[0], end=[1], add=[])
        with refused(work, StepRefused) as refusal:
            fulfil_item(work, incident, item_of(incident, 1), "済")
        assert [unmet.need for unmet in refusal.value.unmet] == ["item_in_force"]


def test_an_item_of_another_case_is_not_fulfilled_here(work_of: WorkOf) -> None:
    """A number from another page must not settle this case's duty."""
    with work_of(TANAKA) as work:
        incident, elsewhere = instructed(work), instructed(work)
        with refused(work, StepRefused):
            fulfil_item(work, incident, item_of(elsewhere), "済")


def test_the_client_does_not_fulfil_its_own_order(work_of: WorkOf) -> None:
    """The duty is 乙's, and so is its word that it is done."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        with refused(work, NotPermitted):
            fulfil_item(by(work, YAMADA), incident, item_of(incident), "済")
