"""Opening an incident at night, the list, and the page of one incident, over HTTP."""

import pytest
from werkzeug.test import TestResponse

from incident_app.domain.incident import Incident
from incident_app.domain.parties import CLIENT, CONTRACTOR, WORKER
from incident_app.domain.statute import ReportabilityDecision
from incident_app.services.finding import find_incident, incidents_of
from incident_app.services.reporting import receive_report, send_first_report
from tests.builders import an_incident, the_contract
from tests.cast import AOBA, ITO, KIMURA, MINATO, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.dates import a_date_by_law
from tests.services.stories import by, drafted, instructed, reported, serve
from tests.web.conftest import ClientOf, Visitor

NIGHT = {
    "contract": MINATO.number,
    "title": "帰宅途中にUSBメモリを紛失",
    "detected_at": "2026-11-30T01:30",
    "kinds": "loss",
    "information": "personal",
}


def open_one(client: Visitor, **changes: str) -> TestResponse:
    return client.send("/incidents/new", "/incidents", **NIGHT | changes)


def cases(work_of: WorkOf) -> list[Incident]:
    with work_of(TANAKA) as work:
        return incidents_of(work)


def test_one_page_registers_the_incident_and_sends_the_first_report(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """At two in the morning one act must be enough, with three of the four facts still unknown."""
    answer = open_one(
        client_of(TANAKA), then="report", content_state="known", content_text="国保被保険者の氏名・住所"
    )
    assert answer.status_code == 303
    with work_of(TANAKA) as work:
        (incident,) = incidents_of(work)
        assert [report.version for report in incident.reports] == [1]
        assert incident.fact("content") is not None and incident.fact("quantity") is None


def test_an_incident_can_be_registered_without_telling_anybody_yet(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """Some first want to reach the client by phone; the clock of the first report runs all the same."""
    assert open_one(client_of(TANAKA), then="open").status_code == 303
    with work_of(TANAKA) as work:
        (incident,) = incidents_of(work)
        assert incident.reports == []
        assert "prompt_report" in {deadline.name for deadline in incident.deadlines}


def test_a_worker_registers_but_does_not_report(client_of: ClientOf, work_of: WorkOf) -> None:
    """The report is the responsible person's word; a worker's attempt registers nothing half-way."""
    page = client_of(SUZUKI).read("/incidents/new")
    assert 'value="report"' not in page and 'value="open"' in page
    assert open_one(client_of(SUZUKI), then="report").status_code == 403
    assert cases(work_of) == []
    assert open_one(client_of(SUZUKI), then="open").status_code == 303


def test_the_page_takes_a_range_for_the_quantity(client_of: ClientOf, work_of: WorkOf) -> None:
    """Between 400 and 500 thousand is a better first word than silence."""
    fields = {"quantity_state": "estimated", "quantity_low": "４００，０００", "quantity_high": "500,000"}
    open_one(client_of(TANAKA), then="open", **fields)
    with work_of(TANAKA) as work:
        fact = incidents_of(work)[0].fact("quantity")
        assert fact is not None and (fact.low, fact.high) == (400_000, 500_000)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "件名を書いてください"),
        ("detected_at", "2026-12-01T00:00", "未来"),
        ("detected_at", "きのう", "日時は"),
        ("detected_at", "", "入力してください"),
        ("occurred_at", "2026-11-30T01:45", "発覚日時より後"),
        ("quantity_high", "たくさん", "数字で"),
        ("contract", "XX-0000", "この契約は選べません"),
        ("contract", AOBA.number, "この契約は選べません"),
        ("kinds", "theft", "選んでください"),
    ],
)
def test_a_wrong_value_is_answered_beside_its_field_and_nothing_typed_is_lost(
    client_of: ClientOf, work_of: WorkOf, field: str, value: str, words: str
) -> None:
    """Nobody types a page twice in the night; and nobody learns that another's contract exists."""
    typed = {"place_state": "known", "place_text": "最寄り駅の周辺", "then": "report", field: value}
    answer = open_one(client_of(TANAKA), **typed)
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.text and words in answer.text
    assert "最寄り駅の周辺" in answer.text
    assert cases(work_of) == []


