"""The books and the destruction over HTTP: who sees them, who presses what, and what the pages say afterwards."""

from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from incident_app.config import Settings
from incident_app.services.finding import find_incident
from incident_app.services.instructing import issue_instruction
from incident_app.services.notifying import conclude_notification
from tests.cast import ITO, KIMURA, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.ledgers import ORDER_TO_DESTROY, sent_out
from tests.services.stories import by, events_of
from tests.web.conftest import ClientOf


@pytest.fixture
def number(work_of: WorkOf, settings: Settings) -> str:
    """Letters and mails have gone out."""
    with work_of(TANAKA) as work:
        return str(sent_out(work, settings.sealed_folder).number)


@pytest.fixture
def page(work_of: WorkOf, number: str) -> str:
    """Everybody is told, and 甲 has ordered the destruction: where that is done."""
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        work.session.execute(text("UPDATE delivery SET state = 'posted' WHERE channel = 'letter'"))
        work.session.execute(text("UPDATE delivery SET state = 'sent' WHERE channel = 'email'"))
        conclude_notification(work, incident)
        issue_instruction(by(work, YAMADA), incident, [ORDER_TO_DESTROY])
        work.session.flush()
        return f"/incidents/{number}/disposal/{incident.instructions[-1].items[0].id}"


def test_both_parties_see_whether_the_books_add_up(
    client_of: ClientOf, work_of: WorkOf, number: str, settings: Settings
) -> None:
    """By number of row: 甲 reads it too, and no name is in it."""
    books = f"/incidents/{number}/books"
    assert 'class="done"' in client_of(YAMADA).read(books)
    assert client_of(KIMURA).get(books).status_code == 404
    answer = client_of(ITO).send(books, books)
    assert answer.status_code == 303
    with work_of(TANAKA) as work:
        assert events_of(work, find_incident(work, number))[-1] == "books_checked"
        work.session.execute(text("UPDATE delivery SET reply = '' WHERE channel = 'email'"))
    for member in (TANAKA, YAMADA):
        shown = unescape(client_of(member).read(books))
        assert "送付 4, 5: 送信済又は不達なのに" in shown and "架空 第" not in shown
    assert books in client_of(YAMADA).read(f"/incidents/{number}")


def test_the_button_reads_what_the_page_does_not(
    client_of: ClientOf, number: str, settings: Settings
) -> None:
    """A file whose bytes turned is still there: only the full check sees it."""
    (run,) = Path(settings.sealed_folder).glob("runs/*/*")
    run.write_bytes(b"\0" * run.stat().st_size)
    books, client = f"/incidents/{number}/books", client_of(TANAKA)
    assert 'class="done"' in client.read(books)
    answer = client.send(books, books)
    assert answer.headers["Location"] == f"{books}?checked=1"
    assert unescape(client.read(f"/incidents/{number}/timeline")).count("run_file 1") == 1


def test_two_people_destroy_and_every_page_says_so(
    client_of: ClientOf, app: Flask, work_of: WorkOf, number: str, page: str
) -> None:
    """Led there by the case's page; the second types the number; afterwards nothing that worked is broken."""
    case, first, second = f"/incidents/{number}", client_of(TANAKA), client_of(SUZUKI)
    assert f'<a class="button" href="{page}"' in first.read(case)
    assert first.send(page, f"{page}/proposal").status_code == 303
    assert f'action="{page}"' not in first.read(page), "not by the same person"
    assert f'<a class="button" href="{page}"' in second.read(case)
    slip = second.send(page, page, number="2026-999", witness="")
    assert slip.status_code == 422 and "この事案の番号を入力してください" in slip.text
    assert second.send(page, page, number=number, witness="山田 美咲").status_code == 303

    for member in (TANAKA, YAMADA, ITO):
        visitor = client_of(member)
        assert "<td>0</td>" in visitor.read(page) and "<form" not in visitor.read(page).split("<main", 1)[1]
        for place in ("", "/timeline", "/books", "/notices/1"):
            assert visitor.get(case + place).status_code == 200
        assert "廃棄・消去証明書" in visitor.read(case)
        assert 'class="done"' in visitor.read(f"{case}/books")
    gone = first.get(f"{case}/notices/1/runs/1.pdf")
    assert gone.status_code in (409, 422) and "消去済みです" in gone.text
    assert "/roster/new" not in first.read(case)
    assert not list(Path(app.extensions["desk"].settings.sealed_folder).glob("*/*/*"))


@only_on_sqlite
def test_the_client_sees_the_page_and_cannot_act_on_it(client_of: ClientOf, page: str) -> None:
    """甲 orders; 乙 destroys."""
    officer = client_of(YAMADA)
    assert f'action="{page}' not in officer.read(page)
    assert client_of(KIMURA).get(page).status_code == 404
