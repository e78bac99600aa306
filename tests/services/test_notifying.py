"""本人への通知 (Article 16(2), second half): who is told, under which order, with whose text, approved by whom."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.document import IssuedDocument
from incident_app.domain.errors import BadInput, NotPermitted, Overtaken, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import EMAIL, LETTER, NOTIFY
from incident_app.domain.notice import INDIVIDUAL, SUBSTITUTE_NOTICE, Delivery, Notice
from incident_app.domain.parties import day_in_japan
from incident_app.domain.timeline import entries_of
from incident_app.domain.work import Work
from incident_app.services.closing import close_incident
from incident_app.services.describing import describe_case
from incident_app.services.instructing import (
    Order,
    amend_instruction,
    issue_instruction,
    withdraw_instruction,
)
from incident_app.services.notifying import (
    approve_text,
    conclude_notification,
    draft_notice,
    post_substitute,
    resume_notification,
    send_back_text,
    set_notification_aside,
    start_deliveries,
    submit_text,
)
from incident_app.services.reporting import send_final_report, send_follow_up
from tests.builders import an_individual, the_contract
from tests.cast import ITO, SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import (
    LETTERS,
    POSTING,
    SILENCE,
    TEXT,
    approved,
    by,
    drafted,
    instructed,
    item_of,
    last_line,
    posting_text,
    refused,
    reported,
)


def needs_of(refusal: pytest.ExceptionInfo[Any]) -> list[str]:
    return [unmet.need for unmet in refusal.value.unmet]


def ready(work: Work, *orders: Order) -> tuple[Incident, Notice]:
    """An instructed case with one individual and a text of 田中's that 甲 approved."""
    incident = instructed(work, *orders)
    an_individual(work, incident)
    return incident, approved(work, incident)


def deliveries(work: Work) -> list[Delivery]:
    return list(work.session.scalars(select(Delivery).order_by(Delivery.id)))


def the_post_takes_all(work: Work) -> None:
    for delivery in deliveries(work):
        delivery.state = "posted"


def post(work: Work, incident: Incident, notice: Notice, **changes: Any) -> None:
    said = {"place": "市ホームページ", "from_on": day_in_japan(work.now), **changes}
    post_substitute(by(work, SATO), incident, notice, item_of(incident), **said)


# ------------------------------------------------------------ the text


def test_a_changed_text_is_a_new_number(work_of: WorkOf) -> None:
    """甲's approval of one text must never move to other words."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        first = drafted(work, incident)
        values = {**TEXT, "cause": "置き忘れ"}
        second = draft_notice(work, incident, kind=INDIVIDUAL, in_whose_name="contractor", values=values)
        in_other_name = draft_notice(work, incident, kind=INDIVIDUAL, in_whose_name="client", values=values)
        same = draft_notice(work, incident, kind=INDIVIDUAL, in_whose_name="client", values=values)
        assert [n.number for n in incident.notices] == [1, 2, 3, 4]
        assert len({first.text_sha256, second.text_sha256, in_other_name.text_sha256}) == 3
        assert same.text_sha256 == in_other_name.text_sha256


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("what_happened", {"values": {}}),
        ("kind", {"kind": "press_release"}),
        ("kind", {"in_whose_name": "nobody"}),
    ],
)
def test_a_draft_says_at_least_what_happened(work_of: WorkOf, field: str, wrong: dict[str, Any]) -> None:
    """Everything else may still be open and is shown as missing."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, BadInput) as refusal:
            draft_notice(
                work, incident, **{"kind": INDIVIDUAL, "in_whose_name": "contractor", "values": TEXT, **wrong}
            )
        assert refusal.value.field == field


