"""Every date on screen leads to a page that says why it is due then, and lets the right people move it."""

from datetime import date, timedelta

import pytest

from incident_app.domain.deadline import DROPPED, SUPERSEDED, Deadline, Reminder
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.parties import CLIENT
from incident_app.domain.work import Work
from incident_app.services.finding import find_incident
from incident_app.services.moving import find_deadline, move_deadline
from incident_app.web.words import DROPPED as DROPPED_WORDS
from tests.builders import a_bare_incident, an_incident, the_person
from tests.cast import ITO, KIMURA, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.dates import a_date_by_law, named
from tests.services.stories import reported
from tests.web.conftest import ClientOf


@pytest.fixture
def by_law(work_of: WorkOf) -> str:
    """The page of 乙's final report by law."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        return page_of(
            incident.number, a_date_by_law(work, incident, anchor=1, window_from=date(2026, 12, 2))
        )


def page_of(number: str, deadline: Deadline) -> str:
    return f"/incidents/{number}/deadlines/{deadline.id}"


def a_reminder(work: Work, deadline: Deadline, **changes: object) -> Reminder:
    """A rung that was reached an hour ago and told at once."""
    then = work.now - timedelta(hours=1)
    said = {"rung": "-4h", "fires_at": then, "made_at": then, "state": "told", "told_at": then, **changes}
    reminder = Reminder(deadline_id=deadline.id, due_at=deadline.due_at, **said)
    work.session.add(reminder)
    work.session.flush()
    return reminder


def a_mail(work: Work, number: str, reminder: Reminder, **changes: object) -> None:
    said = {"state": "sent", "attempts": 1, **changes}
    work.session.add(
        CaseMail(
            incident_id=find_incident(work, number).id,
            reminder_id=reminder.id,
            person_id=the_person(work.session, TANAKA).id,
            to=TANAKA.email,
            subject="期限",
            text="期限",
            message_id=f"{reminder.id}@example.jp",
            queued_at=work.now,
            changed_at=work.now,
            **said,
        )
    )


def test_a_date_says_on_which_article_it_rests_and_how_it_was_counted(
    client_of: ClientOf, by_law: str
) -> None:
    """No deadline is missed because someone counted wrong: everybody can count again."""
    page = client_of(TANAKA).read(by_law)

    assert "確報" in page and "2027年（令和9年）1月4日" in page
    assert "個人情報の保護に関する法律第26条第1項、同法施行規則第8条第2項" in page
    assert "<li>30日目は2026-12-29です。</li>" in page
    assert '<li class="unsure">要確認：2027年の休日。</li>' in page, "what is not certain stands out"
    assert "jp-appi-2022/v1 final_report" in page and "JP v1" in page
    assert "2026-12-02 – 2027-01-04" in page
    entry = by_law.partition("/deadlines/")[0] + "/timeline#entry-1"
    assert f'href="{entry}"' in page and "事案を登録" in page


def test_the_explanation_stands_in_english_as_well(client_of: ClientOf, by_law: str) -> None:
    """A colleague without Japanese must be able to check the count."""
    client = client_of(TANAKA)
    client.get("/language/en")

    page = client.read(by_law)

    assert "Final report" in page and "Day 30 is 2026-12-29." in page
    assert '<li class="unsure">To be confirmed' in page


def test_every_date_of_a_case_leads_to_its_page(client_of: ClientOf, work_of: WorkOf) -> None:
    """The list, the case, what is met and what is open: no date stands without its reason."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        a_date_by_law(work, incident)
        number = incident.number
        pages = [page_of(number, deadline) for deadline in incident.deadlines]
    client = client_of(TANAKA)

    case = client.read(f"/incidents/{number}")

    assert len(pages) >= 5
    for page in pages:
        assert f'<a href="{page}">' in case
        assert client.get(page).status_code == 200
    assert "/deadlines/" in client.read("/"), "and so does the next one on the list"


def test_who_may_moves_a_deadline_with_a_reason_and_both_dates_remain(
    client_of: ClientOf, by_law: str
) -> None:
    """The page shows what was counted, what holds now, who said so and why."""
    client = client_of(TANAKA)
    answer = client.send(by_law, f"{by_law}/moves", due_on="2026-12-28", reason="年内に出すと決めた。")
    assert (answer.status_code, answer.location) == (303, by_law)

    page = client.read(by_law)

    assert "2026年（令和8年）12月28日" in page
    assert "2027-01-04 → 2026-12-28" in page and "2026-12-02 – 2027-01-04" in page, "the window as counted"
    assert "年内に出すと決めた。" in page and TANAKA.name in page


