"""Around the press at the browser: proofs, the test sheet, a run's files, and spoiled sheets."""

import hashlib
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from werkzeug.test import TestResponse

from incident_app.domain.timeline import entries_of
from incident_app.services.finding import find_incident
from incident_app.services.notifying import start_deliveries
from tests.builders import an_individual
from tests.cast import ITO, KIMURA, OGAWA, SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.ledgers import print_next_run
from tests.services.stories import approved, by, instructed, item_of
from tests.web.conftest import ClientOf


@pytest.fixture
def place(work_of: WorkOf) -> str:
    """The page of an approved text, with three persons who are to get it."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        for number in range(3):
            an_individual(
                work, incident, str(number), name=f"架空 第{number}子", postal_code=f"10{number}-0000"
            )
        approved(work, incident)
        return f"/incidents/{incident.number}/notices/1"


@pytest.fixture
def run(work_of: WorkOf, place: str, tmp_path: Path) -> str:
    """The page of a printed run of these three."""
    with work_of(TANAKA) as work:
        incident = find_incident(work, place.split("/")[2])
        start_deliveries(by(work, SATO), incident, incident.notices[0], item_of(incident))
        work.session.flush()
        print_next_run(work, tmp_path / "data" / "sealed")
    return f"{place}/runs/1"


def facts_of(work_of: WorkOf, place: str, event: str) -> list[dict[str, object]]:
    with work_of(TANAKA) as work:
        incident = find_incident(work, place.split("/")[2])
        return [entry.facts for entry in entries_of(work.session, incident.id) if entry.event == event]


def pages_of(answer: TestResponse) -> int:
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    with pikepdf.open(BytesIO(answer.data)) as pdf:
        return len(pdf.pages)


@only_on_sqlite
def test_a_proof_set_is_made_by_button_and_the_page_says_so(
    client_of: ClientOf, work_of: WorkOf, place: str
) -> None:
    """甲's officer may look for herself; whoever approves sees whether somebody did."""
    officer = client_of(YAMADA)
    answer = officer.send(place, f"{place}/proofs")
    assert pages_of(answer) >= 2
    (facts,) = facts_of(work_of, place, "proofs_printed")
    assert facts == {"notice": 1, "letters": 2, "sha256": hashlib.sha256(answer.data).hexdigest()}
    page = client_of(SUZUKI).read(place)
    assert YAMADA.name in page and str(facts["sha256"])[:16] in page


@only_on_sqlite
def test_a_second_click_prints_and_records_nothing(client_of: ClientOf, work_of: WorkOf, place: str) -> None:
    """The first answer holds the file; the second leads back to the page."""
    worker = client_of(SUZUKI)
    unseen = worker.hidden(place, f"{place}/proofs")
    assert worker.post(f"{place}/proofs", **unseen).status_code == 200
    second = worker.post(f"{place}/proofs", **unseen)
    assert (second.status_code, second.headers["Location"]) == (303, place)
    assert len(facts_of(work_of, place, "proofs_printed")) == 1


def test_an_auditor_sees_that_there_are_proofs_and_none_of_them(
    client_of: ClientOf, work_of: WorkOf, place: str, run: str
) -> None:
    """Reads only: no button, no form, and no letter if the form is sent all the same."""
    auditor = client_of(ITO)
    for page in (place, run):
        shown = auditor.read(page)
        assert f'action="{place}/proofs"' not in shown and "/reprints" not in shown
    unseen = auditor.hidden(place, "/sign-out") | {"once": "o" * 32}
    for url in (f"{place}/proofs", f"{run}/reprints"):
        assert auditor.post(url, **unseen, numbers="1").status_code == 403
    assert auditor.get(f"{run}.pdf").status_code == auditor.get(f"{run}.csv").status_code == 403
    assert facts_of(work_of, place, "proofs_printed") == []


