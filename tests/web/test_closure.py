"""The end of a case, its reopening and the case that was none, over HTTP."""

import pytest
from werkzeug.test import TestResponse

from incident_app.services.finding import find_incident
from tests.cast import ITO, KIMURA, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.stories import reported, settled
from tests.web.conftest import ClientOf, Visitor


@pytest.fixture
def number(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return str(reported(work).number)


def state(work_of: WorkOf, number: str) -> str:
    with work_of(YAMADA) as work:
        return str(find_incident(work, number).track("closure").state)


def send(client: Visitor, number: str, path: str, **fields: str) -> TestResponse:
    """Send a form or press a button; a button that is not offered is pressed all the same."""
    base = f"/incidents/{number}/closure"
    unseen = client.hidden(f"{base}/reopening", f"{base}/reopening")
    return client.post(f"{base}{path}", **unseen | fields)


def test_a_case_with_open_duties_cannot_be_closed(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """The refusal lists everything that is still owed, so that nobody has to guess."""
    answer = send(client_of(YAMADA), number, "")
    assert answer.status_code == 409
    page = answer.text
    assert "最終報がまだ甲に送られていません" in page and "措置が完了していません" in page
    assert state(work_of, number) == "open"


def test_the_client_closes_a_settled_case_and_reopens_it_with_a_reason(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """甲 is owed the duties, so 甲 says that they are done; and what comes to light later reopens the case."""
    with work_of(TANAKA) as work:
        number = settled(work).number
    assert send(client_of(TANAKA), number, "").status_code == 403
    assert send(client_of(YAMADA), number, "").status_code == 303
    assert state(work_of, number) == "closed"
    assert send(client_of(YAMADA), number, "/reopening", reason=" ").status_code == 409
    assert send(client_of(YAMADA), number, "/reopening", reason="新たな流出先が判明").status_code == 303
    assert state(work_of, number) == "open"


def test_what_turned_out_to_be_no_incident_ends_with_both_parties(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """乙 alone could talk an incident away; 甲 alone could not know."""
    claimed = send(client_of(TANAKA), number, "/no-incident", reason="USBは社内の金庫にあった")
    assert claimed.status_code == 303
    refused = send(client_of(YAMADA), number, "/no-incident/rejection", reason="金庫の記録がない")
    assert refused.status_code == 303 and state(work_of, number) == "open"
    send(client_of(TANAKA), number, "/no-incident", reason="金庫の記録を添えた")
    assert send(client_of(TANAKA), number, "/no-incident/acknowledgement").status_code == 403
    assert send(client_of(YAMADA), number, "/no-incident/acknowledgement").status_code == 303
    assert state(work_of, number) == "no_incident"


def test_a_claim_without_a_reason_shows_the_form_again(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """The reason is the whole of the claim."""
    answer = send(client_of(TANAKA), number, "/no-incident", reason="")
    assert answer.status_code == 409 and 'name="reason"' in answer.text
    assert state(work_of, number) == "open"


def test_the_forms_are_for_those_who_may_see_the_case(client_of: ClientOf, number: str) -> None:
    """Every page of the resource, for an auditor (reads) and for another client's officer (nothing)."""
    for page in ("no-incident", "no-incident/rejection", "reopening"):
        assert client_of(ITO).get(f"/incidents/{number}/closure/{page}").status_code == 200
        assert client_of(KIMURA).get(f"/incidents/{number}/closure/{page}").status_code == 404
