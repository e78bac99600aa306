"""協議・公表・再発防止 (Article 16(3)): no publication without consultation, no withholding without a reason."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.errors import BadInput, NotPermitted, Overtaken, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.publication import Consultation
from incident_app.domain.work import Work
from incident_app.services.closing import close_incident
from incident_app.services.publishing import (
    answer_consultation,
    complete_prevention,
    propose_consultation,
    publish,
    record_prevention,
    withhold_publication,
)
from tests.builders import a_consultation
from tests.cast import ITO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import TEXT, by, consulted, last_line, refused, reported, settled


def needs_of(refusal: pytest.ExceptionInfo[Any]) -> list[str]:
    return [unmet.need for unmet in refusal.value.unmet]


def go_public(work: Work, incident: Incident, consultation: Consultation, **changes: Any) -> None:
    publish(work, incident, consultation, **{"place": "乙のホームページ", "values": TEXT, **changes})


def proposed(work: Work, incident: Incident) -> Consultation:
    return propose_consultation(work, incident, proposal="publish", points=" 公表の時期 ")


# ------------------------------------------------------------ consultation


@pytest.mark.parametrize("person", [TANAKA, YAMADA], ids=lambda member: member.login)
def test_either_party_asks_for_consultation(work_of: WorkOf, person: Any) -> None:
    """The clause says 協議, which either side may begin."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        consultation = proposed(by(work, person), incident)
        assert (consultation.number, consultation.points) == (1, "公表の時期")
        assert incident.track("publication").state == "undecided", "a proposal decides nothing"


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "wrong"), [("proposal", {"proposal": "perhaps"}), ("points", {"points": " "})]
)
def test_a_proposal_says_what_and_why(work_of: WorkOf, field: str, wrong: dict[str, str]) -> None:
    """甲 can answer only what it was asked."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, BadInput) as refusal:
            propose_consultation(work, incident, **{"proposal": "publish", "points": "時期", **wrong})
        assert refusal.value.field == field


def test_only_the_client_answers_and_only_once(work_of: WorkOf) -> None:
    """乙 cannot consult with itself."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        consultation = proposed(work, incident)
        with refused(work, NotPermitted):
            answer_consultation(work, incident, consultation, outcome="publish", answer="")
        officer = by(work, YAMADA, hours=2)
        answer_consultation(
            officer,
            incident,
            consultation,
            outcome="defer",
            answer=" 調査を待つ ",
            attendees="山田、田中",
            next_review_on=date(2026, 12, 7),
        )
        assert (consultation.outcome, consultation.answer) == ("defer", "調査を待つ")
        assert (consultation.answered_at, consultation.next_review_on) == (officer.now, date(2026, 12, 7))
        assert last_line(work, incident).facts["outcome"] == "defer"
        with refused(work, BadInput):
            answer_consultation(officer, incident, consultation, outcome="publish", answer="")


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "outcome"),
    [("outcome", "perhaps"), ("answer", "publish_part"), ("answer", "defer"), ("answer", "withhold")],
)
def test_anything_but_full_publication_is_answered_with_a_reason(
    work_of: WorkOf, field: str, outcome: str
) -> None:
    """Publication is the rule (努めるものとする); the exception explains itself."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        consultation = proposed(work, incident)
        with refused(work, BadInput) as refusal:
            answer_consultation(by(work, YAMADA), incident, consultation, outcome=outcome, answer=" ")
        assert refusal.value.field == field


def test_of_two_officers_who_answer_the_second_looks_again(work_of: WorkOf) -> None:
    """Two consultations can be open; the answers may contradict each other."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        first, second = proposed(work, incident), proposed(work, incident)
        seen, officer = incident.track("publication").version, by(work, YAMADA)
        answer_consultation(officer, incident, first, outcome="publish", answer="", seen=seen)
        with refused(work, Overtaken):
            answer_consultation(officer, incident, second, outcome="withhold", answer="秘密", seen=seen)


# ------------------------------------------------------------ publication


def test_the_publication_is_issued_and_sent_to_the_client(work_of: WorkOf) -> None:
    """甲 must have the very words that the press reads."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        go_public(work, incident, consulted(work, incident), values={**TEXT, "cause": "置き忘れ"})
        (publication,) = incident.publications
        assert not publication.withheld
        document = publication.document
        assert document is not None
        assert document.reference == f"{incident.number}-P1"
        assert TEXT["what_happened"] in document.text
        assert "置き忘れ" in document.text
        assert "取扱注意" not in document.text, "a public paper carries no handling mark"
        told = work.session.scalars(select(CaseMail.to).where(CaseMail.document_id == document.id))
        assert set(told) == {YAMADA.email}
        assert incident.track("publication").state == "published"


def test_nothing_is_published_before_the_client_has_answered(work_of: WorkOf) -> None:
    """甲との協議の上: asking is not yet consulting. That the track allows it is not enough."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        open_question = proposed(work, incident)
        with refused(work, StepRefused) as refusal:
            go_public(work, incident, open_question)
        assert needs_of(refusal) == ["place", "consultation_held"]
        consulted(work, incident)
        for decide in (go_public, lambda w, i, c: withhold_publication(w, i, c, "秘密")):
            with refused(work, StepRefused) as refusal:
                decide(work, incident, open_question)
            assert needs_of(refusal) == ["consultation_held"]


