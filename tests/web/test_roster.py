"""The list of individuals over HTTP: looked at first, then imported, and the file gone afterwards."""

import hashlib
import io
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from incident_app.domain.individual import AffectedList, Individual
from incident_app.roster.columns import SPELLINGS
from incident_app.services.listing import discard_old_lists
from tests.builders import who_is
from tests.cast import ITO, KIMURA, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.stories import reported
from tests.web.conftest import ClientOf, Visitor

HEADING = "宛名番号,氏名,郵便番号,住所,メールアドレス,漏えい項目\r\n"
TARO = "0000000001,架空 太郎,100-0001,架空県架空市中央1-1,taro@example.jp,氏名・住所\r\n"
NOBODY_KNOWS_WHERE = "0000000002,架空 花子,,,,氏名\r\n"
BROKEN = "0000000003,架空 次郎\r\n"
LIST = (HEADING + TARO + NOBODY_KNOWS_WHERE + BROKEN).encode("cp932")


@pytest.fixture
def number(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return str(reported(work).number)


@pytest.fixture
def waiting(app: Flask) -> Path:
    return Path(app.extensions["desk"].settings.data) / "sealed" / "lists"


def upload(client: Visitor, number: str, data: bytes = LIST) -> TestResponse:
    base = f"/incidents/{number}/roster"
    return client.send(f"{base}/new", base, file=(io.BytesIO(data), "list.csv"))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def people(work_of: WorkOf) -> list[str]:
    with work_of(TANAKA) as work:
        return sorted(who_is(person).reference for person in work.session.scalars(select(Individual)))


def test_a_list_is_shown_before_anything_is_imported(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """A wrong file must be noticed while it still does no harm."""
    client = client_of(TANAKA)
    answer = upload(client, number)
    assert answer.status_code == 303
    page = unescape(client.get(answer.headers["Location"]).text)
    assert "Shift_JIS" in page and "漏えい項目" in page
    assert "架＊＊＊＊" in page and "＊＊＊@example.jp" in page
    assert "架空 太郎" not in page and "taro@" not in page, (
        "masked: the page is to judge columns, not persons"
    )
    assert "住所がありません" in page
    assert '<th scope="row">4</th><td>列の数が見出しと合いません</td>' in page
    assert people(work_of) == []


def test_an_imported_list_is_kept_sealed(
    client_of: ClientOf, work_of: WorkOf, number: str, waiting: Path
) -> None:
    """The raw file holds everybody's data; what proves where a row came from is kept, and nobody can read it."""
    client = client_of(TANAKA)
    place = upload(client, number).headers["Location"]
    (file,) = files(waiting)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "太郎".encode("cp932") not in file.read_bytes() and b"taro@" not in file.read_bytes()
    assert client.send(place, f"{place}/import").status_code == 303
    assert people(work_of) == ["0000000001", "0000000002"]
    with work_of(TANAKA) as work:
        entry = work.session.scalars(select(AffectedList)).one()
        assert entry.sha256 == hashlib.sha256(LIST).hexdigest()
        assert (entry.rows, entry.persons, entry.rejected) == (3, 2, 1)
    assert files(waiting) == [file]
    assert client.get(place).status_code == 404, "it waits for nobody any more"


def test_a_list_that_is_turned_down_is_deleted(
    client_of: ClientOf, work_of: WorkOf, number: str, waiting: Path
) -> None:
    """Not importing must not mean keeping."""
    client = client_of(TANAKA)
    place = upload(client, number).headers["Location"]
    assert client.send(place, f"{place}/discard").status_code == 303
    assert files(waiting) == [] and people(work_of) == []


def test_a_list_that_nobody_came_back_for_is_deleted(
    client_of: ClientOf, work_of: WorkOf, number: str, waiting: Path, clock: TestClock
) -> None:
    """Somebody closes the browser and goes home; a day later the file is gone."""
    upload(client_of(TANAKA), number)
    with work_of(TANAKA) as work:
        discard_old_lists(work, waiting.parent)
    assert len(files(waiting)) == 1, "not while somebody may still be looking"
    clock.advance(hours=25)
    with work_of(TANAKA) as work:
        discard_old_lists(work, waiting.parent)
    assert files(waiting) == []


def test_columns_that_were_recognised_wrongly_can_be_corrected(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Offices name their columns as they like: somebody who sees the headings says which is which."""
    data = "番号,だれ,どこ,郵便\n1,架空 太郎,架空県架空市1-1,100-0001\n".encode()
    client = client_of(TANAKA)
    place = upload(client, number, data).headers["Location"]
    page = unescape(client.get(place).text)
    assert "どの列が何か" in page and "2: だれ" in page
    said = {f"column_{field}": "-" for field in SPELLINGS}
    said |= {"column_reference": "0", "column_name": "1", "column_address": "2", "column_postal_code": "3"}
    assert client.send(place, f"{place}/columns", **said).status_code == 303
    assert "架＊＊＊＊" in unescape(client.get(place).text)
    client.send(place, f"{place}/import")
    with work_of(TANAKA) as work:
        (person,) = work.session.scalars(select(Individual))
        who = who_is(person)
        assert (who.reference, who.name, who.address_lines) == ("1", "架空 太郎", ("架空県架空市1-1",))


def test_the_report_names_every_remarkable_row_and_nobody(client_of: ClientOf, number: str) -> None:
    """It goes back to the office that made the list."""
    client = client_of(TANAKA)
    place = upload(client, number).headers["Location"]
    answer = client.get(f"{place}/report.csv")
    table = answer.data.decode("utf-8-sig")
    assert "4,rejected,列の数が見出しと合いません" in table and "住所がありません" in table
    assert "架空" not in table and "taro" not in table


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "ファイルを選んでください"),
        (b"\r\n\r\n", "ファイルが空です"),
        (b"PK\x03\x04", "Excel"),
        (HEADING.encode("cp932") + b"\x85\x40\n", "読めない文字"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    client_of: ClientOf, number: str, waiting: Path, data: bytes, said: str
) -> None:
    """An office gets such files every day; each refusal names the next thing to do, and keeps nothing."""
    answer = upload(client_of(TANAKA), number, data)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert files(waiting) == []


def test_only_the_contractors_people_handle_the_list(client_of: ClientOf, number: str, waiting: Path) -> None:
    """甲's officer and auditor see counts; another client's officer sees nothing at all."""
    for member in (YAMADA, ITO):
        assert upload(client_of(member), number).status_code == 403
    assert client_of(KIMURA).get(f"/incidents/{number}/roster/new").status_code == 404
    assert files(waiting) == []


def test_the_same_person_in_a_second_list_is_not_taken_twice(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """A corrected list is sent again as a whole; nobody gets two letters for that."""
    client = client_of(TANAKA)
    for data in (LIST, (HEADING + TARO + "0000000004,架空 四郎,100-0001,架空県,,氏名\r\n").encode()):
        place = upload(client, number, data).headers["Location"]
        client.send(place, f"{place}/import")
    assert people(work_of) == ["0000000001", "0000000002", "0000000004"]


def test_an_address_of_the_page_cannot_reach_other_files(client_of: ClientOf, number: str) -> None:
    """The number in the address is all that names the file."""
    client = client_of(TANAKA)
    for name in ("..%2f..%2fsecret", "0" * 64, "secret", "99"):
        assert client.get(f"/incidents/{number}/roster/{name}").status_code == 404
