"""The four facts and the description, over HTTP."""

import pytest
from werkzeug.test import TestResponse

from incident_app.services.finding import find_incident
from tests.builders import an_incident
from tests.cast import KIMURA, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.web.conftest import ClientOf, Visitor


@pytest.fixture
def number(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return str(an_incident(work).number)


def say(client: Visitor, number: str, **fields: str) -> TestResponse:
    base = f"/incidents/{number}/facts"
    return client.send(f"{base}/new?fact={fields['fact']}", base, **fields)


def test_a_worker_adds_a_fact_and_the_newest_word_counts(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """What was believed at first stays on record beside what is known now."""
    client = client_of(SUZUKI)
    first = {"fact": "quantity", "state": "estimated", "low": "400000", "high": "500000"}
    assert say(client, number, **first).status_code == 303
    second = {"fact": "quantity", "state": "known", "low": "460517", "high": "460517", "text": "照合済み"}
    assert say(client, number, **second).status_code == 303
    with work_of(SUZUKI) as work:
        incident = find_incident(work, number)
        newest = incident.fact("quantity")
        assert newest is not None and newest.low == 460_517 and len(incident.facts) == 2
    assert "460,517" in client.read(f"/incidents/{number}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"fact": "quantity", "state": "estimated", "low": "10", "high": "9", "text": "名簿から推定"},
        {"fact": "quantity", "state": "known", "low": "十", "text": "名簿から推定"},
        {"fact": "place", "state": "guessed", "text": "名簿から推定"},
        {"fact": "place", "state": "known", "text": "名簿から推定", "as_of": "2026-12-24T00:00"},
    ],
)
def test_a_fact_that_cannot_be_is_refused_and_what_was_typed_stays(
    client_of: ClientOf, work_of: WorkOf, number: str, wrong: dict[str, str]
) -> None:
    """A backward range, a number in words, an invented state, a time to come."""
    answer = say(client_of(TANAKA), number, **wrong)
    assert answer.status_code == 422
    assert 'class="wrong"' in answer.text and "名簿から推定" in answer.text
    with work_of(TANAKA) as work:
        assert find_incident(work, number).facts == []


def test_the_client_reads_facts_and_does_not_write_them(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """The facts are 乙's account; and a stranger does not even learn that there is a case."""
    assert say(client_of(YAMADA), number, fact="place", state="known", text="庁舎").status_code == 403
    assert client_of(KIMURA).get(f"/incidents/{number}/facts/new").status_code == 404
    with work_of(TANAKA) as work:
        assert find_incident(work, number).facts == []


def test_the_description_is_updated_and_kept_to_one_kind_of_information_at_least(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Whether individuals must be told hangs on this box, so it can never be left empty."""
    page = f"/incidents/{number}/description"
    client = client_of(TANAKA)
    nothing = client.send(page, page, cause="施錠せずに持ち出した")
    assert nothing.status_code == 422 and "施錠せずに持ち出した" in nothing.text
    done = client.send(page, page, cause="施錠せずに持ち出した", concerns_confidential="1")
    assert done.status_code == 303
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        assert incident.cause == "施錠せずに持ち出した"
        assert (incident.concerns_personal, incident.concerns_confidential) == (False, True)
