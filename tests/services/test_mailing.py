"""The ledger of outgoing mail: who has a row, what becomes of it, and what the record says."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from incident_app.domain.incident import Incident
from incident_app.domain.notice import BOUNCED, QUEUED, SENDING, SENT, STOPPED, Delivery
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.timeline import entries_of
from incident_app.domain.work import Work
from incident_app.mail.sending import Outcome
from incident_app.services.instructing import amend_instruction, withdraw_instruction
from incident_app.services.mailing import LOST_AFTER, Ledger, Parcel, settle, take_up_lost
from incident_app.services.mailing_summary import summarise
from incident_app.services.notifying import send_back_text, start_deliveries
from tests.builders import an_individual
from tests.cast import SATO, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import INQUIRY, MAILS, approved, by, instructed, item_of
from tests.workers.conftest import address, released

SENDER = "incident@example.jp"
TAKEN = Outcome("accepted", 250, "2.0.0 queued")
LATER = Outcome("temporary", 451, "4.7.1 try again later")
NEVER = Outcome("permanent", 550, "5.1.1 no such user")


def claimed(work: Work, wanted: int = 100) -> list[Parcel]:
    """The mails to individuals that are due, now marked as being sent; those between the parties stay queued."""
    work.session.flush()
    work.session.execute(update(CaseMail).values(state=SENT))
    return ledger(work).claim(work, wanted)


def ledger(work: Work) -> Ledger:
    return Ledger(lambda: nullcontext(work), SENDER)


def states(work: Work) -> list[str]:
    work.session.flush()
    work.session.expire_all()
    return list(work.session.scalars(select(Delivery.state).order_by(Delivery.id)))


def sent_totals(work: Work, incident: Incident) -> list[int]:
    return [e.facts["total"] for e in entries_of(work.session, incident.id) if e.event == "mail_sent"]


def test_of_several_workers_one_has_a_row(work_of: WorkOf) -> None:
    """The row itself is the lock: the second who reaches for it gets the next."""
    with work_of(TANAKA) as work:
        released(work)
        (first,) = claimed(work, 1)
    with work_of(TANAKA) as work:
        assert states(work) == [SENDING, QUEUED, QUEUED]
        others = claimed(work)
        assert first.row_id not in [parcel.row_id for parcel in others] and len(others) == 2
    with work_of(TANAKA) as work:
        assert claimed(work) == []


def test_an_outcome_and_the_next_intent_are_one_transaction(work_of: WorkOf) -> None:
    """Neither stands without the other, however many conversations share it."""
    with work_of(TANAKA) as work:
        released(work, 5)
        work.session.execute(update(CaseMail).values(state=SENT))
        book = ledger(work)
        first = book.exchange([], 2)
        assert states(work) == [SENDING, SENDING, QUEUED, QUEUED, QUEUED]
        second = book.exchange([(first[0], TAKEN), (first[1], NEVER)], 2)
        assert states(work) == [SENT, BOUNCED, SENDING, SENDING, QUEUED]
        assert [envelope.to for envelope in second] == [address(3), address(4)]
        assert book.exchange([(envelope, TAKEN) for envelope in second], 0) == []
        assert states(work) == [SENT, BOUNCED, SENT, SENT, QUEUED]


def test_a_row_of_which_no_mail_can_be_made_does_not_end_the_queue(work_of: WorkOf) -> None:
    """The one after it is what the connection was waiting for."""
    with work_of(TANAKA) as work:
        incident = instructed(work, MAILS)
        for number, email in enumerate(("no address", "a@example.jp")):
            an_individual(work, incident, str(number), email=email)
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
        (parcel,) = claimed(work, 1)
        assert parcel.envelope.to == "a@example.jp" and states(work) == [BOUNCED, SENDING]


@pytest.mark.parametrize(("outcome", "state"), [(TAKEN, SENT), (LATER, QUEUED), (NEVER, BOUNCED)])
@only_on_sqlite
def test_the_relays_answer_is_kept_in_its_own_words(work_of: WorkOf, outcome: Outcome, state: str) -> None:
    """People read there why a mail has not arrived."""
    with work_of(TANAKA) as work:
        released(work, 1)
        (parcel,) = claimed(work)
        settle(work, [(parcel, outcome)])
        delivery = work.session.scalars(select(Delivery)).one()
        assert delivery.state == state
        assert delivery.reply == f"{outcome.code} {outcome.reply}"
        assert (delivery.next_try_at is not None) == (state == QUEUED)


def test_mail_between_the_parties_goes_out_whatever_becomes_of_the_instruction(work_of: WorkOf) -> None:
    """甲 must hear of a withdrawal, too: only notices hang on an order."""
    with work_of(TANAKA) as work:
        incident = released(work, 1)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "再検討のため")
        work.session.flush()
        parcels = ledger(work).claim(work, 100)
        assert parcels and all(parcel.row is CaseMail for parcel in parcels)
        assert all(parcel.envelope.automatic for parcel in parcels)


def test_a_text_that_is_sent_back_while_the_relay_hesitates_does_not_go_out(work_of: WorkOf) -> None:
    """The mail was in hand when 甲 took the text back, and the relay asked to try later: no second try."""
    with work_of(TANAKA) as work:
        incident = released(work, 2)
        (first,) = claimed(work, 1)
        send_back_text(by(work, YAMADA), incident, incident.notices[0], "日付の誤り")
        settle(work, [(first, LATER)])
        assert states(work) == [STOPPED, STOPPED]
        assert claimed(work) == []


def test_a_mail_in_hand_during_a_withdrawal_is_recorded_as_it_ended(work_of: WorkOf) -> None:
    """It cannot be called back; the ledger says what happened, not what was wished."""
    with work_of(TANAKA) as work:
        incident = released(work, 1)
        (parcel,) = claimed(work)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "再検討のため")
        settle(work, [(parcel, TAKEN)])
        assert states(work) == [SENT]


@only_on_sqlite
def test_what_an_amendment_leaves_alone_goes_on(work_of: WorkOf) -> None:
    """甲 adds an order; the mails under the old one are not disturbed."""
    with work_of(TANAKA) as work:
        incident = released(work, 1)
        amend_instruction(
            by(work, YAMADA), incident, incident.instructions[0], add=[INQUIRY], end=[], reason="追加"
        )
        assert len(claimed(work)) == 1


def test_only_what_nobody_can_be_sending_any_more_is_taken_up_again(
    work_of: WorkOf, clock: TestClock
) -> None:
    """The id stays the same, so that a second copy can be recognised."""
    with work_of(TANAKA) as work:
        released(work)
        (early,) = claimed(work, 1)
    clock.advance(minutes=1)
    with work_of(TANAKA) as work:
        claimed(work, 1)
    clock.now += LOST_AFTER - timedelta(seconds=30)
    with work_of(TANAKA) as work:
        assert take_up_lost(work) == 1
        assert states(work) == [QUEUED, SENDING, QUEUED]
        (again,) = claimed(work, 1)
        assert again.envelope.message_id == early.envelope.message_id


@only_on_sqlite
def test_the_record_tells_each_total_once(work_of: WorkOf) -> None:
    """A worker asks every two seconds; the record grows only when there is news."""
    with work_of(TANAKA) as work:
        incident = released(work, 3)
        parcels = [(parcel, TAKEN) for parcel in claimed(work)]
        assert summarise(work) == 0
        settle(work, parcels[:2])
        assert [summarise(work), summarise(work)] == [1, 0]
        settle(work, parcels[2:])
        assert [summarise(work), summarise(work)] == [1, 0]
        assert sent_totals(work, incident) == [2, 3]