def test_an_hour_is_moved_in_japanese_time(client_of: ClientOf, work_of: WorkOf) -> None:
    """What is typed in Tokyo means Tokyo."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        work.session.flush()
        number, page = incident.number, page_of(incident.number, named(incident, "prompt_report"))
    sent = client_of(YAMADA).send(page, f"{page}/moves", due_at="2026-12-02T09:30", reason="夜間のため")
    assert sent.status_code == 303
    with work_of(TANAKA) as work:
        assert f"{named(find_incident(work, number), 'prompt_report').due_at:%d %H:%M}" == "02 00:30"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"due_on": "2026-12-28", "reason": ""}, "理由を書いてください"),
        ({"due_on": "2027-01-04", "reason": "正月明け"}, "今の期限と同じ"),
        ({"due_on": "2026-11-01", "reason": "正月明け"}, "これからの日時"),
        ({"due_on": "らいしゅう", "reason": "正月明け"}, "日付は"),
    ],
)
def test_a_refused_move_is_explained_at_its_field_and_keeps_what_was_typed(
    client_of: ClientOf, by_law: str, fields: dict[str, str], words: str
) -> None:
    """The form comes back with everything in it."""
    answer = client_of(TANAKA).send(by_law, f"{by_law}/moves", **fields)

    assert answer.status_code == 422
    assert 'class="wrong"' in answer.text and words in answer.text
    assert fields["reason"] in answer.text and fields["due_on"] in answer.text


def test_whoever_may_not_move_it_sees_no_form_and_is_refused(client_of: ClientOf, by_law: str) -> None:
    """乙's date by law is not 甲's to move, nor a worker's or an auditor's."""
    for member in (YAMADA, SUZUKI, ITO):
        client = client_of(member)
        assert f"{by_law}/moves" not in client.read(by_law)
        hidden = client.hidden(by_law, "/sign-out") | {"once": "0123456789abcdef" + member.login}
        answer = client.post(f"{by_law}/moves", **hidden, due_on="2026-12-28", reason="急ぐため")
        assert answer.status_code == 403, member.name


def test_a_deadline_of_another_case_is_not_found(client_of: ClientOf, work_of: WorkOf, by_law: str) -> None:
    """Neither through one's own case nor through somebody else's contract."""
    with work_of(TANAKA) as work:
        other = a_bare_incident(work).number
    stray = f"/incidents/{other}/deadlines/{by_law.rpartition('/')[2]}"

    assert client_of(TANAKA).get(stray).status_code == 404
    assert client_of(KIMURA).get(by_law).status_code == 404


@pytest.mark.parametrize("because", DROPPED)
def test_a_date_that_no_longer_counts_says_why(
    client_of: ClientOf, work_of: WorkOf, by_law: str, because: str
) -> None:
    """Released, replaced, not reportable, instruction ended: four different things."""
    number, deadline_id = by_law.split("/")[2], int(by_law.rpartition("/")[2])
    with work_of(TANAKA) as work:
        find_deadline(find_incident(work, number), deadline_id).drop(work.now, because)
    client = client_of(TANAKA)

    page = client.read(by_law)

    assert DROPPED_WORDS[because][0] in page and f"{by_law}/moves" not in page
    shown = by_law in client.read(f"/incidents/{number}")
    assert shown == (because != SUPERSEDED), "the case shows what replaced it instead"


def test_reminders_are_shown_with_whom_they_reached(
    client_of: ClientOf, work_of: WorkOf, clock: TestClock, by_law: str
) -> None:
    """“Nobody told me” can be answered: when it was due, when it was sent, to whom, and what became of the mail."""
    number, deadline_id = by_law.split("/")[2], int(by_law.rpartition("/")[2])
    with work_of(TANAKA) as work:
        deadline = find_deadline(find_incident(work, number), deadline_id)
        a_mail(work, number, a_reminder(work, deadline))
        waits = {"state": "queued", "attempts": 0, "next_try_at": work.now + timedelta(hours=5)}
        a_mail(work, number, a_reminder(work, deadline, rung="-1h"), **waits)
        a_reminder(work, deadline, rung="+0h", state="moot", told_at=None)

    reminders = client_of(TANAKA).read(by_law).split('id="reminders"')[1]

    assert reminders.count(f"<li>{TANAKA.name}") == 2
    assert "送信済" in reminders and "2026-11-30 07:00" in reminders
    clock.advance(hours=6)
    assert "2026-11-30 07:00" not in client_of(TANAKA).read(by_law).split('id="reminders"')[1]


def test_a_reminder_that_reached_nobody_is_not_shown_as_if_it_had(
    client_of: ClientOf, work_of: WorkOf, by_law: str
) -> None:
    """When everybody has left the contract, the silence must be seen."""
    number, deadline_id = by_law.split("/")[2], int(by_law.rpartition("/")[2])
    with work_of(TANAKA) as work:
        a_reminder(work, find_deadline(find_incident(work, number), deadline_id))

    assert 'class="wrong"' in client_of(TANAKA).read(by_law)


def test_a_moved_date_is_marked_wherever_it_is_shown(
    client_of: ClientOf, work_of: WorkOf, by_law: str
) -> None:
    """Whoever reads only the case must not take a person's date for the counted one."""
    number, deadline_id = by_law.split("/")[2], int(by_law.rpartition("/")[2])
    plain = client_of(TANAKA).read(f"/incidents/{number}")
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        deadline = find_deadline(incident, deadline_id)
        move_deadline(work, incident, deadline, to_day=date(2026, 12, 28), reason="年内に出すと決めた。")

    moved = client_of(TANAKA).read(f"/incidents/{number}")

    assert moved.count('<span class="tag">') == plain.count('<span class="tag">') + 2, (
        "among the dues and the clocks"
    )
    assert "2026-12-28" in moved


def test_the_clients_date_by_law_stands_under_the_client(client_of: ClientOf, work_of: WorkOf) -> None:
    """甲's and 乙's dates by law are never mixed up."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        page = page_of(incident.number, a_date_by_law(work, incident, CLIENT))
        number = incident.number

    due = client_of(YAMADA).read(f"/incidents/{number}").split('id="due"')[1]

    ours, theirs = due.split("<h3>甲</h3>")
    assert page in theirs and page not in ours
    assert "架空市" in client_of(YAMADA).read(page)