def test_an_ended_contract_can_be_chosen_and_is_marked(
    client_of: ClientOf, clock: TestClock, work_of: WorkOf
) -> None:
    """Secrecy survives the contract (Article 2), and so does the duty to report."""
    clock.advance(days=200)
    client = client_of(TANAKA)
    assert "2027-03-31" in client.read("/incidents/new")
    assert open_one(client, detected_at="2027-06-01T00:00", then="report").status_code == 303
    (incident,) = cases(work_of)
    assert "2027-03-31" in client.read(f"/incidents/{incident.number}")


def test_only_the_contractors_people_open_incidents(client_of: ClientOf) -> None:
    """The client and its auditor read; the page is not for them."""
    for member in (YAMADA, ITO):
        assert client_of(member).get("/incidents/new").status_code == 403
        assert "/incidents/new" not in client_of(member).read("/")


def test_the_list_shows_ones_own_cases_only(client_of: ClientOf, work_of: WorkOf) -> None:
    """Whether another client was struck is no client's business: it looks like a wrong number."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    assert number in client_of(YAMADA).read("/")
    assert number not in client_of(KIMURA).read("/")
    assert client_of(KIMURA).get(f"/incidents/{number}").status_code == 404


def test_the_page_shows_six_duties_the_clock_and_the_four_facts(client_of: ClientOf, work_of: WorkOf) -> None:
    """Where the case stands must be plain at a glance, from the first minute."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    page = client_of(TANAKA).read(f"/incidents/{number}")
    for words in ("未報告", "措置中", "指示待ち", "未着手", "協議前", "対応中", "甲への第一報（速やかに）"):
        assert words in page
    assert page.count("/facts/new?fact=") == 4


def test_a_late_report_is_called_late(client_of: ClientOf, clock: TestClock, work_of: WorkOf) -> None:
    """A deadline that passed must not look like one that is to come."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    clock.advance(days=3)
    assert 'class="tag late"' in client_of(TANAKA).read(f"/incidents/{number}")


def test_everybody_sees_what_they_can_do_and_why_not_yet(client_of: ClientOf, work_of: WorkOf) -> None:
    """A step that is not possible yet says what is missing, instead of being absent or grey."""
    with work_of(TANAKA) as work:
        number = reported(work).number
    ours = client_of(TANAKA).read(f"/incidents/{number}")
    assert "kind=follow_up_report" in ours and "kind=first_report" not in ours
    theirs = client_of(YAMADA).read(f"/incidents/{number}")
    assert f"/incidents/{number}/reports/1/receipt" in theirs
    assert "最終報がまだ甲に送られていません" in theirs
    auditor = client_of(ITO).read(f"/incidents/{number}")
    assert "/instructions/new" not in auditor and "/receipt" not in auditor


def test_the_page_says_that_the_clients_instruction_is_awaited(client_of: ClientOf, work_of: WorkOf) -> None:
    """Who keeps whom waiting, and since when, is what is asked a year later."""
    with work_of(TANAKA) as work:
        number = reported(work).number
    assert "2026-11-30 02:00" in client_of(TANAKA).read(f"/incidents/{number}").split('id="due"')[1]
    with work_of(TANAKA) as work:
        drafted(work, instructed(work))
    assert client_of(YAMADA).get("/").status_code == 200


def test_one_event_gets_a_file_of_its_own_for_each_client(client_of: ClientOf, work_of: WorkOf) -> None:
    """One loss may strike two clients; each is told about itself, and neither sees the other."""
    with work_of(TANAKA) as work:
        serve(work, TANAKA, AOBA)
        incident = an_incident(work)
        number, occurrence = incident.number, incident.occurrence_id
    page, post = f"/incidents/{number}/other-clients/new", f"/incidents/{number}/other-clients"
    assert client_of(TANAKA).send(page, post, contract=AOBA.number).status_code == 303
    with work_of(KIMURA) as work:
        (twin,) = incidents_of(work)
        assert twin.occurrence_id == occurrence
        theirs = twin.number
    assert number not in client_of(KIMURA).read(f"/incidents/{theirs}")
    assert client_of(TANAKA).send(page, post, contract=AOBA.number).status_code == 422


def test_whoever_serves_two_contracts_chooses_one(client_of: ClientOf, work_of: WorkOf) -> None:
    """A wrong contract would tell the wrong client: it is never chosen for anybody."""
    with work_of(TANAKA) as work:
        serve(work, SUZUKI, AOBA, WORKER)
        assert the_contract(work.session, AOBA).number == AOBA.number
    page = client_of(SUZUKI).read("/incidents/new")
    assert '<select name="contract"' in page and "selected" not in page
    assert open_one(client_of(SUZUKI), contract="", then="open").status_code == 422


def test_the_only_contract_needs_no_choosing(client_of: ClientOf) -> None:
    """One question less at night."""
    assert client_of(TANAKA).hidden("/incidents/new", "/incidents")["contract"] == MINATO.number


def clocks_on(page: str) -> tuple[str, str]:
    """乙's clock and 甲's, as the page of a case shows them."""
    ours, theirs = page.split('id="clocks"')[1].partition("</section>")[0].split("<h3>甲")
    return ours, theirs


def test_two_clocks_show_when_each_party_knew_and_by_what(client_of: ClientOf, work_of: WorkOf) -> None:
    """乙's days and 甲's days do not begin together: a call may have started 甲's before any paper did."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        number = incident.number
    ours, theirs = clocks_on(client_of(TANAKA).read(f"/incidents/{number}"))
    assert "2026-11-30 01:00" in ours and "2026-11-30" not in theirs
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        send_first_report(work, incident)
        receive_report(by(work, YAMADA, hours=2), incident, incident.reports[0])

    ours, theirs = clocks_on(client_of(TANAKA).read(f"/incidents/{number}"))

    assert "2026-11-30 01:00" in ours and "2026-11-30 04:00" in theirs