def test_the_client_approves_only_what_was_laid_before_it(work_of: WorkOf) -> None:
    """A text that 乙 still works on is nobody else's business."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        notice = drafted(work, incident)
        with refused(work, StepRefused) as refusal:
            approve_text(by(work, YAMADA), incident, notice)
        assert needs_of(refusal) == ["text_submitted"]
        submit_text(work, incident, notice)
        with refused(work, NotPermitted):
            approve_text(by(work, SATO), incident, notice)
        approve_text(by(work, YAMADA), incident, notice)
        assert notice.text_approved_at == work.now
        assert last_line(work, incident).facts == {"number": 1, "sha256": notice.text_sha256}


def test_a_text_is_sent_back_with_a_reason_and_loses_its_approval(work_of: WorkOf) -> None:
    """Without the reason 乙 would guess; and what was sent back must not go out."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        an_individual(work, incident)
        notice = approved(work, incident)
        with refused(work, StepRefused) as refusal:
            send_back_text(by(work, YAMADA), incident, notice, " ")
        assert needs_of(refusal) == ["reason_given"]
        send_back_text(by(work, YAMADA), incident, notice, " 原因の記載が不足 ")
        assert notice.sent_back_reason == "原因の記載が不足"
        with refused(work, StepRefused) as refusal:
            start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        assert needs_of(refusal) == ["text_approved"]
        submit_text(work, incident, notice)
        assert notice.sent_back_reason == ""


def test_no_text_without_personal_information(work_of: WorkOf) -> None:
    """There is nobody to write to."""
    with work_of(TANAKA) as work:
        incident = reported(work, concerns_personal=False, concerns_confidential=True)
        with refused(work, StepRefused) as refusal:
            drafted(work, incident)
        assert needs_of(refusal) == ["personal_information"]


# ------------------------------------------------------------ the approval for delivery


def test_notices_start_under_the_order_that_covers_them(work_of: WorkOf) -> None:
    """The whole chain: 甲 ordered it, 甲 approved the text, and a second person at 乙 released it."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        item = item_of(incident)
        assert start_deliveries(by(work, SATO), incident, notice, item) == 1
        (delivery,) = deliveries(work)
        assert (delivery.item_id, delivery.channel, delivery.state) == (item.id, LETTER, "queued")
        assert incident.track("notification").state == "under_way"
        assert notice.item is item
        facts = last_line(work, incident).facts
        assert (facts["individuals"], facts["sha256"]) == (1, notice.text_sha256)


def test_the_drafter_does_not_release_its_own_text(work_of: WorkOf) -> None:
    """Four eyes: a wrong letter to a hundred thousand homes is a second incident."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        with refused(work, StepRefused) as refusal:
            start_deliveries(work, incident, notice, item_of(incident))
        assert needs_of(refusal) == ["second_person"]
        start_deliveries(by(work, SUZUKI), incident, notice, item_of(incident))


def test_a_contract_may_waive_the_second_person(work_of: WorkOf) -> None:
    """A firm of one has no second pair of eyes; the parties may agree so."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        the_contract(work.session).second_person = False
        assert start_deliveries(work, incident, notice, item_of(incident)) == 1


@only_on_sqlite
@pytest.mark.parametrize("person", [YAMADA, ITO], ids=lambda member: member.login)
def test_the_release_is_the_contractor_s(work_of: WorkOf, person: CastMember) -> None:
    """甲 orders and approves; 乙 acts."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        with refused(work, NotPermitted):
            start_deliveries(by(work, person), incident, notice, item_of(incident))


@only_on_sqlite
@pytest.mark.parametrize(
    "order",
    [
        Order(NOTIFY, "甲の名で通知", means=(LETTER,), in_whose_name="client"),
        Order(NOTIFY, "第2案で通知", means=(LETTER,), text_version=2),
        SILENCE,
        POSTING,
        Order("other", "窓口を設けること"),
    ],
    ids=["name", "text version", "no notice", "posting only", "something else"],
)
def test_an_order_of_something_else_covers_no_letter(work_of: WorkOf, order: Order) -> None:
    """Kind, text version and name must be the ones that 甲 ordered."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        an_individual(work, incident)
        notice = approved(work, incident)
        approved(work, incident)
        issue_instruction(by(work, YAMADA), incident, [order])
        with refused(work, StepRefused) as refusal:
            start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        assert needs_of(refusal) == ["instruction_covers"]


def test_the_ordered_text_version_goes_out(work_of: WorkOf) -> None:
    """The same order covers the text that it names."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        an_individual(work, incident)
        first, second = approved(work, incident), approved(work, incident)
        order = Order(NOTIFY, "第2案で通知", means=(LETTER,), text_version=second.number)
        issue_instruction(by(work, YAMADA), incident, [order])
        with refused(work, StepRefused):
            start_deliveries(by(work, SATO), incident, first, item_of(incident))
        assert start_deliveries(by(work, SATO), incident, second, item_of(incident)) == 1


