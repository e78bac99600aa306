"""The end of the personal data: on 甲's word, by two people of 乙, so that no byte of it can be read again (Article 7)."""

import os
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Settings, read_settings
from incident_app.domain import base
from incident_app.domain.base import connect_database
from incident_app.domain.document import IssuedDocument
from incident_app.domain.enquiry import EnquiryNote
from incident_app.domain.errors import BadInput, NotPermitted, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, KeyDestroyed
from incident_app.domain.individual import Individual, IndividualMark
from incident_app.domain.instruction import DESTROY, InstructionItem
from incident_app.domain.notice import Delivery, PrintRun
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.timeline import entries_of, verify
from incident_app.domain.work import THE_PROGRAM, Work, begin_reading, open_sessions
from incident_app.services.destroying import (
    Holdings,
    destroy_personal_data,
    finish,
    holdings_of,
    propose_destruction,
)
from incident_app.services.enquiring import log_enquiry
from incident_app.services.finding import find_incident
from incident_app.services.instructing import fulfil_item, issue_instruction, withdraw_instruction
from incident_app.services.listing import receive_list
from incident_app.services.notifying import conclude_notification, resume_notification, start_deliveries
from incident_app.services.posting import letters_of_run, record_return
from incident_app.services.reconciling import reconcile
from incident_app.workers.deliver import Courier
from tests.builders import an_individual
from tests.cast import SATO, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import MASTER_KEY, WorkOf, only_on_postgresql, only_on_sqlite
from tests.services.ledgers import ORDER_TO_DESTROY, imported, listed, sent_out
from tests.services.stories import approved, by, item_of, refused, reported

Sessions = sessionmaker[Session]
MARKED = "復元不能太郎"
WAITING = f"宛名番号,氏名\r\n0000000009,{MARKED}\r\n".encode()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return read_settings(
        {
            "INCIDENT_DATABASE": database_url,
            "INCIDENT_DATA": str(tmp_path),
            "INCIDENT_MASTER_KEY": MASTER_KEY,
            "INCIDENT_SMTP_PORT": "1",
        }
    )


def ordered(work: Work, settings: Settings) -> tuple[Incident, InstructionItem]:
    """Everybody is told or spoken to by a posting, and 甲 orders the destruction."""
    incident = sent_out(work, settings.sealed_folder)
    work.session.execute(text("UPDATE delivery SET state = 'posted' WHERE state = 'returned'"))
    work.session.execute(text("UPDATE delivery SET state = 'substituted' WHERE state = 'bounced'"))
    conclude_notification(work, incident)
    issue_instruction(by(work, YAMADA), incident, [ORDER_TO_DESTROY])
    work.session.flush()
    return incident, item_of(incident)


def destroyed(work: Work, settings: Settings) -> Incident:
    incident, item = ordered(work, settings)
    propose_destruction(work, incident, item)
    destroy_personal_data(by(work, SUZUKI), incident, item, settings, witness="山田 美咲")
    return incident


def needs_of(refusal: pytest.ExceptionInfo[Any]) -> list[str]:
    return [unmet.need for unmet in refusal.value.unmet]


