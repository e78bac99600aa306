"""What becomes of a notice that did not arrive: other channel, other order, other place, or back to the duty."""

from datetime import timedelta

import pytest

from incident_app.domain.errors import StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import EMAIL, LETTER, NOTIFY
from incident_app.domain.notice import BOUNCED, POSTED, QUEUED, STOPPED, Delivery, Notice
from incident_app.domain.parties import day_in_japan
from incident_app.domain.work import Work
from incident_app.services.closing import close_incident
from incident_app.services.describing import describe_case
from incident_app.services.instructing import Order, issue_instruction, withdraw_instruction
from incident_app.services.notifying import (
    conclude_notification,
    post_substitute,
    send_back_text,
    set_notification_aside,
    start_deliveries,
)
from incident_app.services.posting import record_return
from tests.builders import an_individual
from tests.cast import SATO, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.stories import LETTERS, POSTING, SILENCE, approved, by, instructed, item_of, posting_text

BY_MAIL = Order(NOTIFY, "本人に電子メールで通知すること", means=(EMAIL,))
BY_BOTH = Order(NOTIFY, "本人に通知すること", means=(EMAIL, LETTER))


def released(
    work: Work, order: Order = LETTERS, email: str | None = None
) -> tuple[Incident, Notice, Delivery]:
    """A case with one individual whose notice is queued."""
    incident = instructed(work, order)
    an_individual(work, incident, email=email)
    notice = approved(work, incident)
    start_deliveries(by(work, SATO), incident, notice, item_of(incident))
    return incident, notice, the_delivery(work)


def the_delivery(work: Work) -> Delivery:
    work.session.flush()
    return work.session.query(Delivery).order_by(Delivery.id.desc()).first() or Delivery()


def test_after_a_bounce_comes_the_letter(work_of: WorkOf) -> None:
    """A mail that came back has told nobody."""
    with work_of(TANAKA) as work:
        incident, notice, mail = released(work, BY_BOTH, "a@example.jp")
        assert mail.channel == EMAIL
        mail.state = BOUNCED

        assert start_deliveries(by(work, SATO), incident, notice, item_of(incident)) == 1

        assert the_delivery(work).channel == LETTER


def test_a_new_order_starts_again_what_the_old_one_stopped(work_of: WorkOf) -> None:
    """甲 withdraws in the morning and orders the same in the evening: nobody is forgotten."""
    with work_of(TANAKA) as work:
        incident, notice, delivery = released(work)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "再検討のため")
        work.session.refresh(delivery)
        assert delivery.state == STOPPED
        issue_instruction(by(work, YAMADA), incident, [LETTERS])

        assert start_deliveries(by(work, SATO), incident, notice, item_of(incident)) == 1

        assert delivery.state == QUEUED
        assert delivery.item_id == incident.items_in_force[0].id


def test_a_text_that_is_sent_back_stops_on_its_way(work_of: WorkOf) -> None:
    """甲 finds a mistake after the release: what has not gone out does not go out."""
    with work_of(TANAKA) as work:
        incident, notice, delivery = released(work)

        send_back_text(by(work, YAMADA), incident, notice, "日付の誤り")

        work.session.refresh(delivery)
        assert delivery.state == STOPPED


def test_a_letter_that_comes_back_after_the_end_opens_the_duty_again(work_of: WorkOf) -> None:
    """Done means that everybody was reached."""
    with work_of(TANAKA) as work:
        incident, _, delivery = released(work)
        delivery.state = POSTED
        conclude_notification(work, incident)

        record_return(work, incident, delivery.individual.code, "moved")

        with pytest.raises(StepRefused, match="duty to notify individuals is not settled"):
            close_incident(by(work, YAMADA), incident)


def test_a_posting_that_has_not_begun_tells_nobody(work_of: WorkOf) -> None:
    """A page that appears next year is no notice today."""
    with work_of(TANAKA) as work:
        incident = instructed(work, POSTING)
        an_individual(work, incident)
        text = posting_text(work, incident)
        later = day_in_japan(work.now) + timedelta(days=300)
        post_substitute(
            by(work, SATO), incident, text, item_of(incident), place="トップページ", from_on=later
        )

        with pytest.raises(StepRefused, match="not yet reached"):
            conclude_notification(work, incident)


def test_the_same_text_can_be_posted_in_a_second_place(work_of: WorkOf) -> None:
    """On the page and on the board at the counter: two postings, each with its document."""
    with work_of(TANAKA) as work:
        incident = instructed(work, POSTING)
        an_individual(work, incident)
        text, today = posting_text(work, incident), day_in_japan(work.now)

        places = [
            post_substitute(by(work, SATO), incident, text, item_of(incident), place=place, from_on=today)
            for place in ("トップページ", "窓口の掲示板")
        ]

        work.session.flush()
        assert len({posting.document_id for posting in places}) == 2


def test_an_order_to_notify_goes_before_an_order_not_to(work_of: WorkOf) -> None:
    """Two orders that contradict each other both bind, so nothing is set aside until 甲 withdraws one."""
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS)
        issue_instruction(by(work, YAMADA), incident, [SILENCE])

        with pytest.raises(StepRefused, match="An order to notify stands"):
            set_notification_aside(work, incident)


def test_the_contractor_cannot_talk_itself_out_of_an_order(work_of: WorkOf) -> None:
    """乙 says that no personal information is concerned; 甲's order to notify stands all the same."""
    with work_of(TANAKA) as work:
        incident, _, _ = released(work)
        describe_case(work, incident, concerns_personal=False, concerns_confidential=True)

        with pytest.raises(StepRefused, match="An order to notify stands"):
            set_notification_aside(work, incident)
