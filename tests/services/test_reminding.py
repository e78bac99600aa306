"""Who hears of a deadline, when, and in which words."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.incident import Incident
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.parties import CLIENT, CONTRACTOR
from incident_app.domain.timeline import entries_of, verify
from incident_app.services.accounts import set_call_tree
from tests.builders import a_bare_incident, the_contract, the_person
from tests.cast import SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.dates import a_date_by_law
from tests.services.duties import (
    BASE,
    a_duty,
    addresses,
    case_of,
    look,
    mails,
    reminders,
    rungs,
    told,
    watching,
)
from tests.services.stories import last_line

Sessions = sessionmaker[Session]


# ------------------------------------------------------------ who is told


def test_people_are_told_by_one_mail_each_and_one_line_of_the_record(
    sessions: Sessions, clock: TestClock, duty: int
) -> None:
    """The record says who knew: nobody can say later that they had not heard."""
    clock.advance(hours=20)

    assert look(sessions, clock) == 1

    assert told(sessions) == addresses(SATO, TANAKA)
    with sessions() as session:
        (reminder,) = reminders(session)
        assert (reminder.state, reminder.told_at, reminder.told_with_id) == ("told", clock(), None)
        assert {(m.reminder_id, m.state, m.next_try_at) for m in mails(session)} == {
            (reminder.id, "queued", None)
        }
        incident = session.scalars(select(Incident)).one()
        line = entries_of(session, incident.id)[-1]
        assert (line.event, line.actor_id, line.actor_name) == ("reminded", None, "incident-app")
        assert line.facts == {
            "deadline": "甲への第一報",
            "rung": "-4h",
            "told": 2,
            "people": [SATO.name, TANAKA.name],
            "overdue": False,
            "late": [],
        }
        assert verify(session, incident) == []
    assert look(sessions, clock) == 0, "and not again"


@pytest.mark.usefixtures("duty")
def test_a_missed_date_is_carried_down_the_call_tree(
    sessions: Sessions, clock: TestClock, work_of: WorkOf
) -> None:
    """The person, the deputy, the next: each rung after the date reaches one further."""
    with work_of(TANAKA) as work:
        tree = [SUZUKI.login, TANAKA.login, SATO.login]
        set_call_tree(work, the_contract(work.session), CONTRACTOR, tree)
    heard = []
    for hours in (20, 4, 24, 48):
        clock.advance(hours=hours)
        before = len(told(sessions))
        look(sessions, clock)
        heard.append(told(sessions)[before:])

    assert heard == [
        addresses(SUZUKI),
        addresses(SUZUKI, TANAKA),
        addresses(SUZUKI, TANAKA, SATO),
        addresses(SUZUKI, TANAKA, SATO),
    ]


def test_what_the_client_owes_its_own_people_hear(
    sessions: Sessions, clock: TestClock, work_of: WorkOf
) -> None:
    """甲's silence is not 乙's to break alone."""
    with work_of(TANAKA) as work:
        a_duty(work, a_bare_incident(work), party=CLIENT)
    clock.advance(hours=24)

    look(sessions, clock)

    assert told(sessions) == addresses(YAMADA)


@pytest.mark.usefixtures("duty")
def test_after_a_silence_one_mail_tells_of_all_that_should_have_come(
    sessions: Sessions, clock: TestClock
) -> None:
    """Three mails at once about one duty teach people not to read them; a rung left out would never be explained."""
    clock.advance(days=3)

    look(sessions, clock)

    with sessions() as session:
        *earlier, lead = reminders(session)
        assert [r.rung for r in (*earlier, lead)] == ["-4h", "+0h", "+24h"]
        assert [r.told_with_id for r in (*earlier, lead)] == [lead.id, lead.id, None]
        assert {r.state for r in earlier} == {"told"}
        sent = mails(session)
        assert {mail.reminder_id for mail in sent} == {lead.id} and len(sent) == 3
        for instant in ("2026-11-30 22:00", "2026-12-01 02:00", "2026-12-02 02:00"):
            assert sent[0].text.count(instant) >= 2, "in both languages"
        assert "本来は次の時刻に送るべき催促でした" in sent[0].text and "should have come at" in sent[0].text
        incident = session.scalars(select(Incident)).one()
        line = entries_of(session, incident.id)[-1]
        assert line.facts["late"] == ["-4h", "+0h"] and line.facts["overdue"] is True


@pytest.mark.usefixtures("duty")
def test_where_nobody_can_be_told_the_record_says_so(
    sessions: Sessions, clock: TestClock, work_of: WorkOf
) -> None:
    """A reminder without a reader is not quietly dropped, and does not come up every minute either."""
    with work_of(TANAKA) as work:
        for member in (TANAKA, SATO, SUZUKI):
            the_person(work.session, member).active = False
    clock.advance(hours=20)

    assert look(sessions, clock) == 1
    assert look(sessions, clock) == 0

    assert told(sessions) == [] and rungs(sessions) == [("-4h", "told")]
    with watching(sessions, clock) as work:
        line = last_line(work, case_of(work))
        assert (line.event, line.facts["told"], line.facts["people"]) == ("reminded", 0, [])


# ------------------------------------------------------------ the words


def mail_to(sessions: Sessions, member: CastMember) -> CaseMail:
    with sessions() as session:
        return next(mail for mail in reversed(mails(session)) if mail.to == member.email)


@only_on_sqlite
def test_a_mail_says_what_is_due_when_on_which_clause_and_whom_to_call(
    sessions: Sessions, clock: TestClock, duty: int
) -> None:
    """Everything that is needed to act at once, in both languages."""
    clock.advance(hours=20, seconds=40)

    look(sessions, clock)

    mail = mail_to(sessions, TANAKA)
    assert mail.subject == "【期限まで4時間】I-2026-0001 甲への第一報"
    assert mail.text.split("\n\n") == [
        "甲への第一報（乙）：期限まで4時間",
        "事案番号：I-2026-0001\n"
        "期限：2026年12月1日 2時00分（日本時間）\n"
        "根拠：第16条第1項\n"
        f"詳細：{BASE}/incidents/I-2026-0001/deadlines/{duty}",
        "この連絡を受けた者：\n  佐藤 次郎 03-0000-0000\n  田中 一郎 03-0000-0000",
        "First report to the client (the contractor): 4 h left",
        "Case: I-2026-0001\n"
        "Due: 2026-12-01 02:00, Japanese time\n"
        "Rests on: 第16条第1項\n"
        f"Details: {BASE}/incidents/I-2026-0001/deadlines/{duty}",
        "Who was told:\n  佐藤 次郎 03-0000-0000\n  田中 一郎 03-0000-0000\n",
    ]


@only_on_sqlite
@pytest.mark.parametrize(
    ("hours", "minutes", "ja", "en"),
    [
        (20, 0, "期限まで4時間", "4 h left"),
        (22, 29.2, "期限まで1時間31分", "1 h 31 min left"),
        (23, 30, "期限まで30分", "30 min left"),
        (24, 0, "徒過 0分", "overdue for 0 min"),
        (24, 59.9, "徒過 59分", "overdue for 59 min"),
        (36, 0, "徒過 12時間", "overdue for 12 h"),
        (72, 0, "徒過 2日", "overdue for 2 days"),
    ],
)
def test_the_subject_says_how_much_time_is_left_or_how_late_it_is(
    sessions: Sessions, clock: TestClock, duty: int, *, hours: float, minutes: float, ja: str, en: str
) -> None:
    """It is read on a locked screen, at night: minutes count, and lateness has its own word."""
    clock.advance(hours=hours, minutes=minutes)

    look(sessions, clock)

    mail = mail_to(sessions, TANAKA)
    assert mail.subject.startswith(f"【{ja}】") and f": {en}\n" in mail.text


@only_on_sqlite
@pytest.mark.parametrize(
    ("at", "ja", "en"),
    [
        (datetime(2026, 12, 28, 0, tzinfo=UTC), "期限まで7日", "7 days left"),
        (datetime(2027, 1, 3, 14, 59, tzinfo=UTC), "期限まで1日", "1 day left"),
        (datetime(2027, 1, 4, 0, tzinfo=UTC), "本日が期限", "due today"),
        (datetime(2027, 1, 4, 14, 59, 59, tzinfo=UTC), "徒過", "overdue"),
        (datetime(2027, 1, 4, 15, 1, tzinfo=UTC), "徒過 1日", "overdue for 1 day"),
    ],
)
def test_where_a_day_is_due_days_are_counted(
    sessions: Sessions, clock: TestClock, work_of: WorkOf, *, at: datetime, ja: str, en: str
) -> None:
    """A date by law is open until midnight in Japan; nobody is told 6 days, 14 hours and 59 minutes."""
    with work_of(TANAKA) as work:
        a_date_by_law(work, a_bare_incident(work), ladder=["-7d@09:00", "0d@09:00", "+0h"])
    clock.now = at

    look(sessions, clock)

    mail = mail_to(sessions, TANAKA)
    assert mail.subject == f"【{ja}】I-2026-0001 確報" and f": {en}\n" in mail.text
    assert "期限：2027年1月4日（その日の24時まで）" in mail.text and "2027-01-04 (until 24:00" in mail.text


def test_a_mail_names_the_case_by_its_number_and_nothing_else(
    sessions: Sessions, clock: TestClock, work_of: WorkOf
) -> None:
    """Whoever looks over a shoulder learns a number and a duty."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, title="大阪支店のUSBメモリ", cause="かばんの置き忘れ")
        due = date(2026, 12, 5)
        a_date_by_law(work, incident, due_on=due, ladder=["-1d@09:00"])
    clock.advance(days=5)

    look(sessions, clock)

    with sessions() as session:
        for mail in mails(session):
            assert not {"大阪", "USB", "かばん", "架空市", "みなと"} & {
                word
                for word in ("大阪", "USB", "かばん", "架空市", "みなと")
                if word in mail.subject + mail.text
            }