def test_an_ended_withdrawn_or_foreign_order_covers_nothing(work_of: WorkOf) -> None:
    """Only what stands, in this case, can be carried out."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work, LETTERS, LETTERS)
        instruction = incident.instructions[0]
        elsewhere = instructed(work)
        with refused(work, StepRefused):
            start_deliveries(by(work, SATO), incident, notice, item_of(elsewhere))
        amend_instruction(by(work, YAMADA), incident, instruction, end=[1], add=[])
        with refused(work, StepRefused):
            start_deliveries(by(work, SATO), incident, notice, item_of(incident, 1))
        withdraw_instruction(by(work, YAMADA), incident, instruction, "再検討")
        with refused(work, StepRefused) as refusal:
            start_deliveries(by(work, SATO), incident, notice, item_of(incident, 2))
        assert needs_of(refusal) == ["instruction_covers"]


def test_everything_that_is_missing_is_said_at_once(work_of: WorkOf) -> None:
    """Nobody should climb over one fence only to find the next."""
    with work_of(TANAKA) as work:
        incident = instructed(work, SILENCE)
        an_individual(work, incident)
        notice = drafted(work, incident)
        with refused(work, StepRefused) as refusal:
            start_deliveries(work, incident, notice, item_of(incident))
        assert needs_of(refusal) == ["instruction_covers", "text_approved", "second_person"]


def test_without_a_list_there_is_nobody_to_write_to(work_of: WorkOf) -> None:
    """Starting nothing would look like having told everybody."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        notice = approved(work, incident)
        with refused(work, BadInput) as refusal:
            start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        assert refusal.value.field == "individuals"


def test_the_text_of_a_posting_is_not_sent_and_that_of_a_letter_is_not_posted(work_of: WorkOf) -> None:
    """A letter speaks to one person; on a public page it would speak about one."""
    with work_of(TANAKA) as work:
        incident, letter = ready(work)
        posting = posting_text(work, incident)
        with refused(work, BadInput):
            start_deliveries(by(work, SATO), incident, posting, item_of(incident))
        with refused(work, BadInput):
            post(work, incident, letter)


def test_of_two_who_release_from_the_same_page_the_second_looks_again(work_of: WorkOf) -> None:
    """One letter for each person, not two."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        seen = incident.track("notification").version
        start_deliveries(by(work, SATO), incident, notice, item_of(incident), seen=seen)
        with refused(work, Overtaken):
            start_deliveries(by(work, SUZUKI), incident, notice, item_of(incident), seen=seen)


def test_nobody_gets_the_same_notice_twice(work_of: WorkOf) -> None:
    """A second list brings new persons; those who have their letter get no other."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        an_individual(work, incident, "0000000002")
        assert start_deliveries(by(work, SATO), incident, notice, item_of(incident)) == 1
        assert len({delivery.individual_id for delivery in deliveries(work)}) == 2