def everything_in(folder: Path) -> bytes:
    """All that lies on the disk: database, WAL, sealed files, uploads."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_on_the_clients_word_two_people_destroy_all_of_it(
    work_of: WorkOf, sessions: Sessions, clock: TestClock, settings: Settings
) -> None:
    """Key, rows, marks and files go; the ledger of what was sent and the record stay, and both still hold."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        call: dict[str, Any] = {
            "taken_at": work.now,
            "channel": "phone",
            "topic": "what_leaked",
            "answer": "general",
        }
        log_enquiry(work, incident, **call, note="架空薫子さんから電話")
        receive_list(work, incident, settings.sealed_folder, BytesIO(WAITING), limit=1 << 20)
        assert holdings_of(work, incident, settings) == Holdings(persons=5, marks=10, lists=2, runs=1)
        propose_destruction(work, incident, item)
        destroy_personal_data(by(work, SUZUKI), incident, item, settings)
        number = incident.number
    assert finish(sessions, clock, settings)
    with work_of(TANAKA) as work:
        incident = find_incident(work, number)
        assert holdings_of(work, incident, settings) == Holdings(0, 0, 0, 0)
        key = work.session.get_one(IncidentKey, incident.id)
        assert key.wrapped is None and key.destroyed_at == work.now
        assert set(work.session.scalars(select(Individual.sealed))) == {b""}
        assert work.session.scalars(select(IndividualMark)).all() == []
        assert work.session.scalars(select(EnquiryNote)).all() == []
        assert len(work.session.scalars(select(Delivery)).all()) == 5
        item = item_of(incident)
        assert item.fulfilled_at == work.now and item.fulfilled_note == f"廃棄・消去証明書 {number}-D1"
        assert verify(work.session, incident) == []
        assert reconcile(work, incident, settings.sealed_folder) == []
        line = next(e for e in entries_of(work.session, incident.id) if e.event == "destroy_personal_data")
        assert line.actor_name == SUZUKI.name
        assert line.facts == {
            **{"instruction": 2, "item_number": 1, "persons": 5, "marks": 10, "files": 3, "witness": ""}
        }


@only_on_sqlite
def test_the_certificate_has_the_six_items_and_goes_to_the_client(
    work_of: WorkOf, settings: Settings
) -> None:
    """情報項目, 媒体名, 数量, 方法, 責任者, 年月日 (Article 7(5)); who watched (7(6)); the seal of the record."""
    with work_of(TANAKA) as work:
        incident = destroyed(work, settings)
        paper = work.session.scalars(
            select(IssuedDocument).where(IssuedDocument.template == "disposal_certificate")
        ).one()
        assert paper.reference == f"{incident.number}-D1" and paper.missing == [] and paper.party is None
        for item in (
            "宛名番号、氏名",
            "データベース（対象者の列）",
            "5人分",
            "暗号鍵の破棄",
            "2026年11月30日",
        ):
            assert item in paper.html and item in paper.text
        assert f"責任者：{SATO.title} {SATO.name}" in paper.text, "who carried it out is a worker"
        assert f"実施者：{TANAKA.name}（申出）、{SUZUKI.name}（確認・実施）" in paper.text
        assert "立会者：山田 美咲" in paper.text and "根拠：指示2 事項1" in paper.text
        mails = work.session.scalars(select(CaseMail).where(CaseMail.document_id == paper.id))
        assert YAMADA.email in [mail.to for mail in mails]
        assert paper.timeline_seal in {e.seal for e in entries_of(work.session, incident.id)}


@only_on_sqlite
def test_nobody_destroys_alone_or_without_the_clients_word(work_of: WorkOf, settings: Settings) -> None:
    """What belongs to 甲 is destroyed by two people of 乙 on 甲's standing order, and by nobody else."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        with refused(work, StepRefused) as refusal:
            destroy_personal_data(by(work, SUZUKI), incident, item, settings)
        assert needs_of(refusal) == ["proposed_by_another"]
        propose_destruction(work, incident, item)
        with refused(work, StepRefused) as refusal:
            destroy_personal_data(work, incident, item, settings)
        assert needs_of(refusal) == ["proposed_by_another"]
        with refused(work, NotPermitted):
            destroy_personal_data(by(work, YAMADA), incident, item, settings)
        other = item_of(incident)
        wrong = next(i for i in incident.items_in_force if i.kind != DESTROY)
        with refused(work, StepRefused) as refusal:
            propose_destruction(work, incident, wrong)
        assert needs_of(refusal) == ["destruction_ordered"]
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[-1], "保存期間が残るため")
        with refused(work, StepRefused) as refusal:
            destroy_personal_data(by(work, SUZUKI), incident, other, settings)
        assert needs_of(refusal) == ["destruction_ordered"]


@only_on_sqlite
@pytest.mark.parametrize("state", ["queued", "sending", "printed"])
def test_whoever_is_still_to_be_told_is_told_first(work_of: WorkOf, settings: Settings, state: str) -> None:
    """Afterwards nobody knows any more where they live."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        propose_destruction(work, incident, item)
        work.session.execute(text(f"UPDATE delivery SET state = '{state}' WHERE id = 1"))  # noqa: S608 - a state
        with refused(work, StepRefused) as refusal:
            destroy_personal_data(by(work, SUZUKI), incident, item, settings)
        assert "nothing_under_way" in needs_of(refusal)
        incident.track("notification").state = "under_way"
        with refused(work, StepRefused) as refusal:
            propose_destruction(work, incident, item)
        assert "place" in needs_of(refusal)


