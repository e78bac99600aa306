"""Drafts to the authority in the browser: made, read as paper and as data, recorded as filed."""

from tests.cast import ITO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.test_statutory_reports import a_reportable_case
from tests.web.conftest import ClientOf


def test_a_draft_is_made_read_and_recorded_as_filed(client_of: ClientOf, work_of: WorkOf) -> None:
    """The whole way of a party's own paper; the other party never sees it."""
    with work_of(TANAKA) as work:
        case = f"/incidents/{a_reportable_case(work).number}"
    page = f"{case}/statutory-reports"
    tanaka, yamada = client_of(TANAKA), client_of(YAMADA)
    assert tanaka.send(page, page, kind="preliminary").headers["Location"] == page
    shown = tanaka.read(page)
    assert "-SO1" in shown and "2026-12-04" in shown
    data = tanaka.get(f"{page}/1.json")
    assert data.headers["Content-Disposition"].endswith('-SO1.json"')
    assert data.json is not None and data.json["kind"] == "preliminary" and len(data.json["items"]) == 9
    assert "-SO1" not in yamada.read(page)
    assert yamada.get(f"{page}/1.json").status_code == 404
    assert "-SO1" not in yamada.read(case)

    pdf = next(part.split('"')[0] for part in shown.split('href="') if part.split('"')[0].endswith(".pdf"))
    assert tanaka.get(pdf).data.startswith(b"%PDF")
    assert yamada.get(pdf).status_code == 404

    filed = {"version": "1", "filed_at": "2026-11-30T01:30", "filed_as": "第123号"}
    assert tanaka.send(page, f"{page}/filing", **filed).status_code == 303
    assert "第123号" in tanaka.read(page)


def test_a_filing_that_cannot_be_right_keeps_what_was_typed(client_of: ClientOf, work_of: WorkOf) -> None:
    """Nothing is typed twice."""
    with work_of(TANAKA) as work:
        case = f"/incidents/{a_reportable_case(work).number}"
    page = f"{case}/statutory-reports"
    tanaka = client_of(TANAKA)
    tanaka.send(page, page, kind="final")
    filed = {"version": "1", "filed_at": "2030-01-01T00:00", "filed_as": "第9号"}
    answer = tanaka.send(page, f"{page}/filing", **filed)
    assert answer.status_code == 422
    assert 'id="wrong-filed_at"' in answer.text and "第9号" in answer.text


def test_a_worker_and_an_auditor_read_and_make_nothing(client_of: ClientOf, work_of: WorkOf) -> None:
    """They see their own party's drafts and no button that would refuse them."""
    with work_of(TANAKA) as work:
        case = f"/incidents/{a_reportable_case(work).number}"
    page = f"{case}/statutory-reports"
    client_of(TANAKA).send(page, page, kind="preliminary")
    assert "-SO1" in client_of(SUZUKI).read(page)
    for reader in (SUZUKI, ITO):
        assert f'action="{page}"' not in client_of(reader).read(page)
