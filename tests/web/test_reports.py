"""Reports to the client and their receipt, calls, and issued documents, over HTTP."""

import pytest
from werkzeug.test import TestResponse

from incident_app.services.finding import find_incident
from tests.builders import an_incident
from tests.cast import ITO, KIMURA, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import reported
from tests.web.conftest import ClientOf, Visitor


@pytest.fixture
def number(work_of: WorkOf) -> str:
    """A case that nobody has reported yet."""
    with work_of(TANAKA) as work:
        return str(an_incident(work).number)


@pytest.fixture
def told(work_of: WorkOf) -> str:
    """A case whose first report is with 甲."""
    with work_of(TANAKA) as work:
        return str(reported(work).number)


def report(client: Visitor, number: str, kind: str, **fields: str) -> TestResponse:
    base = f"/incidents/{number}/reports"
    return client.send(f"{base}/new?kind={kind}", base, **{"kind": kind} | fields)


def versions(work_of: WorkOf, number: str) -> list[tuple[int, str]]:
    with work_of(TANAKA) as work:
        return [(r.version, r.kind) for r in find_incident(work, number).reports]


def test_the_first_report_goes_out_with_everything_still_unknown(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """The report waits for nothing, and shows what is missing instead of leaving it out."""
    assert "調査中" in client_of(TANAKA).read(f"/incidents/{number}/reports/preview?kind=first_report")
    assert report(client_of(TANAKA), number, "first_report").status_code == 303
    assert versions(work_of, number) == [(1, "first_report")]


def test_the_form_says_before_sending_what_is_known_and_what_is_not(client_of: ClientOf, number: str) -> None:
    """At 2 a.m. nobody should find out from 甲 what the report left open."""
    client = client_of(TANAKA)
    facts = f"/incidents/{number}/facts"
    client.send(f"{facts}/new", facts, fact="place", state="known", text="東口の駐輪場", as_of="")
    form = client.read(f"/incidents/{number}/reports/new?kind=first_report").partition("<iframe")[0]
    said = form.partition('<dl class="said">')[2].partition("</dl>")[0]
    assert "東口の駐輪場" in said and said.count('class="tag done"') == 1
    assert 'class="tag wait"' in said and 'class="none"' in said


def test_only_the_responsible_person_reports(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """The report speaks for 乙; the words that were typed stay in the form of whoever may not send it."""
    for member in (SUZUKI, YAMADA, ITO):
        answer = report(client_of(member), number, "first_report", request="指示をお願いします。")
        assert answer.status_code == 403 and "指示をお願いします。" in answer.text
    assert versions(work_of, number) == []


def test_a_first_report_is_sent_once(client_of: ClientOf, work_of: WorkOf, number: str) -> None:
    """Of two who had the same page open, the second is told to look again."""
    base = f"/incidents/{number}/reports"
    client = client_of(TANAKA)
    stale = client.hidden(f"{base}/new?kind=first_report", base)
    assert report(client, number, "first_report").status_code == 303
    assert client.post(base, **stale | {"kind": "first_report"}).status_code == 409
    assert versions(work_of, number) == [(1, "first_report")]


def test_a_follow_up_shows_what_changed_and_asks_why(client_of: ClientOf, work_of: WorkOf, told: str) -> None:
    """A "no leak" that later becomes a leak must be visible as a change, with its reason."""
    client = client_of(TANAKA)
    facts = f"/incidents/{told}/facts"
    client.send(f"{facts}/new", facts, fact="place", state="known", text="東口の駐輪場", as_of="")
    page = client.read(f"/incidents/{told}/reports/new?kind=follow_up_report")
    assert "東口の駐輪場" in page
    assert report(client, told, "follow_up_report", reason="").status_code == 422
    assert report(client, told, "follow_up_report", reason="本人への聞き取り").status_code == 303
    shown = client.read(f"/incidents/{told}")
    assert "本人への聞き取り" in shown and versions(work_of, told)[-1] == (2, "follow_up_report")


def test_the_final_report_can_be_followed_by_a_supplement(
    client_of: ClientOf, work_of: WorkOf, told: str
) -> None:
    """What comes to light after the last word is still reported."""
    client = client_of(TANAKA)
    assert report(client, told, "final_report").status_code == 303
    assert report(client, told, "follow_up_report", reason="追加で判明").status_code == 303
    assert [kind for _, kind in versions(work_of, told)] == [
        "first_report",
        "final_report",
        "follow_up_report",
    ]


def test_the_receipt_fixes_when_the_client_knew(client_of: ClientOf, work_of: WorkOf, told: str) -> None:
    """甲's own statutory clock counts from its knowledge, so the receipt is 甲's act alone, done once."""
    page, receipt = f"/incidents/{told}", f"/incidents/{told}/reports/1/receipt"
    client = client_of(YAMADA)
    unseen = client.hidden(page, receipt)
    ours = client_of(TANAKA)
    unasked = ours.hidden(f"{page}/calls/new", f"{page}/calls")
    assert ours.post(receipt, **unasked).status_code == 403
    assert client.post(receipt, **unseen).status_code == 303
    with work_of(YAMADA) as work:
        incident = find_incident(work, told)
        assert incident.reports[0].received_at == incident.client_known_at == work.now
    again = unseen | {"once": "f" * 32}
    assert client.post(receipt, **again).status_code == 422
    assert f'action="{receipt}"' not in client.read(page)


def test_a_kind_of_report_that_does_not_exist_is_no_page(client_of: ClientOf, told: str) -> None:
    """An address that was tampered with is answered plainly."""
    for path in ("new", "preview"):
        assert client_of(TANAKA).get(f"/incidents/{told}/reports/{path}?kind=secret").status_code == 404
    assert client_of(TANAKA).get(f"/incidents/{told}/reports/new").status_code == 200


@only_on_sqlite
def test_the_pdf_is_printed_once_and_stays_the_same(client_of: ClientOf, work_of: WorkOf, told: str) -> None:
    """What 甲 holds and what we hold must be the same bytes for ever."""
    with work_of(TANAKA) as work:
        document = find_incident(work, told).reports[0].document_id
    url = f"/incidents/{told}/documents/{document}"
    first, second = client_of(YAMADA).get(f"{url}.pdf"), client_of(TANAKA).get(f"{url}.pdf")
    assert first.mimetype == "application/pdf" and first.data.startswith(b"%PDF-")
    assert first.data == second.data
    page = client_of(YAMADA).get(url)
    assert (
        "script" not in page.headers["Content-Security-Policy"]
        and "sandbox" in page.headers["Content-Security-Policy"]
    )
    assert client_of(KIMURA).get(url).status_code == client_of(KIMURA).get(f"{url}.pdf").status_code == 404


def call(client: Visitor, number: str, **changes: str) -> TestResponse:
    base = f"/incidents/{number}/calls"
    said = {
        "called_at": "2026-11-30T01:40",
        "channel": "phone",
        "ours": "田中 一郎",
        "theirs": "山田 美咲",
        "note": "夜間窓口に第一報",
    }
    return client.send(f"{base}/new", base, **said | changes)


def test_a_call_at_night_is_what_first_told_the_client(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """A call counts: 甲 knew at the time of the call, not when it was written down."""
    assert call(client_of(SUZUKI), number).status_code == 303
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        assert incident.client_known_at == incident.calls[0].called_at < work.now
    assert "夜間窓口に第一報" in client_of(YAMADA).read(f"/incidents/{number}")


@pytest.mark.parametrize(
    ("field", "value"),
    [("called_at", ""), ("called_at", "2026-11-30T03:00"), ("channel", "pigeon"), ("theirs", " ")],
)
def test_a_call_that_cannot_have_been_is_refused_beside_its_field(
    client_of: ClientOf, work_of: WorkOf, number: str, field: str, value: str
) -> None:
    """A record of its own must say when, how and who, and keeps what was typed."""
    answer = call(client_of(TANAKA), number, **{field: value})
    assert answer.status_code == 422 and f'id="wrong-{field}"' in answer.text
    assert "夜間窓口に第一報" in answer.text
    with work_of(TANAKA) as work:
        assert find_incident(work, number).calls == []
