"""The enquiry desk over HTTP: what an operator sees before and after the check, and who may read the log."""

import csv
from html import unescape
from io import StringIO

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from incident_app.domain.enquiry import Enquiry, IdentityCheck
from incident_app.services.finding import find_incident
from tests.builders import a_delivery, a_notice, an_item
from tests.cast import ADMIN, ITO, KIMURA, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.desk_stories import kaoruko
from tests.services.stories import open_case
from tests.web.conftest import ClientOf, Visitor

HER_WORDS = {"kana": "カクウ カオルコ", "birth_date": "昭和56年3月4日", "phone_end": "5678"}
SAID = {
    "taken_at": "2026-11-30T01:50",
    "channel": "phone",
    "topic": "what_leaked",
    "language": "ja",
    "answer": "general",
    "promise": "none",
    "note": "",
}


@pytest.fixture
def number(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return str(open_case(work).number)


@pytest.fixture
def desk(number: str) -> str:
    return f"/incidents/{number}/enquiries"


def words_of(answer: TestResponse) -> str:
    return unescape(answer.text)


def she_is_listed(work_of: WorkOf, number: str, *holds: str) -> None:
    """One person, to whom a letter was posted."""
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        person = kaoruko(work, incident, holds=holds)
        a_delivery(work, a_notice(work, incident), person, an_item(work, incident), state="posted")


def compare(operator: Visitor, desk: str, **said: str) -> str:
    """Send the check form; returns where it leads."""
    answer = operator.send(f"{desk}/checks/new", f"{desk}/checks", **said)
    assert answer.status_code == 303, words_of(answer)
    return str(answer.headers["Location"])


def test_after_a_passed_check_the_operator_sees_enough_to_answer(
    client_of: ClientOf, work_of: WorkOf, number: str, desk: str
) -> None:
    """Masked: enough to hear that it is she, and what leaked of her; the rest is for nobody at a telephone."""
    she_is_listed(work_of, number)
    operator = client_of(SUZUKI)
    place = compare(operator, desk, **HER_WORDS)
    page = unescape(operator.read(place))
    assert "架＊＊＊＊" in page and "架空県架＊＊＊" in page and "氏名、税額" in page
    assert "投函済" in page and '<option value="own_data" selected>' in page
    assert not [word for word in ("薫子", "カオルコ", "中央", "1981", "5678", "100-0001") if word in page]
    sent = operator.send(place, desk, **SAID | {"answer": "own_data", "note": "了解された"})
    assert sent.status_code == 303
    log = unescape(operator.read(desk))
    assert "本人の対象項目を説明" in log and "了解された" in log and "薫子" not in log


def test_a_stranger_and_a_protected_person_sound_alike_to_the_caller(
    client_of: ClientOf, work_of: WorkOf, number: str, desk: str
) -> None:
    """The operator has one sentence for both; of whoever is not recognised the page says nothing at all."""
    operator = client_of(SUZUKI)
    nobody = unescape(operator.read(compare(operator, desk, **HER_WORDS)))
    she_is_listed(work_of, number, "protected")
    protected = unescape(operator.read(compare(operator, desk, **HER_WORDS)))
    almost = unescape(operator.read(compare(operator, desk, **HER_WORDS | {"phone_end": "5679"})))
    to_the_caller = "こちらではお調べできませんでした。市区町村等の担当課におたずねください。"
    for page in (nobody, protected, almost):
        assert f"<q>{to_the_caller}</q>" in page and '<option value="referred" selected>' in page
        assert not [word for word in ("架＊", "税額", "投函", "5678") if word in page]
    assert without_numbers(almost) == without_numbers(nobody), "a protected person is not there for them"
    again = f"{desk}/checks/new"
    assert again in nobody and again not in protected, "only the operator knows that no other word would help"


def without_numbers(page: str) -> str:
    """Leave out what differs with every page: keys of forms, and the number of the check."""
    main = page.split("<main", 1)[1]
    return "\n".join(line for line in main.splitlines() if 'type="hidden"' not in line)


@only_on_sqlite
def test_too_little_is_asked_for_again_with_everything_typed(client_of: ClientOf, desk: str) -> None:
    """The caller is still on the line."""
    operator = client_of(SUZUKI)
    answer = operator.send(f"{desk}/checks/new", f"{desk}/checks", kana="カクウ カオルコ", code="12")
    page = words_of(answer)
    assert answer.status_code == 422 and 'id="wrong-code"' in page
    assert 'value="カクウ カオルコ"' in page and 'value="12"' in page


@only_on_sqlite
def test_a_slip_in_the_log_form_keeps_the_check(
    client_of: ClientOf, work_of: WorkOf, number: str, desk: str
) -> None:
    """Otherwise the caller would be asked everything once more."""
    she_is_listed(work_of, number)
    operator = client_of(SUZUKI)
    place = compare(operator, desk, **HER_WORDS)
    slip = operator.send(place, desk, **SAID | {"answer": "own_data", "note": "あ" * 301})
    page = words_of(slip)
    assert slip.status_code == 422 and 'id="wrong-note"' in page and "氏名、税額" in page
    check = place.split("check=")[1]
    assert f'name="check" value="{check}"' in page
    assert '<option value="own_data" selected>' in page


@only_on_sqlite
def test_a_check_opens_nothing_to_anybody_else(
    client_of: ClientOf, work_of: WorkOf, number: str, desk: str, clock: TestClock
) -> None:
    """Its number stands in the address; a colleague who counts up sees nothing, nor does anybody tomorrow."""
    she_is_listed(work_of, number)
    operator = client_of(SUZUKI)
    place = compare(operator, desk, **HER_WORDS)
    assert client_of(TANAKA).get(place).status_code == 404
    assert operator.get(f"{desk}/new?check=99").status_code == 404
    assert operator.get(f"{desk}/new?check=x").status_code == 422
    clock.advance(hours=3)
    assert operator.get(place).status_code == 404


def test_the_log_shows_what_is_open_and_closes_it(client_of: ClientOf, desk: str) -> None:
    """Newest first; by topic, or only what somebody still waits for."""
    operator = client_of(SUZUKI)
    for changes in (
        {"topic": "complaint", "promise": "call_back", "language": "zh"},
        {"topic": "secondary_damage", "channel": "letter", "answer": "beware"},
    ):
        assert operator.send(f"{desk}/new", desk, **SAID | changes).status_code == 303
    log = unescape(operator.read(desk))
    assert log.index('id="enquiry-2"') < log.index('id="enquiry-1"')
    assert "中国語" in log and "郵便" in log and "折り返し連絡" in log
    assert 'id="enquiry-1"' not in operator.read(f"{desk}?topic=secondary_damage")
    waiting = operator.read(f"{desk}?open=1")
    assert 'id="enquiry-1"' in waiting and 'id="enquiry-2"' not in waiting
    assert operator.send(desk, f"{desk}/1/done").status_code == 303
    assert 'id="enquiry-1"' not in operator.read(f"{desk}?open=1")
    assert 'id="enquiry-1"' in operator.read(desk)
    assert 'id="enquiry-2"' not in operator.read(f"{desk}?before=2")


def test_the_client_reads_the_log_without_the_notes(client_of: ClientOf, desk: str) -> None:
    """甲 sees how many called about what; names that slipped into a note stay with 乙."""
    assert client_of(SUZUKI).send(f"{desk}/new", desk, **SAID | {"note": "薫子さんより"}).status_code == 303
    assert "薫子さんより" in client_of(TANAKA).read(desk)
    for member in (YAMADA, ITO):
        reader = client_of(member)
        page = unescape(reader.read(desk))
        assert "何が漏えいしたか" in page and "薫子" not in page
        assert "checks/new" not in page and f"{desk}/new" not in page
        for place in (f"{desk}/new", f"{desk}/checks/new"):
            assert reader.get(place).status_code == 403
    for stranger in (KIMURA, ADMIN):
        assert client_of(stranger).get(desk).status_code == 404
        assert client_of(stranger).get(f"{desk}/days.csv").status_code == 404


@only_on_sqlite
def test_the_counts_by_day_are_a_table_and_a_file(client_of: ClientOf, desk: str, number: str) -> None:
    """For the meeting with 甲; a spreadsheet opens it as it is."""
    operator = client_of(SUZUKI)
    for taken_at, topic in (
        ("2026-11-30T01:10", "complaint"),
        ("2026-11-30T01:20", "secondary_damage"),
        ("2026-11-29T23:59", "other"),
    ):
        operator.send(f"{desk}/new", desk, **SAID | {"taken_at": taken_at, "topic": topic})
    answer = client_of(YAMADA).get(f"{desk}/days.csv")
    assert (
        answer.mimetype == "text/csv" and f"{number}-enquiries.csv" in answer.headers["Content-Disposition"]
    )
    heading, first, second = csv.reader(StringIO(answer.data.decode("utf-8-sig")))
    assert heading[0] == "日" and heading[3] == "不審な電話・メール等（二次被害）" and heading[-1] == "合計"
    assert first == ["2026-11-29", "0", "0", "0", "0", "0", "0", "1", "1"]
    assert second == ["2026-11-30", "0", "0", "1", "1", "0", "0", "0", "2"]
    page = operator.read(desk)
    assert page.index("2026-11-30</th>") < page.index("2026-11-29</th>")


@only_on_sqlite
def test_what_a_caller_said_stands_in_no_address_and_no_row(
    client_of: ClientOf, work_of: WorkOf, number: str, desk: str
) -> None:
    """An address is written into logs; a row stays for years."""
    she_is_listed(work_of, number)
    operator = client_of(SUZUKI)
    place = compare(operator, desk, **HER_WORDS)
    assert place == f"{desk}/new?check=1"
    operator.send(place, desk, **SAID)
    with work_of(TANAKA) as work:
        rows = [work.session.execute(select(table.__table__)).all() for table in (IdentityCheck, Enquiry)]
    assert not [word for word in ("カオルコ", "1981", "5678") if word in str(rows)]


@only_on_sqlite
def test_the_case_leads_to_its_desk(client_of: ClientOf, work_of: WorkOf, desk: str, number: str) -> None:
    """Where there are individuals, there is somebody to call."""
    for member in (SUZUKI, YAMADA):
        assert f'href="{desk}"' in client_of(member).read(f"/incidents/{number}")
    with work_of(TANAKA) as work:
        incident = open_case(work, concerns_personal=False, concerns_confidential=True)
        other = f"/incidents/{incident.number}"
    assert f'href="{other}/enquiries"' not in client_of(SUZUKI).read(other)
