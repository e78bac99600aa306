"""The needs one by one: what counts as met, and what only looks like it."""

import pytest

from incident_app.domain.deadline import RELEASED, REPORTABILITY
from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident import Incident
from incident_app.domain.notice import Posting
from incident_app.domain.publication import Publication
from incident_app.domain.work import Work
from incident_app.engine.needs import NEEDS, Situation
from tests.builders import (
    a_bare_incident,
    a_consultation,
    a_delivery,
    a_document,
    a_notice,
    an_individual,
    an_item,
)
from tests.cast import TANAKA
from tests.conftest import WorkOf
from tests.services.dates import a_date_by_law


def met(need: str, work: Work, incident: Incident) -> bool:
    work.session.flush()
    return NEEDS[need].is_met(Situation(work, incident))


def a_posting(work: Work, incident: Incident, document: IssuedDocument) -> Posting:
    """A substitute notice that hangs under an item in force."""
    posting = Posting(
        notice_id=a_notice(work, incident, kind="substitute_notice").id,
        item=an_item(work, incident, kind="substitute_notice"),
        document_id=document.id,
        place="公式サイト",
        from_on=work.now.date(),
        posted_at=work.now,
    )
    work.session.add(posting)
    work.session.flush()
    return posting


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("queued", False),
        ("sending", False),
        ("printed", False),
        ("bounced", False),
        ("returned", False),
        ("stopped", False),
        ("sent", True),
        ("posted", True),
        ("substituted", True),
    ],
)
def test_an_individual_is_reached_when_the_notice_has_gone_out(
    work_of: WorkOf, state: str, *, counts: bool
) -> None:
    """A letter that lies printed in the office has reached nobody."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        notice, item = a_notice(work, incident), an_item(work, incident)
        a_delivery(work, notice, an_individual(work, incident), item, state=state)
        assert met("everyone_accounted_for", work, incident) == counts


def test_one_forgotten_individual_keeps_the_duty_open(work_of: WorkOf) -> None:
    """460,516 of 460,517 is not everybody."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        assert not met("everyone_accounted_for", work, incident)  # nobody is listed: nobody was reached

        notice, item = a_notice(work, incident), an_item(work, incident)
        a_delivery(work, notice, an_individual(work, incident), item, state="posted")
        an_individual(work, incident, "0000000002")
        assert not met("everyone_accounted_for", work, incident)


def test_a_posting_speaks_to_the_rest_while_its_order_stands(work_of: WorkOf) -> None:
    """The substitute notice reaches those whom no letter finds; withdrawn, it reaches nobody."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        an_individual(work, incident)
        posting = a_posting(work, incident, a_document(work, incident, "0" * 64))
        assert met("everyone_accounted_for", work, incident)

        posting.item.ended_in = 2
        assert not met("everyone_accounted_for", work, incident)


def test_a_posting_does_not_hide_letters_that_are_still_on_their_way(work_of: WorkOf) -> None:
    """What waits in the queue is sent or stopped first."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        a_posting(work, incident, a_document(work, incident, "0" * 64))
        a_delivery(work, a_notice(work, incident), an_individual(work, incident), an_item(work, incident))
        assert not met("everyone_accounted_for", work, incident)


def test_notification_set_aside_is_settled_only_while_the_reason_holds(work_of: WorkOf) -> None:
    """通知不要 may be taken back: then the duty is open again, whatever the track says."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, states={"notification": "not_required"})
        assert not met("notification_settled", work, incident)
        item = an_item(work, incident, kind="no_notice")
        assert met("notification_settled", work, incident)
        item.instruction.withdrawn_at = work.now
        assert not met("notification_settled", work, incident)


def test_withholding_is_settled_by_its_reason(work_of: WorkOf) -> None:
    """The track alone does not say why nothing was published."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, states={"publication": "withheld"})
        assert not met("publication_settled", work, incident)
        incident.publications.append(
            Publication(
                number=1,
                consultation=a_consultation(work, incident, "withhold"),
                withheld=True,
                reason="捜査中のため",
                values={},
                decided_at=work.now,
            )
        )
        assert met("publication_settled", work, incident)


def test_a_transcription_waits_for_the_clients_word_unless_withdrawn(work_of: WorkOf) -> None:
    """What 乙 wrote down binds meanwhile, but no case ends on it."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        instruction = an_item(work, incident).instruction
        instruction.transcribed = True
        assert not met("instructions_confirmed", work, incident)
        instruction.confirmed_at = work.now
        assert met("instructions_confirmed", work, incident)
        instruction.confirmed_at, instruction.withdrawn_at = None, work.now
        assert met("instructions_confirmed", work, incident)


def test_items_are_fulfilled_when_every_standing_one_is(work_of: WorkOf) -> None:
    """An item that was amended away asks for nothing any more."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        assert met("items_fulfilled", work, incident)
        done, amended = an_item(work, incident), an_item(work, incident)
        done.fulfilled_at = work.now
        assert not met("items_fulfilled", work, incident)
        amended.ended_in = 2
        assert met("items_fulfilled", work, incident)
        assert met("instruction_stands", work, incident)


@pytest.mark.parametrize(
    ("name", "statutory", "holds_back"),
    [("final_report", True, True), (REPORTABILITY, False, True), ("next_follow_up", False, False)],
)
def test_what_is_owed_to_the_authority_is_filed_released_or_decided_away(
    work_of: WorkOf, *, name: str, statutory: bool, holds_back: bool
) -> None:
    """Closing the case between the parties must not bury a date by law; their own targets are no such date."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        assert met("statutory_duties_settled", work, incident)
        filed, released = (a_date_by_law(work, incident, name=name, statutory=statutory) for _ in range(2))
        filed.meet(work.now)
        assert met("statutory_duties_settled", work, incident) == (not holds_back)
        released.drop(work.now, RELEASED)
        assert met("statutory_duties_settled", work, incident)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [("open", True), ("no_incident_claimed", True), ("no_incident", False), ("closed", False)],
)
def test_a_claim_alone_ends_nothing(work_of: WorkOf, state: str, *, is_open: bool) -> None:
    """乙 may think that it is no incident; until 甲 agrees the duties run."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, states={"closure": state})
        assert met("case_open", work, incident) == is_open


def test_every_need_has_words_in_both_languages() -> None:
    """A refusal that nobody can read is a wall."""
    assert all(need.ja and need.en and need.name == name for name, need in NEEDS.items())