@only_on_sqlite
@pytest.mark.parametrize(
    ("means", "email", "holds", "channel"),
    [
        ((LETTER, EMAIL), "a@example.jp", [], EMAIL),
        ((LETTER, EMAIL), None, [], LETTER),
        ((LETTER,), "a@example.jp", [], LETTER),
        ((EMAIL,), None, [], None),
        ((LETTER,), None, ["no_address"], None),
        ((LETTER, EMAIL), "a@example.jp", ["no_address"], EMAIL),
        ((LETTER, EMAIL), "a@example.jp", ["deceased"], None),
    ],
)
def test_each_person_is_told_by_one_ordered_and_possible_channel(
    work_of: WorkOf, means: tuple[str, ...], email: str | None, holds: list[str], channel: str | None
) -> None:
    """By what 甲 ordered and what the list allows; whoever cannot be reached waits for somebody to look."""
    with work_of(TANAKA) as work:
        incident = instructed(work, Order(NOTIFY, "通知すること", means=means))
        an_individual(work, incident, email=email, holds=holds)
        notice = approved(work, incident)
        started = start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        assert [delivery.channel for delivery in deliveries(work)] == ([channel] if channel else [])
        assert started == len(deliveries(work))


# ------------------------------------------------------------ the posting


def test_a_posting_is_issued_under_the_order_that_asks_for_it(work_of: WorkOf) -> None:
    """本人が容易に知り得る状態: for those whom no letter reaches."""
    with work_of(TANAKA) as work:
        incident = instructed(work, POSTING)
        notice = posting_text(work, incident)
        post(work, incident, notice, until_on=day_in_japan(work.now) + timedelta(days=30))
        document = work.session.scalars(
            select(IssuedDocument).where(IssuedDocument.template == "substitute_notice")
        ).one()
        assert TEXT["what_happened"] in document.text
        assert incident.track("notification").state == "under_way"
        assert last_line(work, incident).facts["place"] == "市ホームページ"


@only_on_sqlite
@pytest.mark.parametrize(("field", "wrong"), [("place", {"place": " "}), ("until_on", {"until_on": -1})])
def test_a_posting_has_a_place_and_does_not_end_before_it_begins(
    work_of: WorkOf, field: str, wrong: dict[str, Any]
) -> None:
    """Otherwise nobody could have known."""
    with work_of(TANAKA) as work:
        incident = instructed(work, POSTING)
        notice = posting_text(work, incident)
        if "until_on" in wrong:
            wrong = {"until_on": day_in_japan(work.now) + timedelta(days=wrong["until_on"])}
        with refused(work, BadInput) as refusal:
            post(work, incident, notice, **wrong)
        assert refusal.value.field == field


def test_a_posting_needs_its_own_order(work_of: WorkOf) -> None:
    """An order to write letters does not allow 乙 to go public."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS)
        notice = posting_text(work, incident)
        with refused(work, StepRefused) as refusal:
            post(work, incident, notice)
        assert needs_of(refusal) == ["instruction_covers"]


# ------------------------------------------------------------ the end of the duty


def test_the_duty_ends_only_when_everyone_is_accounted_for(work_of: WorkOf) -> None:
    """A letter in the queue, a mail that bounced, a person without any: each is somebody who does not know."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        (delivery,) = deliveries(work)
        for state in ("queued", "sending", "printed", "bounced", "returned", "stopped"):
            delivery.state = state
            with refused(work, StepRefused) as refusal:
                conclude_notification(work, incident)
            assert needs_of(refusal) == ["everyone_accounted_for"]
        delivery.state = "posted"
        conclude_notification(work, incident)
        assert incident.track("notification").state == "done"


