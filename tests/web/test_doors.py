"""What the page of a case offers to whom: first what is due or awaited, then the rest, then what is not possible yet."""

from datetime import timedelta

import pytest

from incident_app.domain.deadline import REPORTABILITY
from incident_app.domain.parties import CLIENT
from incident_app.domain.statute import StatutoryReport
from incident_app.services.containing import record_measure
from incident_app.services.finding import find_incident
from incident_app.services.instructing import Order, transcribe_instruction
from incident_app.services.reporting import send_first_report
from tests.builders import a_bare_incident, a_document, a_notice, an_incident, an_item
from tests.cast import ITO, SATO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.dates import a_date_by_law
from tests.web.conftest import ClientOf


@pytest.fixture
def number(work_of: WorkOf) -> str:
    """A case that Tanaka has opened and nobody has worked on."""
    with work_of(TANAKA) as work:
        return an_incident(work).number


def first(url: str) -> str:
    """How a page shows what comes first."""
    return f'class="button" href="{url}"'


def test_everybody_is_shown_first_what_falls_to_them(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """乙 sees the report that is due, 甲 the one that it has not acknowledged, an auditor nothing to do."""
    page = f"/incidents/{number}"
    due = f"{page}/reports/new?kind=first_report"
    assert first(due) in client_of(TANAKA).read(page)
    assert due not in client_of(SUZUKI).read(page), "a worker does not report"
    with work_of(TANAKA) as work:
        send_first_report(work, find_incident(work, number))

    officer, auditor = client_of(YAMADA).read(page), client_of(ITO).read(page)

    assert first(f"{page}#reports") in officer and f'action="{page}/reports/1/receipt"' in officer
    assert first(f"{page}/instructions/new") in officer, "乙 waits for an instruction"
    assert "この事案を閲覧できます" in auditor and "/receipt" not in auditor


def test_what_a_mere_press_does_is_not_put_before_people_early(client_of: ClientOf, number: str) -> None:
    """“Contained” would meet the deadline of the first measure too, and nobody has taken one."""
    page = client_of(TANAKA).read(f"/incidents/{number}")

    assert page.index(first(f"/incidents/{number}/measures/new")) < page.index('class="more"')
    assert page.index('class="more"') < page.index(f'action="/incidents/{number}/containment"')


def test_what_is_not_possible_yet_is_shown_with_the_reason(client_of: ClientOf, number: str) -> None:
    """A button that is missing without a word makes people telephone."""
    page = client_of(YAMADA).read(f"/incidents/{number}")

    assert f'action="/incidents/{number}/closure"' not in page
    assert "最終報がまだ甲に送られていません" in page and "被害を最小限にする措置が完了していません" in page


def test_steps_about_a_thing_appear_with_the_thing(client_of: ClientOf, work_of: WorkOf) -> None:
    """Nobody is asked to fulfil, approve or confirm what is not there."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, states={"instruction": "received"})
        number = incident.number
    page = f"/incidents/{number}"
    assert "指示事項の履行を報告" not in client_of(TANAKA).read(page)
    assert "書き取られた指示を確認" not in client_of(YAMADA).read(page)
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        an_item(work, incident, due_at=work.now + timedelta(days=2))
        a_notice(work, incident, text_approved_at=None)
        said = Order(kind="report", what="状況を報告すること")
        transcribe_instruction(
            work, incident, [said], given_by="山田 美咲", given_at=work.now, channel="phone"
        )

    ours, officers = client_of(TANAKA).read(page), client_of(YAMADA).read(page)

    assert first(f"{page}#instructions") in ours and "/fulfilment" in ours
    assert first(f"{page}/instructions/2") in officers, "the transcription waits for 甲's word"
    assert first(f"{page}/notices/1") in officers, "and so does the text"


def test_the_second_persons_approval_leads_to_the_text(client_of: ClientOf, work_of: WorkOf) -> None:
    """What 甲 has approved goes on to the colleague who did not draft it."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        a_notice(work, incident)
        number = incident.number

    assert first(f"/incidents/{number}/notices/1") in client_of(SATO).read(f"/incidents/{number}")


def test_a_case_that_has_ended_offers_its_reopening(client_of: ClientOf, work_of: WorkOf) -> None:
    """New facts come to light; everything else says that the case must be reopened first."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, states={"closure": "closed", "report": "concluded"})
        record_measure(work, incident, "事後の点検", taken_at=work.now, taken_by="鈴木")
        number = incident.number

    page = client_of(TANAKA).read(f"/incidents/{number}")

    assert f'href="/incidents/{number}/closure/reopening"' in page
    assert "まず再開してください" in page


def test_each_party_decides_for_itself_once_it_knows(client_of: ClientOf, work_of: WorkOf) -> None:
    """乙's date of decision is not put before 甲, and 甲 decides nothing before it was told."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        a_date_by_law(work, incident, name=REPORTABILITY, statutory=False)
        number = incident.number
    page = f"/incidents/{number}"
    decide = first(f"{page}/triage")
    assert decide in client_of(TANAKA).read(page)
    assert decide not in client_of(YAMADA).read(page)
    assert "法令上の報告の要否を判断" not in client_of(YAMADA).read(page), "甲 has not been told"
    with work_of(YAMADA) as work:
        incident = find_incident(work, number)
        incident.client_known_at = work.now
        a_date_by_law(work, incident, CLIENT, name=REPORTABILITY, statutory=False)

    assert decide in client_of(YAMADA).read(page)
    assert "法令上の報告の要否を判断" not in client_of(SUZUKI).read(page), "a worker states facts, no more"
    assert f'href="{page}/triage"' in client_of(SUZUKI).read(page)


def test_a_report_by_law_comes_first_while_its_date_runs(client_of: ClientOf, work_of: WorkOf) -> None:
    """The other party's date is none of one's own steps."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, client_known_at=work.now)
        a_date_by_law(work, incident, CLIENT)
        number = incident.number
    page = f"/incidents/{number}"
    draft = f"{page}/statutory-reports"

    assert first(draft) in client_of(YAMADA).read(page)
    ours = client_of(TANAKA).read(page)
    assert first(draft) not in ours and f'href="{draft}"' in ours


def test_telling_the_client_meets_the_date_by_law_that_releases_the_contractor(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """乙 is led to the report to 甲, not to a report of its own that it may never owe."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        a_date_by_law(work, incident, name="notify_client")
        number = incident.number
    page = f"/incidents/{number}"

    ours = client_of(TANAKA).read(page)

    assert first(f"{page}/reports/new?kind=first_report") in ours
    assert first(f"{page}/statutory-reports") not in ours


def test_a_filing_is_recorded_when_there_is_a_draft_of_ones_own(client_of: ClientOf, work_of: WorkOf) -> None:
    """What was never drafted cannot have been filed, and 乙 does not file 甲's."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, client_known_at=work.now)
        number = incident.number
    page, step = f"/incidents/{number}", "速報・確報の提出を記録"
    assert step not in client_of(YAMADA).read(page)
    with work_of(YAMADA) as work:
        incident = find_incident(work, number)
        paper = a_document(work, incident, "0" * 64)
        draft = {"kind": "final", "version": 1, "said": {}, "changes": [], "document_id": paper.id}
        incident.statutory_reports.append(StatutoryReport(**draft, party=CLIENT, made_at=work.now))

    assert step in client_of(YAMADA).read(page) and step not in client_of(TANAKA).read(page)


def test_moving_is_offered_while_there_is_a_date_that_one_may_move(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """It leads to the dates, each with its own page."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        number = incident.number
    page, step = f"/incidents/{number}", "期限を変更（理由を記録）"
    assert step not in client_of(TANAKA).read(page), "nothing is due"
    with work_of(TANAKA) as work:
        a_date_by_law(work, find_incident(work, number))

    assert step in client_of(TANAKA).read(page) and f'href="{page}#due"' in client_of(TANAKA).read(page)
    assert step not in client_of(YAMADA).read(page), "what 乙 owes the authority is 乙's to move"
