"""What is due when and what waits for whom, as the list and the page of a case say it."""

from datetime import timedelta

import pytest

from incident_app.domain.deadline import Reminder
from incident_app.services.closing import acknowledge_no_incident, claim_no_incident
from incident_app.services.finding import find_incident
from incident_app.services.instructing import Order, issue_instruction, transcribe_instruction
from incident_app.services.publishing import propose_consultation
from incident_app.services.reporting import receive_report, send_first_report
from incident_app.services.watching import beat
from tests.builders import a_bare_incident, a_notice, an_incident
from tests.cast import SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.dates import a_date_by_law, named
from tests.services.stories import reported
from tests.web.conftest import ClientOf


@pytest.fixture
def number(work_of: WorkOf) -> str:
    """A case that Tanaka has opened and nobody has worked on."""
    with work_of(TANAKA) as work:
        return an_incident(work).number


def test_the_list_says_what_is_due_next_and_who_is_waited_for(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Whoever opens the program sees at once where to go."""
    assert "甲への第一報" in client_of(TANAKA).read("/")
    with work_of(TANAKA) as work:
        send_first_report(work, find_incident(work, number))

    page = client_of(YAMADA).read("/")

    assert "甲への第一報" not in page, "it is met"
    assert "甲待ち" in page and "第1版の報告の受領" in page


def test_the_instruction_is_waited_for_from_the_first_report_on(
    client_of: ClientOf, work_of: WorkOf, clock: TestClock, number: str
) -> None:
    """乙 can show since when it has been waiting for 甲."""
    page = f"/incidents/{number}"
    instruction = f'<a href="{page}#instructions">指示</a>'
    assert instruction not in client_of(TANAKA).read(page), "nobody has been told yet"
    with work_of(TANAKA) as work:
        send_first_report(work, find_incident(work, number))
    clock.advance(hours=3)
    waiting = client_of(TANAKA).read(page)
    assert instruction in waiting and "2026-11-30 02:00 から" in waiting
    with work_of(YAMADA) as work:
        issue_instruction(work, find_incident(work, number), [Order(kind="investigate", what="原因の調査")])

    answered = client_of(TANAKA).read(page)

    assert instruction not in answered
    ours, theirs = answered.split("<h3>乙</h3>")[1].split("<h3>甲</h3>")
    assert "指示1 事項1" in ours and "指示1 事項1" not in theirs, "now 甲 waits for what it ordered"


def test_waiting_ends_with_the_word_that_was_waited_for(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """A list of what waits is read only while it is true."""
    page = f"/incidents/{number}"
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        send_first_report(work, incident)
        propose_consultation(work, incident, proposal="publish", points="時期")
    waiting = client_of(TANAKA).read(page)
    assert ">第1版の報告の受領<" in waiting and "協議第1号への回答" in waiting
    with work_of(YAMADA) as work:
        incident = find_incident(work, number)
        receive_report(work, incident, incident.reports[0])

    later = client_of(TANAKA).read(page)

    assert ">第1版の報告の受領<" not in later and "協議第1号への回答" in later


def test_words_written_down_and_texts_wait_for_the_client_and_then_for_a_second_person(
    client_of: ClientOf, work_of: WorkOf
) -> None:
    """Each of these stops the case without anybody having done wrong."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        said = Order(kind="report", what="状況を報告すること")
        transcribe_instruction(
            work, incident, [said], given_by="山田 美咲", given_at=work.now, channel="phone"
        )
        a_notice(work, incident, text_approved_at=None)
        a_notice(work, incident)
        number = incident.number

    page = client_of(TANAKA).read(f"/incidents/{number}")

    assert "書き取られた指示第1号の確認" in page
    assert ">文案第1号の承認<" in page and "文案第2号の発送の承認（起案者以外の人）" in page


def test_a_deadline_that_passed_is_late_until_it_is_met_and_then_on_record(
    client_of: ClientOf, work_of: WorkOf, clock: TestClock, number: str
) -> None:
    """徒過 must be seen, not computed in one's head, and does not vanish when the duty is done."""
    page = f"/incidents/{number}"
    assert "tag late" not in client_of(TANAKA).read(page)
    clock.advance(hours=30)
    assert "超過" in client_of(TANAKA).read(page)
    with work_of(TANAKA) as work:
        send_first_report(work, find_incident(work, number))

    assert '<span class="tag late">徒過</span>' in client_of(TANAKA).read(page)


def test_a_case_that_has_ended_waits_for_nobody(client_of: ClientOf, work_of: WorkOf) -> None:
    """The list stays short for those who have to act."""
    with work_of(TANAKA) as work:
        a_notice(work, a_bare_incident(work, states={"closure": "closed"}), text_approved_at=None)

    page = client_of(YAMADA).read("/")

    assert "終結" in page and "文案第1号の承認" not in page


def test_a_case_that_was_none_owes_nothing_more(
    client_of: ClientOf, work_of: WorkOf, clock: TestClock, number: str
) -> None:
    """A false alarm leaves no deadline that goes on getting later."""
    with work_of(TANAKA) as work:
        claim_no_incident(work, find_incident(work, number), "USBメモリは庁内で見つかった。")
    assert "「事故に当たらない」との申出への回答" in client_of(YAMADA).read("/")
    with work_of(YAMADA) as work:
        acknowledge_no_incident(work, find_incident(work, number))
    clock.advance(hours=30)

    page = client_of(TANAKA).read(f"/incidents/{number}")

    assert "事故非該当で終了" in page and "tag late" not in page
    assert "期限も、待っているものもありません" in page


def test_a_date_by_law_is_a_day_and_said_to_be_one_by_law(client_of: ClientOf, work_of: WorkOf) -> None:
    """A whole day is open until midnight; 23:59:59 would look like a precision that nobody asked for."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        a_date_by_law(work, incident)
        number = incident.number

    due = client_of(TANAKA).read(f"/incidents/{number}").split('id="due"')[1].split("</section>")[0]

    assert '<time datetime="2027-01-04">2027-01-04</time>' in due and "23:59" not in due
    assert '<span class="tag">' in due, "marked as a date by law"


def test_waiting_for_the_client_shows_how_often_it_was_reminded_and_who_is_next(
    client_of: ClientOf, work_of: WorkOf, clock: TestClock
) -> None:
    """甲's silence is visible, and whoever sees it can telephone."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        number, answer = incident.number, named(incident, "instruction_answer")
        work.session.flush()
        for hours, rung in ((24, "-24h"), (44, "-4h")):
            then = work.now + timedelta(hours=hours)
            work.session.add(
                Reminder(
                    **{"deadline_id": answer.id, "due_at": answer.due_at, "rung": rung, "state": "told"},
                    **{"fires_at": then, "made_at": then, "told_at": then},
                )
            )
    clock.advance(hours=45)

    due = client_of(TANAKA).read(f"/incidents/{number}").split('id="due"')[1].split("</section>")[0]

    waiting = next(row for row in due.split("<li") if f'/deadlines/{answer.id}"' in row)
    assert f'href="/incidents/{number}#instructions"' in waiting and "2026-11-30 02:00" in waiting
    assert "2026-12-01 22:00" in waiting, "the last of two reminders"
    assert YAMADA.name in waiting and 'href="tel:03-0000-0000"' in waiting


def test_a_watch_that_stands_still_is_seen_by_everybody(
    client_of: ClientOf, work_of: WorkOf, clock: TestClock, number: str
) -> None:
    """Whoever relies on reminders must know that none will come."""
    client, alarm = client_of(SUZUKI), 'class="silence"'
    pages = ("/", f"/incidents/{number}")
    assert all(alarm in client.read(page) for page in pages), "it has never run"
    with work_of(TANAKA) as work:
        beat(work)
    assert not any(alarm in client.read(page) for page in pages)
    clock.advance(minutes=10)

    assert all(alarm in client.read(page) and "2026-11-30 02:00" in client.read(page) for page in pages)