def test_one_person_without_a_notice_keeps_the_duty_open(work_of: WorkOf) -> None:
    """Ninety-nine of a hundred is not everyone."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        the_post_takes_all(work)
        an_individual(work, incident, "0000000002")
        with refused(work, StepRefused):
            conclude_notification(work, incident)


def test_a_posting_speaks_to_those_whom_no_letter_reached(work_of: WorkOf) -> None:
    """That is what the clause offers it for; but letters under way are still awaited."""
    with work_of(TANAKA) as work:
        incident, notice = ready(work)
        start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        issue_instruction(by(work, YAMADA), incident, [POSTING])
        post(work, incident, posting_text(work, incident))
        with refused(work, StepRefused):
            conclude_notification(work, incident)
        deliveries(work)[0].state = "returned"
        conclude_notification(work, incident)


def test_a_posting_whose_order_was_withdrawn_speaks_to_nobody(work_of: WorkOf) -> None:
    """What 甲 took back settles nothing."""
    with work_of(TANAKA) as work:
        incident = instructed(work, POSTING)
        an_individual(work, incident)
        post(work, incident, posting_text(work, incident))
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "再検討")
        with refused(work, StepRefused) as refusal:
            conclude_notification(work, incident)
        assert needs_of(refusal) == ["everyone_accounted_for"]


def test_notification_is_set_aside_only_when_it_is_ruled_out(work_of: WorkOf) -> None:
    """Nobody at 乙 decides alone that people need not know."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS)
        with refused(work, StepRefused) as refusal:
            set_notification_aside(work, incident)
        assert needs_of(refusal) == ["notice_ruled_out"]
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "暗号化を確認")
        issue_instruction(by(work, YAMADA), incident, [SILENCE])
        set_notification_aside(work, incident)
        assert incident.track("notification").state == "not_required"


def test_what_was_set_aside_is_unsettled_when_its_ground_is_gone(work_of: WorkOf) -> None:
    """First "no personal data", later the opposite: the case must not close on the old answer."""
    with work_of(TANAKA) as work:
        incident = reported(work, concerns_personal=False, concerns_confidential=True)
        set_notification_aside(work, incident)
        assert "notification_settled" not in what_speaks_against_closing(work, incident)
        describe_case(work, incident, concerns_personal=True, concerns_confidential=True)
        assert "notification_settled" in what_speaks_against_closing(work, incident)
        resume_notification(work, incident)
        assert incident.track("notification").state == "not_started"


def test_a_withdrawn_order_to_keep_silent_unsettles_the_duty(work_of: WorkOf) -> None:
    """甲 may change its mind, too."""
    with work_of(TANAKA) as work:
        incident = instructed(work, SILENCE)
        set_notification_aside(work, incident)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "通知することとした")
        assert "notification_settled" in what_speaks_against_closing(work, incident)


def what_speaks_against_closing(work: Work, incident: Incident) -> list[str]:
    with refused(work, StepRefused) as refusal:
        close_incident(by(work, YAMADA), incident)
    return needs_of(refusal)


# ------------------------------------------------------------ privacy


def test_nothing_personal_ends_in_the_record_or_in_what_the_parties_send_each_other(work_of: WorkOf) -> None:
    """Article 7 may oblige us to destroy it; the record is never destroyed."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS, POSTING)
        personal = {
            "name": "秘密 花子",
            "kana": "ヒミツ ハナコ",
            "email": "himitsu@example.jp",
            "postal_code": "999-9999",
            "phone": "090-9999-9999",
            "guardian": "秘密 親子",
        }
        lines = ("秘密県秘密市1-1",)
        individual = an_individual(work, incident, "0000012345", address_lines=lines, **personal)
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
        the_post_takes_all(work)
        conclude_notification(work, incident)
        send_follow_up(work, incident, reason="通知を終えた")
        send_final_report(work, incident)
        record = "".join(entry.sealed_text for entry in entries_of(work.session, incident.id))
        papers = "".join(d.html + d.text for d in work.session.scalars(select(IssuedDocument)))
        for value in (*personal.values(), *lines, "0000012345", individual.code):
            assert value not in record
            assert value not in papers


def test_a_substitute_text_is_a_notice_of_its_own_kind(work_of: WorkOf) -> None:
    """It is counted in the same row of versions, so that 甲 can name it in an order."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        drafted(work, incident)
        posting = draft_notice(
            work,
            incident,
            kind=SUBSTITUTE_NOTICE,
            in_whose_name="contractor",
            values={**TEXT, "who": "受給者"},
        )
        assert (posting.number, posting.kind) == (2, SUBSTITUTE_NOTICE)