def test_a_consultation_about_another_case_does_not_count(work_of: WorkOf) -> None:
    """Each case is consulted on its own."""
    with work_of(TANAKA) as work:
        incident, elsewhere = reported(work), reported(work)
        consulted(work, incident)
        foreign = a_consultation(work, elsewhere)
        with refused(work, StepRefused) as refusal:
            go_public(work, incident, foreign)
        assert needs_of(refusal) == ["consultation_held"]


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "wrong"), [("what_happened", {"values": {"cause": "不明"}}), ("place", {"place": " "})]
)
def test_a_publication_says_what_happened_and_where_it_stands(
    work_of: WorkOf, field: str, wrong: dict[str, Any]
) -> None:
    """Otherwise it publishes nothing."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        consultation = consulted(work, incident)
        with refused(work, BadInput) as refusal:
            go_public(work, incident, consultation, **wrong)
        assert refusal.value.field == field


def test_a_further_publication_may_follow(work_of: WorkOf) -> None:
    """第1報, 第2報: what was not known is told later."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        consultation = consulted(work, incident)
        go_public(work, incident, consultation)
        go_public(work, incident, consultation, values={**TEXT, "cause": "置き忘れ"})
        first, second = incident.publications
        assert first.document is not None
        assert second.document is not None
        assert (first.number, second.number) == (1, 2)
        assert "置き忘れ" not in first.document.text


def test_withholding_stores_its_reason(work_of: WorkOf) -> None:
    """Best effort means: whoever does not publish says why, and the why is kept."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        consultation = consulted(work, incident, outcome="withhold")
        with refused(work, StepRefused) as refusal:
            withhold_publication(work, incident, consultation, "  ")
        assert needs_of(refusal) == ["reason_given"]
        publication = withhold_publication(work, incident, consultation, " 本人が特定されるため ")
        work.session.flush()
        assert (publication.withheld, publication.reason) == (True, "本人が特定されるため")
        assert last_line(work, incident).facts["reason"] == "本人が特定されるため"
        assert incident.track("publication").state == "withheld"


def test_a_new_answer_asks_for_a_new_decision(work_of: WorkOf) -> None:
    """What was withheld can be published after 甲 spoke again, and the case does not close in between."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        consultation = consulted(work, incident)
        assert incident.track("publication").state == "consulted"
        with refused(work, StepRefused) as refusal:
            close_incident(by(work, YAMADA), incident)
        assert needs_of(refusal) == ["publication_settled"]
        go_public(work, incident, consultation)
        close_incident(by(work, YAMADA), incident)


@only_on_sqlite
@pytest.mark.parametrize("person", [SUZUKI, YAMADA, ITO], ids=lambda member: member.login)
def test_only_the_responsible_person_publishes_or_withholds(work_of: WorkOf, person: Any) -> None:
    """Article 16(3) addresses 乙."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        consultation = consulted(work, incident)
        with refused(work, NotPermitted):
            go_public(by(work, person), incident, consultation)
        with refused(work, NotPermitted):
            withhold_publication(by(work, person), incident, consultation, "秘密")


# ------------------------------------------------------------ prevention


def test_prevention_is_recorded_at_any_time_and_done_once(work_of: WorkOf) -> None:
    """The last measure is often in place months after the case was closed."""
    with work_of(SUZUKI) as work:
        incident = settled(by(work, TANAKA))
        measure = record_prevention(
            work, incident, " 書出しの禁止 ", responsible="システム課", due_on=date(2026, 12, 25)
        )
        work.session.flush()
        close_incident(by(work, YAMADA), incident)
        with refused(work, BadInput):
            record_prevention(work, incident, " ")
        later = by(work, SUZUKI, days=25)
        complete_prevention(later, incident, measure.id)
        assert (measure.text, measure.done_at) == ("書出しの禁止", later.now)
        with refused(work, BadInput):
            complete_prevention(later, incident, measure.id)


def test_another_case_s_measure_is_not_done_here(work_of: WorkOf) -> None:
    """A number from another page settles nothing."""
    with work_of(TANAKA) as work:
        incident, elsewhere = reported(work), reported(work)
        measure = record_prevention(work, elsewhere, "再教育")
        work.session.flush()
        with refused(work, BadInput):
            complete_prevention(work, incident, measure.id)