@pytest.mark.parametrize("stranger", [KIMURA, OGAWA])
def test_another_contract_s_people_find_nothing(
    client_of: ClientOf, place: str, run: str, stranger: CastMember
) -> None:
    """Not even that there is such a run."""
    visitor = client_of(stranger)
    for url in (run, f"{run}.pdf", f"{run}.csv", f"{place}/test-sheet.pdf"):
        assert visitor.get(url).status_code == 404
    unseen = visitor.hidden("/", "/sign-out") | {"once": "o" * 32}
    for url in (f"{place}/proofs", f"{run}/reprints", f"{run}/posting"):
        assert visitor.post(url, **unseen, numbers="1").status_code == 404


@only_on_sqlite
def test_the_test_sheet_is_one_page(client_of: ClientOf, place: str) -> None:
    """For whoever buys the envelopes."""
    assert f'href="{place}/test-sheet.pdf"' in client_of(YAMADA).read(place)
    assert pages_of(client_of(YAMADA).get(f"{place}/test-sheet.pdf")) == 1


def test_letters_and_manifest_are_fetched_by_the_contractor_and_the_run_is_recorded_as_posted(
    client_of: ClientOf, place: str, run: str
) -> None:
    """The PDF holds names and addresses: 甲's people see that it exists, and that it was posted."""
    worker = client_of(SUZUKI)
    page = worker.read(run)
    assert f'href="{run}.pdf"' in page and f'href="{run}.csv"' in page
    pages = pages_of(worker.get(f"{run}.pdf"))
    listed = worker.get(f"{run}.csv")
    assert listed.mimetype == "text/csv"
    assert f"_3-letters_{pages}-pages.csv" in listed.headers["Content-Disposition"]
    assert listed.text.splitlines()[0] == "sequence,reference,pages,sha256"
    assert len(listed.text.splitlines()) == 4
    officer = client_of(YAMADA)
    assert f'href="{run}.pdf"' not in officer.read(run)
    assert officer.get(f"{run}.pdf").status_code == officer.get(f"{run}.csv").status_code == 403
    assert worker.send(run, f"{run}/posting").status_code == 303
    assert "投函済</th><td>3</td>" in officer.read(place)
    assert f"{run}/reprints" not in worker.read(run), "what is in the post is not printed again"


@only_on_sqlite
def test_spoiled_sheets_are_handed_out_once(client_of: ClientOf, work_of: WorkOf, run: str) -> None:
    """Typed by number; a second click leads to the page, which says what happened."""
    worker = client_of(SUZUKI)
    unseen = worker.hidden(run, f"{run}/reprints")
    again = worker.post(f"{run}/reprints", **unseen, numbers="1, ３")
    assert pages_of(again) >= 2
    second = worker.post(f"{run}/reprints", **unseen, numbers="2")
    assert (second.status_code, second.headers["Location"]) == (303, f"{run}?handed_out=1")
    assert 'class="done"' in worker.read(f"{run}?handed_out=1")
    (facts,) = facts_of(work_of, run, "letters_reprinted")
    assert (facts["run"], facts["letters"], facts["numbers"]) == (1, 2, [1, 3])
    assert facts["sha256"] == hashlib.sha256(again.data).hexdigest()
    assert "<td>1, 3</td>" in client_of(ITO).read(run)
    assert (
        client_of(ITO).read(run.split("/notices", maxsplit=1)[0] + "/timeline").count("通知書を刷直し") >= 1
    )


@pytest.mark.parametrize("typed", ["", "four", "4", "3-1"])
def test_a_wrong_number_is_said_at_its_field(
    client_of: ClientOf, work_of: WorkOf, run: str, typed: str
) -> None:
    """With what was typed still there."""
    answer = client_of(SUZUKI).send(run, f"{run}/reprints", numbers=typed)
    assert answer.status_code == 422
    assert 'id="wrong-numbers"' in answer.text and f'value="{typed}"' in answer.text
    assert facts_of(work_of, run, "letters_reprinted") == []


def test_a_run_that_is_not_printed_yet_has_no_page(client_of: ClientOf, place: str) -> None:
    """There is nothing to see of it but that it is being printed."""
    assert client_of(SUZUKI).get(f"{place}/runs/1").status_code == 404
