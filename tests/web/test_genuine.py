"""The public page over HTTP: one answer in two languages, for everybody, with nothing of a person in it."""

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from werkzeug.test import TestResponse

from incident_app.domain.enquiry import GenuineTry
from incident_app.domain.reference import code_of, grouped
from tests.builders import a_delivery, a_notice, an_individual, an_item
from tests.cast import TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import open_case
from tests.web.conftest import ClientOf, Visitor

GENUINE, NO_SUCH = "この番号の通知書は本物です", "この番号の通知書は確認できません"


@pytest.fixture
def code(work_of: WorkOf) -> str:
    """The number of a letter that was posted."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        individual = an_individual(work, incident, name="架空 太郎", address_lines=["架空県架空市中央1-1"])
        notice = a_notice(work, incident, values={"desk_phone": "03-9999-0000"}, in_whose_name="client")
        a_delivery(work, notice, individual, an_item(work, incident), state="posted")
        return individual.code


@pytest.fixture
def anybody(app: Flask) -> Visitor:
    """Somebody without an account, who never was here."""
    return Visitor(app.test_client())


def words_of(answer: TestResponse) -> str:
    return unescape(answer.text)


def test_anybody_learns_that_a_letter_is_genuine(anybody: Visitor, code: str) -> None:
    """By typing the number, or by the QR code; in both languages, and with nothing that says whose it is."""
    for place in (f"/genuine?number={grouped(code).lower()}", f"/genuine/{code}"):
        answer = anybody.get(place)
        page = words_of(answer)
        assert answer.status_code == 200
        assert GENUINE in page and "This letter is genuine." in page
        assert "2026-11-30" in page and "架空市 健康福祉部 保険年金課" in page and "03-9999-0000" in page
        assert "太郎" not in page and "中央" not in page and "USB" not in page and code not in page


def test_every_other_number_gets_one_and_the_same_page(anybody: Visitor, work_of: WorkOf, code: str) -> None:
    """Not sent, stopped, never given out, misread, destroyed: byte for byte the same."""
    pages = {anybody.get(f"/genuine/{number}").data for number in (code_of(7), "ABC", "％", "x" * 300)}
    for change in (
        "UPDATE delivery SET state = 'queued'",
        "UPDATE delivery SET state = 'stopped'",
        "UPDATE delivery SET state = 'posted'",
        "UPDATE incident_key SET wrapped = NULL",
    ):
        with work_of(TANAKA) as work:
            work.session.execute(text(change))
        if "posted" not in change:
            pages.add(anybody.get(f"/genuine/{code}").data)
    (page,) = pages
    assert NO_SUCH in page.decode() and "There is no such letter." in page.decode()


@only_on_sqlite
def test_the_page_alone_asks_and_answers_nothing(anybody: Visitor, work_of: WorkOf) -> None:
    """Nobody is counted who only looks; an empty field is no question."""
    for place in ("/genuine", "/genuine?number=", "/genuine?number=%20"):
        page = anybody.read(place)
        assert GENUINE not in page and NO_SUCH not in page and 'name="number"' in page
    with work_of(TANAKA) as work:
        assert work.session.scalar(select(func.count(GenuineTry.id))) == 0


@only_on_sqlite
def test_the_page_leaves_no_trace_and_leads_nowhere(anybody: Visitor, code: str) -> None:
    """No session, no search engine, no cache, no address handed on; no link into the program."""
    for place in ("/genuine", f"/genuine/{code}", "/genuine/0"):
        answer = anybody.get(place)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "<a " not in answer.text and "<script" not in answer.text and "csrf" not in answer.text
        assert set(re.findall(r'(?:href|src|action)="(/[^/"]*)', answer.text)) == {"/static", "/genuine"}


@only_on_sqlite
def test_somebody_who_is_signed_in_sees_the_same_page(
    client_of: ClientOf, anybody: Visitor, code: str
) -> None:
    """Operators look at what callers see."""
    place = f"/genuine/{code}"
    assert client_of(TANAKA).get(place).data == anybody.get(place).data


def test_who_asks_too_often_is_asked_to_wait(anybody: Visitor, code: str, clock: TestClock) -> None:
    """With words and a telephone to turn to; a minute later the page answers again."""
    answers = [anybody.get(f"/genuine/{code}").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]
    refused = anybody.get(f"/genuine?number={code}")
    assert refused.status_code == 429 and refused.headers["Retry-After"] == "60"
    assert "1分ほどおいてから" in refused.text and "Please try again in a minute" in refused.text
    assert GENUINE not in refused.text and refused.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert anybody.get("/genuine").status_code == 200, "the form itself stays"
    clock.advance(minutes=1)
    assert anybody.get(f"/genuine/{code}").status_code == 200