@only_on_sqlite
def test_what_is_destroyed_stays_destroyed_and_the_rest_goes_on(
    work_of: WorkOf, sessions: Sessions, clock: TestClock, settings: Settings
) -> None:
    """No second destruction, no new list, no new notice; the courier goes its rounds, a letter may still come back."""
    with work_of(TANAKA) as work:
        incident = destroyed(work, settings)
        with pytest.raises(KeyDestroyed):
            imported(work, incident, listed(""), settings.sealed_folder)
        with pytest.raises(KeyDestroyed):
            letters_of_run(work, incident, work.session.get_one(PrintRun, 1), settings.sealed_folder)
        with refused(work, StepRefused) as refusal:
            propose_destruction(work, incident, item_of(incident))
        assert "data_not_destroyed" in needs_of(refusal)
        code = work.session.scalars(select(Individual.code).order_by(Individual.id)).first()
        assert record_return(work, incident, str(code), "moved").state == "returned"
        resume_notification(work, incident)
        notice = approved(work, incident)
        with refused(work, StepRefused) as refusal:
            start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        assert "data_not_destroyed" in needs_of(refusal)
    assert Courier(sessions, clock, settings).round().printed == 0


@only_on_sqlite
def test_a_run_that_nobody_will_print_does_not_hold_up_the_courier(
    work_of: WorkOf, sessions: Sessions, clock: TestClock, settings: Settings
) -> None:
    """Its letters were stopped before the press took it; without the key it can never be taken up."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        run = PrintRun(notice_id=incident.notices[0].id, number=2, planned_at=work.now)
        work.session.add(run)
        propose_destruction(work, incident, item)
        destroy_personal_data(by(work, SUZUKI), incident, item, settings)
        assert run.void_at == work.now
    Courier(sessions, clock, settings).round()


@only_on_sqlite
def test_an_order_to_destroy_is_not_reported_fulfilled_by_word_alone(
    work_of: WorkOf, settings: Settings
) -> None:
    """While the key is there the data is; where there never was any, the order concerns paper."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        with refused(work, BadInput):
            fulfil_item(work, incident, item, "廃棄した")
        other = reported(work)
        issue_instruction(by(work, YAMADA), other, [ORDER_TO_DESTROY])
        with refused(work, BadInput):
            propose_destruction(work, other, item_of(other))
        fulfil_item(work, other, item_of(other), "紙の名簿を裁断した")


@only_on_sqlite
def test_not_a_byte_is_left_in_the_database_its_log_or_the_folders(
    work_of: WorkOf, sessions: Sessions, clock: TestClock, settings: Settings, tmp_path: Path
) -> None:
    """Neither the key as it was wrapped, nor what it sealed, nor a mark: so a stolen disk and the master key do not help."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        an_individual(work, incident, name=MARKED, holds=["deceased"]).outcome = "not_to_be_told"
        propose_destruction(work, incident, item)
        secrets = [
            bytes(work.session.get_one(IncidentKey, incident.id).wrapped or b""),
            *work.session.scalars(select(Individual.sealed)),
            *work.session.scalars(select(IndividualMark.mark)),
        ]
        number = incident.number
    before = everything_in(tmp_path)
    assert MARKED.encode() not in before, "nothing but sealed even now"
    assert all(secret in before for secret in secrets) and len(secrets) == 1 + 6 + 12

    with work_of(SUZUKI) as work:
        incident = find_incident(work, number)
        destroy_personal_data(work, incident, item_of(incident), settings)
    assert secrets[0] in everything_in(tmp_path), "the log of the database still has it"
    assert finish(sessions, clock, settings)

    after = everything_in(tmp_path)
    assert [secret for secret in secrets if secret in after] == []
    assert not list((tmp_path / "sealed").glob(f"*/{incident.id}/*"))


DIES_AFTER_THE_COMMIT = """
import os, signal
from sqlalchemy import select
from incident_app.config import read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.parties import Person
from incident_app.domain.work import Actor, begin_work, open_sessions
from incident_app.domain.incident import Incident
from incident_app.services.destroying import destroy_personal_data

