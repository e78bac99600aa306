"""One list of marked persons through the whole program: what it wrote outside of what is sealed names none of them."""

import io
import logging
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.app import create_app
from incident_app.config import Settings, read_settings
from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import Individual
from incident_app.domain.notice import Delivery
from incident_app.mail.catcher import MailServer
from incident_app.services.documents import printed
from incident_app.services.finding import find_incident
from incident_app.services.notifying import start_deliveries
from incident_app.services.reporting import send_follow_up
from incident_app.workers.deliver import Courier
from incident_app.workers.nightly import Nightly
from tests.cast import PASSWORD, SATO, TANAKA, YAMADA, CastMember
from tests.clock import TestClock
from tests.conftest import MASTER_KEY, WorkOf
from tests.mail.conftest import Relay
from tests.roster.city_export import a_resident, written
from tests.services.ledgers import BOTH
from tests.services.stories import approved, by, everything, instructed, item_of
from tests.web.conftest import Visitor

NAMES = {
    "氏名": ("鬼灯堂　珠緒", "猩々坂　辰之進", "薔薇園　蕗子"),
    "フリガナ": ("ホオズキドウ　タマオ", "ショウジョウザカ　タツノシン", "バラエン　フキコ"),
    "生年月日": ("昭和12年8月19日", "平成29年11月7日", "1949/10/23"),
    "住所": ("秋田県秋田市螢谷町８１７番", "秋田県秋田市螢谷町８１８番", "秋田県秋田市螢谷町８１９番"),
    "電話番号": ("018-917-5501", "018-917-5502", "018-917-5503"),
    "メールアドレス": ("tamao.hozuki@example.jp", "", "fukiko.baraen@example.jp"),
    "備考": ("", "保護者:猩々坂　小夜", ""),
}
MARKS = (
    *("鬼灯堂", "珠緒", "猩々坂", "辰之進", "小夜", "薔薇園", "蕗子", "螢谷町"),
    *("ホオズキドウ", "タツノシン", "バラエン", "018-917-55", "018917550"),
    *("tamao.hozuki", "fukiko.baraen", "昭和12年8月19日", "1937-08-19", "19370819"),
    *("2017-11-07", "平成29年11月7日", "1949-10-23", "1949/10/23"),
)
"""Words of the list, and other forms of its dates and numbers; none of them can come about by chance."""


@pytest.fixture
def relay() -> Relay:
    """It refuses one address and quotes it three times; the other it takes, and quotes it too."""
    relay = Relay()
    refused, taken = NAMES["メールアドレス"][0], NAMES["メールアドレス"][2]
    relay.answers[refused] = (
        f"550 5.1.1 <{refused}>: user {refused.partition('@')[0]} unknown; {refused.upper()}"
    )
    relay.answers[taken] = f"451 4.2.1 {taken} greylisted, {taken.partition('@')[0].title()} come again"
    return relay


@pytest.fixture
def settings(database_url: str, tmp_path: Path, relay: Relay) -> Iterator[Settings]:
    with MailServer(relay, "127.0.0.1", 0) as server:
        yield read_settings(
            {
                "INCIDENT_DATABASE": database_url,
                "INCIDENT_DATA": str(tmp_path),
                "INCIDENT_MASTER_KEY": MASTER_KEY,
                "INCIDENT_SMTP_PORT": str(server.port),
            }
        )


@pytest.fixture
def app(settings: Settings, clock: TestClock) -> Iterator[Flask]:
    app = create_app(settings, clock)
    yield app
    app.extensions["desk"].sessions.kw["bind"].dispose()


def the_list() -> bytes:
    rows = [
        a_resident(number + 1, **{heading: values[number] for heading, values in NAMES.items()})
        for number in range(3)
    ]
    return written(*rows, a_resident(9, 氏名="", フリガナ="ホオズキドウ"))


