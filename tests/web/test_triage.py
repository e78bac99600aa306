"""Triage in the browser: what is known, what is proposed, what each party decides."""

from incident_app.domain.incident import Incident
from tests.builders import an_incident
from tests.cast import ITO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.web.conftest import ClientOf

ANSWERS = {
    **dict.fromkeys(("personal", "database"), "yes"),
    **dict.fromkeys(("sensitive", "ordinance_sensitive", "property_damage", "unlawful_purpose"), "no"),
    **dict.fromkeys(("my_number", "public_view", "eu_residents"), "no"),
}


def opened(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return f"/incidents/{an_incident(work).number}"


def test_from_the_questions_to_the_decision_and_its_dates(client_of: ClientOf, work_of: WorkOf) -> None:
    """乙 answers, sees why, decides with a reason, and every date leads to how it was counted."""
    case = opened(work_of)
    worker, tanaka = client_of(SUZUKI), client_of(TANAKA)
    page = tanaka.read(f"{case}/triage")
    assert "未確定" in page
    assert "2027-01-04" in page, "if a report is due, then by when"
    answer = worker.send(f"{case}/triage/facts", f"{case}/triage/facts", **ANSWERS, persons_low="1,001")
    assert answer.headers["Location"] == f"{case}/triage"
    page = tanaka.read(f"{case}/triage")
    assert "施行規則第7条第4号" in page and "1,001" in page
    form = tanaka.read(f"{case}/triage/decision")
    assert 'name="party" value="contractor"' in form and "2026-11-30T01:00" in form
    tanaka.send(
        f"{case}/triage/decision",
        f"{case}/triage/decisions",
        **{"party": "contractor", "reportable": "yes", "days": "30"},
        **{"reason": "1,000人を超えるため", "known_at": "2026-11-30T01:00"},
    )
    page = tanaka.read(f"{case}/triage")
    assert "1,000人を超えるため" in page and "/deadlines/" in page
    assert "2027-01-04" in tanaka.read(case)


def test_a_decision_without_a_reason_keeps_what_was_typed(client_of: ClientOf, work_of: WorkOf) -> None:
    """The refusal stands at the field, and the rest is still there."""
    case = opened(work_of)
    answer = client_of(TANAKA).send(
        f"{case}/triage/decision",
        f"{case}/triage/decisions",
        **{"party": "contractor", "reportable": "no", "days": "30", "reason": ""},
        **{"known_at": "2026-11-30T01:30", "exemption": "高度な暗号化"},
    )
    assert answer.status_code == 422
    assert 'id="wrong-reason"' in answer.text and "2026-11-30T01:30" in answer.text
    assert "高度な暗号化" in answer.text


def test_the_client_sees_that_its_clock_has_not_begun(client_of: ClientOf, work_of: WorkOf) -> None:
    """甲 reads why no date is shown, and what would start it."""
    case = opened(work_of)
    yamada = client_of(YAMADA)
    assert "受領" in yamada.read(f"{case}/triage")
    assert '<form method="post" action="' + f"{case}/triage/decisions" not in yamada.read(
        f"{case}/triage/decision"
    )


def test_whoever_only_reads_is_not_offered_a_decision_that_counts(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """An auditor of 甲 who sends the form all the same is refused, and nothing is decided."""
    case = opened(work_of)
    ito = client_of(ITO)
    assert f"{case}/triage/decision" not in ito.read(f"{case}/triage")
    assert f"{case}/triage/facts" not in ito.read(f"{case}/triage")
    once = ito.hidden(f"{case}/triage/facts", f"{case}/triage/facts")
    answer = ito.post(
        f"{case}/triage/decisions",
        **once,
        **{"party": "contractor", "reportable": "no", "days": "30", "reason": "x"},
        **{"known_at": "2026-11-30T01:30"},
    )
    assert answer.status_code == 403
    with work_of(TANAKA) as work:
        assert [i.decisions for i in work.session.query(Incident)] == [[]]