def test_the_clocks_show_what_each_party_decided_and_by_when_it_must_report(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """Two decisions on one case may differ; both are seen by both, each with its dates."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        number, incident.client_known_at = incident.number, work.now
        common = {"rulesets": [], "proposal": {}, "days": 30, "known_at": work.now, "decided_at": work.now}
        incident.decisions += [
            ReportabilityDecision(
                **common, party=CLIENT, reportable=True, grounds=["法第68条第1項"], reason="百人を超える。"
            ),
            ReportabilityDecision(
                **common, party=CONTRACTOR, reportable=False, grounds=[], reason="甲へ通知済み。"
            ),
        ]
        a_date_by_law(work, incident, CLIENT)

    ours, theirs = clocks_on(client_of(TANAKA).read(f"/incidents/{number}"))

    assert "対象外" in ours and "甲へ通知済み。" in ours and "2027-01-04" not in ours
    assert ">報告対象<" in theirs and "法第68条第1項" in theirs and "2027-01-04" in theirs
    assert f'href="/incidents/{number}/triage"' in theirs


def test_without_personal_information_the_law_asks_for_nothing(client_of: ClientOf, work_of: WorkOf) -> None:
    """The contract's report is due all the same; no link leads to a decision that nobody has to take."""
    with work_of(TANAKA) as work:
        number = an_incident(work, concerns_personal=False, concerns_confidential=True).number

    ours, theirs = clocks_on(client_of(TANAKA).read(f"/incidents/{number}"))

    assert "未判断" not in ours + theirs and "/triage" not in theirs


def test_the_page_shows_the_release_of_the_contractor_with_its_report(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """By telling 甲, 乙 is free of its own report by law; 甲 has no such release."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    page, proviso = f"/incidents/{number}", "第26条第1項ただし書"
    assert proviso not in client_of(TANAKA).read(page)
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        send_first_report(work, incident)
        paper = f"{page}/documents/{incident.reports[0].document_id}"

    ours, theirs = clocks_on(client_of(TANAKA).read(page))

    assert proviso in ours and f'href="{paper}"' in ours
    assert proviso not in theirs
