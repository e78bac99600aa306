"""What became of the notices, over HTTP: numbers that add up, print runs, letters that came back."""

from html import unescape

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from incident_app.domain.individual import Individual
from incident_app.domain.notice import Delivery
from incident_app.services.finding import find_incident
from tests.builders import an_individual
from tests.cast import ITO, SATO, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.stories import LETTERS, MAILS, POSTING, approved, instructed
from tests.web.conftest import ClientOf


@pytest.fixture
def number(work_of: WorkOf) -> str:
    """A case in which 甲 has ordered letters and a posting."""
    with work_of(TANAKA) as work:
        return str(instructed(work, LETTERS, POSTING).number)


def words_of(answer: TestResponse) -> str:
    return unescape(answer.text)


def people(work_of: WorkOf, number: str, *holds: list[str]) -> None:
    """One individual for each list of holds."""
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        for count, held in enumerate(holds):
            an_individual(work, incident, f"{count:010d}", holds=held)


def an_approved_text(work_of: WorkOf, number: str, kind: str = "individual_notice") -> str:
    with work_of(TANAKA) as work:
        notice = approved(work, find_incident(work, number), kind)
        return f"/incidents/{number}/notices/{notice.number}"


def test_those_who_were_not_reached_can_be_told_again(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """甲 withdraws and orders anew: whoever has the notice is left in peace, the rest is started again."""
    people(work_of, number, [], [])
    place = an_approved_text(work_of, number)
    second = client_of(SATO)
    second.send(f"{place}/start", f"{place}/start", item="1")
    with work_of(TANAKA) as work:
        one, other = work.session.scalars(select(Delivery.id).order_by(Delivery.id))
        work.session.execute(update(Delivery).where(Delivery.id == one).values(state="posted"))
        work.session.execute(update(Delivery).where(Delivery.id == other).values(state="stopped"))
    assert f"{place}/start" in second.read(place)
    assert "<td>0</td><td>1</td><td>0</td><td>1</td>" in second.read(f"{place}/start")
    assert second.send(f"{place}/start", f"{place}/start", item="1").status_code == 303
    page = words_of(second.get(place))
    assert "投函済</th><td>1</td>" in page and "待機（送信・印刷待ち）</th><td>1</td>" in page


def test_progress_adds_up_to_everybody(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """Whoever was not told shows, with the reason; nobody falls between two numbers."""
    people(work_of, number, [], [], [], ["no_address"], ["deceased", "gaiji"])
    place = an_approved_text(work_of, number)
    client_of(SATO).send(f"{place}/start", f"{place}/start", item="1")
    with work_of(TANAKA) as work:
        first = work.session.scalars(select(Delivery.id).order_by(Delivery.id)).first()
        work.session.execute(update(Delivery).where(Delivery.id == first).values(state="posted"))
    page = words_of(client_of(YAMADA).get(place))
    assert "投函済</th><td>1</td>" in page and "待機（送信・印刷待ち）</th><td>2</td>" in page
    assert "住所がない</th><td>1</td>" in page
    assert "亡くなられた方</th><td>1</td>" in page
    assert "<td>5</td></tr></tfoot>" in page
    assert "架空 太郎" not in page, "counts, not persons"


def test_a_mail_server_that_is_down_is_said_plainly_and_names_nobody(
    client_of: ClientOf, work_of: WorkOf, clock: TestClock
) -> None:
    """The message stays queued; the officer sees that, why, and when it is tried again."""
    with work_of(TANAKA) as work:
        number = str(instructed(work, MAILS).number)
        an_individual(work, find_incident(work, number), email="taro@example.jp")
    place = an_approved_text(work_of, number)
    client_of(SATO).send(f"{place}/start", f"{place}/start", item="1")
    with work_of(TANAKA) as work:
        trouble = {"attempts": 1, "reply": "450 <taro@example.jp> busy", "next_try_at": clock.now}
        work.session.execute(update(Delivery).values(**trouble))
    page = words_of(client_of(TANAKA).get(place))
    assert "450 <＊＊＊@example.jp> busy" in page and "taro@" not in page
    assert "2026-11-30 02:00" in page


def test_a_letter_that_came_back_is_recorded_by_its_number(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Somebody sits with a pile of returned letters: number, reason, next."""
    people(work_of, number, [])
    place = an_approved_text(work_of, number)
    client_of(SATO).send(f"{place}/start", f"{place}/start", item="1")
    with work_of(TANAKA) as work:
        work.session.execute(update(Delivery).values(state="posted"))
        code = work.session.scalars(select(Individual.code)).one()
    returns = f"/incidents/{number}/notices/returns"
    worker = client_of(SUZUKI)
    unknown = worker.send(f"{returns}/new", returns, code="FFFF", why="moved")
    assert unknown.status_code == 422 and 'id="wrong-code"' in unknown.text and 'value="FFFF"' in unknown.text
    recorded = worker.send(f"{returns}/new", returns, code=code.lower(), why="unknown_address")
    assert recorded.headers["Location"] == f"{returns}/new?recorded=1"
    assert "返戻</th><td>1</td>" in words_of(worker.get(place))


def test_the_duty_is_concluded_set_aside_and_taken_up_again_by_button(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Each says in words what is still missing."""
    form = f"/incidents/{number}/notices/returns"
    responsible = client_of(TANAKA)
    unseen = responsible.hidden(f"{form}/new", form)
    said = {
        "conclusion": "行えません",
        "set-aside": "通知を命じる指示が有効である",
        "resumption": "行えません",
    }
    for act, words in said.items():
        answer = responsible.post(f"/incidents/{number}/notices/{act}", **unseen)
        assert answer.status_code == 409 and words in words_of(answer)


def test_a_button_pauses_the_sending_and_another_goes_on(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Either party has it while something waits; an auditor reads that it is paused."""
    people(work_of, number, [], [])
    place = an_approved_text(work_of, number)
    client_of(SATO).send(f"{place}/start", f"{place}/start", item="1")
    officer = client_of(YAMADA)
    assert officer.send(place, f"{place}/pause").status_code == 303
    page = words_of(client_of(ITO).get(place))
    assert "一時停止しています" in page and "2件のうち0件" in page and f"{place}/resumption" not in page
    assert client_of(TANAKA).send(place, f"{place}/resumption").status_code == 303
    assert "一時停止しています" not in words_of(officer.get(place)) and f"{place}/pause" in officer.read(
        place
    )