settings = read_settings()
sessions = open_sessions(connect_database(settings.database), settings.master_key)
with sessions() as session:
    person = session.scalars(select(Person).where(Person.login == "LOGIN")).one()
with begin_work(sessions, system_clock, Actor(person.id, person.name)) as work:
    incident = work.session.scalars(select(Incident)).one()
    destroy_personal_data(work, incident, incident.instructions[-1].items[0], settings)
os.kill(os.getpid(), signal.SIGKILL)
"""


@only_on_sqlite
def test_killed_after_the_commit_it_is_finished_by_whoever_comes_next(
    work_of: WorkOf, sessions: Sessions, clock: TestClock, settings: Settings, tmp_path: Path
) -> None:
    """The key is gone for good; its bytes and the files go at the next start or in the next night."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        propose_destruction(work, incident, item)
        wrapped = bytes(work.session.get_one(IncidentKey, incident.id).wrapped or b"")
        incident_id = incident.id
    environment = os.environ | {
        "INCIDENT_DATABASE": settings.database,
        "INCIDENT_DATA": str(settings.data),
        "INCIDENT_MASTER_KEY": MASTER_KEY,
    }
    program = [sys.executable, "-c", DIES_AFTER_THE_COMMIT.replace("LOGIN", SUZUKI.login)]
    died = subprocess.run(program, env=environment, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    with sessions() as session:
        assert session.get_one(IncidentKey, incident_id).wrapped is None
    assert wrapped in everything_in(tmp_path) and list((tmp_path / "sealed").glob("runs/*/*"))

    assert finish(sessions, clock, settings) and finish(sessions, clock, settings)

    assert wrapped not in everything_in(tmp_path) and not list((tmp_path / "sealed").glob("runs/*/*"))


def test_an_open_transaction_holds_up_the_last_bytes_and_it_says_so(
    work_of: WorkOf, sessions: Sessions, clock: TestClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reads a long list meanwhile: done is only said when it is."""
    with work_of(TANAKA) as work:
        destroyed(work, settings)
    impatient = connect_database(settings.database)

    @event.listens_for(impatient, "connect")
    def _hurry(connection: Any, _record: object) -> None:
        if impatient.dialect.name == "sqlite":
            connection.execute("PRAGMA busy_timeout=10")

    monkeypatch.setattr(base, "_PATIENCE", 1)
    with begin_reading(sessions, clock, THE_PROGRAM) as reader:
        assert reader.session.scalars(select(IncidentKey)).one().wrapped is None
        assert finish(open_sessions(impatient, MASTER_KEY), clock, settings) is False
    assert finish(sessions, clock, settings) is True
    impatient.dispose()


@only_on_postgresql
def test_on_postgresql_the_tables_are_written_anew(  # noqa: PLR0917 - pytest hands them by name
    work_of: WorkOf,
    sessions: Sessions,
    clock: TestClock,
    settings: Settings,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dead row stays in its page until then."""
    with work_of(TANAKA) as work:
        incident, item = ordered(work, settings)
        propose_destruction(work, incident, item)
        wrapped = work.session.get_one(IncidentKey, incident.id).wrapped
        number = incident.number

    def in_the_file() -> bool:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CHECKPOINT"))
            found = text("SELECT position(:key IN pg_read_binary_file(pg_relation_filepath('incident_key')))")
            return bool(connection.scalar(found, {"key": wrapped}))

    with work_of(SUZUKI) as work:
        incident = find_incident(work, number)
        destroy_personal_data(work, incident, item_of(incident), settings)
    assert in_the_file()
    with monkeypatch.context() as hurried, engine.connect() as reader:
        hurried.setattr(base, "_PATIENCE", 1)
        reader.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        reader.execute(text("SELECT 1"))
        assert not finish(sessions, clock, settings), "to that reader the old row is still there"
    assert finish(sessions, clock, settings)
    assert not in_the_file()
