"""Mails that come back reach the ledger by themselves, and the disk may be full when letters are printed."""

import resource
import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import system_clock
from incident_app.domain.notice import BOUNCED, PRINTED, QUEUED, Delivery, PrintRun
from incident_app.services.finding import find_incident
from incident_app.services.notifying import start_deliveries
from incident_app.services.posting import letters_of_run
from incident_app.workers.deliver import Courier
from incident_app.workers.printing import Printer
from tests.builders import an_individual
from tests.cast import SATO, TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.mail.test_bounces import dsn
from tests.services.stories import LETTERS, approved, by, instructed, item_of
from tests.services.test_bouncing import BOTH
from tests.workers.conftest import Post, SettingsFor, message_ids, released

PRINT = """
import resource, sys
from incident_app.config import read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.work import open_sessions
from incident_app.workers.printing import Printer

settings = read_settings()
sessions = open_sessions(connect_database(settings.database), settings.master_key)
printer = Printer(sessions, system_clock, settings)
printer.plan()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
printer.print_one()
"""


def all_of(sessions: sessionmaker[Session]) -> list[tuple[str, str]]:
    with sessions() as session:
        return [(d.channel, d.state) for d in session.scalars(select(Delivery).order_by(Delivery.id))]


def test_a_report_in_the_folder_turns_a_mail_into_a_letter(
    sessions: sessionmaker[Session],
    clock: TestClock,
    work_of: WorkOf,
    post: Post,
    settings_for: SettingsFor,
) -> None:
    """The mail server puts what comes back there; the letter is printed in the same round."""
    settings = settings_for(post.port)
    came_back = settings.data / "came back"
    came_back.mkdir(parents=True)
    courier = Courier(sessions, clock, replace(settings, bounces=came_back))
    with work_of(TANAKA) as work:
        incident = instructed(work, BOTH)
        an_individual(work, incident, "1", email="gone@example.jp", postal_code="100-0001")
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
    courier.round()
    assert all_of(sessions) == [("email", "sent")]
    (key,) = message_ids(sessions)
    (came_back / "1.eml").write_bytes(dsn(key))
    courier.round()
    assert all_of(sessions) == [("email", BOUNCED), ("letter", PRINTED)]
    assert [file.parent.name for file in came_back.rglob("*.eml")] == ["seen"]


def test_a_folder_in_disorder_is_logged_without_names_and_holds_up_no_mail(
    sessions: sessionmaker[Session],
    work_of: WorkOf,
    post: Post,
    settings_for: SettingsFor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A file stands where `unknown` should be; the folder is another program's, the notices are ours."""
    settings = settings_for(post.port)
    came_back = settings.data / "came back"
    came_back.mkdir(parents=True)
    (came_back / "nobody@example.jp.eml").write_bytes(b"holiday")
    (came_back / "unknown").write_bytes(b"")
    courier = Courier(sessions, system_clock, replace(settings, bounces=came_back))
    with work_of(TANAKA) as work:
        released(work, 2)
    courier.round()
    assert all_of(sessions) == [("email", "sent")] * 2
    assert (came_back / "nobody@example.jp.eml").read_bytes() == b"holiday"
    assert "FileExistsError" in caplog.text and "nobody" not in caplog.text


def test_when_the_disk_is_full_a_run_is_absent_and_afterwards_whole(
    sessions: sessionmaker[Session], work_of: WorkOf, settings_for: SettingsFor
) -> None:
    """Nothing is on record as printed, no half file lies about; with room again the same letters are printed."""
    settings = settings_for(1)
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS)
        for number in range(3):
            an_individual(work, incident, f"{number}", postal_code="100-0001")
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
    environment = {
        "INCIDENT_DATABASE": settings.database,
        "INCIDENT_DATA": str(settings.data),
        "INCIDENT_MASTER_KEY": settings.master_key,
    }
    # -B: half-written bytecode would outlive the test.
    failed = subprocess.run(
        [sys.executable, "-B", "-c", PRINT, "20000"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # On SQLite the database is the first that finds no room.
    assert failed.returncode == 1 and ("File too large" in failed.stderr or "disk I/O" in failed.stderr)
    assert all_of(sessions) == [("letter", QUEUED)] * 3
    assert [file for file in settings.sealed_folder.rglob("*") if file.is_file()] == []

    with sessions.begin() as session:
        for run in session.scalars(select(PrintRun)):
            run.claimed_at = None  # or a quarter of an hour later
    assert Printer(sessions, system_clock, settings).print_one() == 3
    assert all_of(sessions) == [("letter", PRINTED)] * 3
    assert len([file for file in settings.sealed_folder.rglob("*") if file.is_file()]) == 1
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY, (
        "only the other process had less"
    )


def test_an_office_that_hands_runs_out_as_files_gets_them_tagged(
    sessions: sessionmaker[Session], work_of: WorkOf, settings_for: SettingsFor
) -> None:
    """A setting, off by default: paper needs no tags."""
    settings = replace(settings_for(1), tagged_runs=True)
    with work_of(TANAKA) as work:
        incident = instructed(work, LETTERS)
        an_individual(work, incident, "1", postal_code="100-0001")
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
    printer = Printer(sessions, system_clock, settings)
    assert printer.plan() and printer.print_one() == 1
    with work_of(TANAKA) as work:
        run = work.session.scalars(select(PrintRun)).one()
        incident = find_incident(work, incident.number)
        pdf = letters_of_run(work, incident, run, settings.sealed_folder)
    with pikepdf.open(BytesIO(pdf)) as read:
        assert bool(read.Root.MarkInfo.Marked) and "/StructTreeRoot" in read.Root
