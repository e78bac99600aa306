"""Consultation on publication over HTTP (Article 16(3))."""

from html import unescape

import pytest

from tests.cast import ITO, KIMURA, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.stories import reported
from tests.web.conftest import ClientOf


@pytest.fixture
def base(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return f"/incidents/{reported(work).number}/consultations"


def propose(client_of: ClientOf, base: str) -> str:
    fields = {"proposal": "publish", "points": "公表の時期と、件数の書き方"}
    return client_of(TANAKA).send(f"{base}/new", base, **fields).headers["Location"]


def test_either_party_asks_and_the_client_answers(client_of: ClientOf, base: str) -> None:
    """協議 is a record of both sides: what was proposed, what was answered, who took part."""
    place = propose(client_of, base)
    assert place == f"{base}/1"
    assert f"{place}/answer" not in client_of(TANAKA).read(place), "乙 does not answer itself"
    answer = {"outcome": "publish_part", "answer": "住所の例示は省くこと", "attendees": "山田、田中"}
    assert client_of(YAMADA).send(f"{place}/answer", f"{place}/answer", **answer).status_code == 303
    page = unescape(client_of(TANAKA).read(place))
    assert "住所の例示は省くこと" in page and "山田、田中" in page
    assert "publications/new?consultation=1" in page, "and the next step is there"


def test_a_consultation_needs_its_points(client_of: ClientOf, base: str) -> None:
    """What was to be weighed is what is asked for later."""
    answer = client_of(TANAKA).send(f"{base}/new", base, proposal="withhold", points="")
    assert answer.status_code == 422
    assert 'id="wrong-points"' in answer.text
    assert 'value="withhold" checked' in answer.text, "the choice stays"


def test_anything_but_full_publication_needs_a_reason(client_of: ClientOf, base: str) -> None:
    """Publication is the rule of Article 16(3)."""
    url = f"{propose(client_of, base)}/answer"
    answer = client_of(YAMADA).send(url, url, outcome="withhold", answer=" ", next_review_on="2026-12-01")
    assert answer.status_code == 422 and 'id="wrong-answer"' in answer.text
    assert 'value="2026-12-01"' in answer.text


def test_only_the_client_answers(client_of: ClientOf, base: str) -> None:
    """And an auditor reads."""
    url = f"{propose(client_of, base)}/answer"
    for member in (TANAKA, ITO):
        assert client_of(member).send(url, url, outcome="publish").status_code == 403


def test_two_answers_at_once_leave_one(client_of: ClientOf, base: str) -> None:
    """The second officer is told that it was answered."""
    url = f"{propose(client_of, base)}/answer"
    first, second = client_of(YAMADA), client_of(YAMADA)
    late = second.hidden(url, url)
    assert first.send(url, url, outcome="publish").status_code == 303
    answer = second.post(url, **late, outcome="defer", answer="様子を見る")
    assert answer.status_code == 422 and "回答済み" in answer.text


def test_consultations_of_another_client_do_not_exist(client_of: ClientOf, base: str) -> None:
    """Out of scope is 404."""
    place = propose(client_of, base)
    for url in (f"{base}/new", place, f"{place}/answer"):
        assert client_of(KIMURA).get(url).status_code == 404
