"""Publication, withholding and prevention over HTTP (Article 16(3))."""

from html import unescape

import pytest
from sqlalchemy import func, select

from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident import Incident
from incident_app.domain.publication import PreventionMeasure, Publication
from incident_app.services.finding import find_incident
from tests.cast import KIMURA, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.stories import consulted, drafted, reported
from tests.web.conftest import ClientOf

TEXT = {"consultation": "1", "place": "市ホームページ", "what_happened": "USBメモリを紛失しました。"}


@pytest.fixture
def number(work_of: WorkOf) -> str:
    """A case in which 甲 agreed to publication."""
    with work_of(TANAKA) as work:
        incident: Incident = reported(work)
        consulted(work, incident)
        return str(incident.number)


def test_a_publication_rests_on_a_consultation(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """It is issued as a document of its own, and its number of edition counts publications alone."""
    url = f"/incidents/{number}/publications"
    assert client_of(TANAKA).send(f"{url}/new?consultation=1", url, **TEXT).status_code == 303
    assert client_of(TANAKA).send(f"{url}/new", url, **TEXT).status_code == 303
    with work_of(TANAKA) as work:
        issued = select(IssuedDocument.text).where(IssuedDocument.template == "publication")
        first, second = work.session.scalars(issued.order_by(IssuedDocument.number))
        assert "第1報" in first and "第2報" in second


def test_without_a_consultation_the_page_leads_to_one(client_of: ClientOf, work_of: WorkOf) -> None:
    """Nothing is published before 甲 was asked, however often somebody presses the button."""
    with work_of(TANAKA) as work:
        number = str(reported(work).number)
    url = f"/incidents/{number}/publications"
    client = client_of(TANAKA)
    assert f"/incidents/{number}/consultations/new" in client.read(f"{url}/new")
    assert client.send(f"{url}/new", url, **TEXT | {"consultation": ""}).status_code == 422
    with work_of(TANAKA) as work:
        assert work.session.scalar(select(func.count()).select_from(Publication)) == 0


def test_the_text_begins_with_the_notice_and_can_be_looked_at(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """What the individuals were told and what everybody is told should agree; looking publishes nothing."""
    with work_of(TANAKA) as work:
        drafted(work, find_incident(work, number))
    url = f"/incidents/{number}/publications"
    client = client_of(TANAKA)
    assert "USBメモリを紛失しました。" in unescape(client.read(f"{url}/new"))
    answer = client.send(f"{url}/new", url, **TEXT, apology="深くお詫びします。", preview="1")
    page = unescape(answer.text)
    assert answer.status_code == 200 and "（第1報）" in page and "深くお詫びします。" in page
    assert "（未記入：原因）" in page
    with work_of(TANAKA) as work:
        assert work.session.scalar(select(func.count()).select_from(Publication)) == 0


def test_a_mistake_keeps_the_words(client_of: ClientOf, number: str) -> None:
    """A publication is written once, by somebody who has no time to write it again."""
    url = f"/incidents/{number}/publications"
    answer = client_of(TANAKA).send(f"{url}/new", url, **TEXT | {"place": ""}, cause="置き忘れ")
    assert answer.status_code == 422
    assert 'id="wrong-place"' in answer.text and "置き忘れ" in answer.text


def test_withholding_needs_its_reason(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """努力義務: not to publish is possible, and explained."""
    url = f"/incidents/{number}/publications/withholding"
    client = client_of(TANAKA)
    assert client.send(url, url, consultation="1", reason=" ").status_code == 409
    assert client.send(url, url, consultation="1", reason="捜査の妨げとなるため").status_code == 303
    with work_of(TANAKA) as work:
        assert work.session.scalars(select(Publication.reason)).one() == "捜査の妨げとなるため"


def test_only_the_responsible_person_decides(client_of: ClientOf, number: str) -> None:
    """Not a worker, not 甲, and nobody of another client."""
    url = f"/incidents/{number}/publications"
    for member in (SUZUKI, YAMADA):
        assert client_of(member).send(f"{url}/new", url, **TEXT).status_code == 403
    for page in ("new", "withholding"):
        assert client_of(KIMURA).get(f"{url}/{page}").status_code == 404


def test_a_prevention_measure_is_recorded_and_completed(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """再発防止策 outlives the case's first days: who answers for it, by when, and whether it is done."""
    url = f"/incidents/{number}/prevention"
    worker = client_of(SUZUKI)
    wrong = worker.send(f"{url}/new", url, text="持出し手順の改訂", due_on="来月")
    assert wrong.status_code == 422 and 'id="wrong-due_on"' in wrong.text and "持出し手順の改訂" in wrong.text
    right = {"text": "持出し手順の改訂", "responsible": "田中", "due_on": "2026-12-28"}
    assert worker.send(f"{url}/new", url, **right).status_code == 303
    with work_of(TANAKA) as work:
        measure_id = work.session.scalars(select(PreventionMeasure.id)).one()
    unseen = worker.hidden(f"{url}/new", url)
    assert worker.post(f"{url}/{measure_id}/completion", **unseen).status_code == 303
    with work_of(TANAKA) as work:
        assert work.session.scalars(select(PreventionMeasure.done_at)).one() is not None