def marks_in(data: bytes) -> list[str]:
    """Which marks stand in some bytes, in any coding that one of our libraries may have written them in."""
    return [
        mark
        for mark in MARKS
        if any(
            coded.lower() in data.lower()
            for coded in (
                mark.encode(),
                mark.encode("utf-16-le"),
                mark.encode("unicode_escape"),
                mark.encode("cp932", "ignore") or b"-",
            )
        )
    ]


def signed_in(app: Flask, member: CastMember) -> Visitor:
    visitor = Visitor(app.test_client())
    answer = visitor.send("/sign-in", "/sign-in", login=member.login, password=PASSWORD)
    assert answer.status_code == 303
    return visitor


def sent_to_everybody(app: Flask, work_of: WorkOf) -> str:
    """From the upload to the queue, through the pages where there are any; returns the number of the case."""
    with work_of(TANAKA) as work:
        number = str(instructed(work, BOTH).number)
    worker, base = signed_in(app, TANAKA), f"/incidents/{number}/roster"
    shown = worker.send(f"{base}/new", base, file=(io.BytesIO(the_list()), "鬼灯堂珠緒.csv"))
    preview = shown.headers["Location"]
    assert worker.send(preview, f"{preview}/import").status_code == 303
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        assert start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident)) == 3
    return number


def test_nothing_that_is_written_outside_of_the_sealed_data_names_anybody(  # noqa: PLR0917 - pytest hands them by name
    app: Flask,
    settings: Settings,
    sessions: sessionmaker[Session],
    work_of: WorkOf,
    clock: TestClock,
    relay: Relay,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Logs, record, documents, pages of 甲, refusals, file names, every column, every byte on the disk."""
    caplog.set_level(logging.INFO)
    number = sent_to_everybody(app, work_of)
    counts = Courier(sessions, clock, settings).round()
    assert (counts.refused, counts.waiting, counts.printed) == (1, 1, 1)
    relay.answers = {}
    clock.advance(hours=1)
    Courier(sessions, clock, settings).round()
    case, refusals = f"/incidents/{number}", []
    worker = signed_in(app, TANAKA)
    assert worker.send(f"{case}/notices/1", f"{case}/notices/1/runs/1/posting").status_code == 303
    with sessions() as session:
        posted = select(Delivery).where(Delivery.channel == "letter", Delivery.state == "posted")
        letter = session.scalars(posted).one()
        code = session.get_one(Individual, letter.individual_id).code
    for said in ("鬼灯堂", code, code):
        answer = worker.send(f"{case}/notices/returns/new", f"{case}/notices/returns", code=said, why="moved")
        refusals.append(answer.headers.get("Location", "") or answer.text.replace('value="鬼灯堂"', ""))
    with work_of(TANAKA) as work:
        send_follow_up(work, find_incident(work, number), reason="通知の状況")
    Nightly(sessions, clock, settings).round()
    with work_of(TANAKA) as work:
        papers = [printed(work, paper) for paper in work.session.scalars(select(IssuedDocument))]
    officer = signed_in(app, YAMADA)
    pages = [
        officer.read(case + place)
        for place in (
            "",
            "/timeline",
            "/notices/1",
            "/notices/1/runs/1",
            "/books",
            "/enquiries",
            "/individuals",
        )
    ]
    with sessions() as session:
        people = [
            person.particulars(seal_of(session, 1)).to_bytes()
            for person in session.scalars(select(Individual))
        ]
        rows = repr(everything(session))
    assert len(set(marks_in(b"".join(people)))) > 12, "the marks are there, sealed"
    # The relay that the test plays writes a log of its own.
    logged = "".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
    printouts = capfd.readouterr()
    written_down = {
        "the database's columns": rows.encode(),
        "documents as PDF": b"".join(papers),
        "the client's pages": unescape("".join(pages)).encode(),
        "refusals": unescape("".join(refusals)).encode(),
        "logs": f"{logged}{printouts.out}{printouts.err}".encode(),
        "names of files": "\n".join(map(str, settings.data.rglob("*"))).encode(),
        "files": b"".join(path.read_bytes() for path in settings.data.rglob("*") if path.is_file()),
    }
    assert {place: found for place, data in written_down.items() if (found := marks_in(data))} == {}
