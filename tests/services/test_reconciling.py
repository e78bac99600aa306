"""The books: whatever does not add up is named by row, and by nothing that says who somebody is."""

from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.individual import Individual
from incident_app.domain.notice import Delivery, PrintRun
from incident_app.domain.timeline import verify
from incident_app.domain.work import Work
from incident_app.services.instructing import issue_instruction, withdraw_instruction
from incident_app.services.notifying import start_deliveries
from incident_app.services.reconciling import (
    CHECKED,
    MOST_NAMED,
    RULES,
    Finding,
    last_check,
    note_result,
    reconcile,
)
from tests.builders import an_individual
from tests.cast import SATO, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.ledgers import imported, listed, print_next_run, sent_out
from tests.services.stories import LETTERS, approved, by, events_of, instructed, item_of, last_line


def broken(work: Work, incident: Incident, folder: Path, *, everything: bool = True) -> dict[str, list[str]]:
    """The rules that do not hold, with the rows that break them."""
    work.session.flush()
    work.session.expire_all()
    found = reconcile(work, incident, folder, everything=everything)
    return {finding.rule: list(finding.rows) for finding in found}


@pytest.mark.parametrize("everything", [True, False], ids=["by night", "on a page"])
def test_what_went_out_properly_adds_up(work_of: WorkOf, tmp_path: Path, *, everything: bool) -> None:
    """Printed, posted, returned, sent and bounced: no false alarm in any of them."""
    with work_of(TANAKA) as work:
        incident = sent_out(work, tmp_path)
        assert broken(work, incident, tmp_path, everything=everything) == {}
        imported(work, incident, listed("", "", "", "", "", "c@example.jp"), tmp_path)
        assert broken(work, incident, tmp_path, everything=everything) == {}, "five were on record already"


BREAKS = [
    ("list_count", "DELETE FROM individual WHERE id = 3", ["3e0c21bebeef3ff2"]),
    ("states_do_not_add_up", "UPDATE affected_list SET imported_at = NULL", ["1"]),
    ("delivery_to_nobody", "UPDATE delivery SET individual_id = 99 WHERE sequence = 2", ["2"]),
    ("delivery_not_ordered", "UPDATE delivery SET item_id = 99 WHERE id = 1", ["1"]),
    ("delivery_not_stopped", "UPDATE delivery SET state = 'queued', item_id = 99 WHERE id = 1", ["1"]),
    (
        "two_at_once",
        "INSERT INTO delivery (incident_id, notice_id, individual_id, item_id, channel, copy, state, attempts,"
        " reply, changed_at) SELECT incident_id, notice_id, individual_id, item_id, channel, 2, 'queued', 0, '',"
        " changed_at FROM delivery WHERE id = 1",
        ["1", "6"],
    ),
    ("state_of_other_channel", "UPDATE delivery SET state = 'sent' WHERE id = 1", ["1"]),
    ("no_answer", "UPDATE delivery SET reply = '' WHERE id = 4", ["4"]),
    ("no_answer", "UPDATE delivery SET text_sha256 = NULL WHERE id = 4", ["4"]),
    ("run_not_recorded", "UPDATE print_run SET pdf_sha256 = 'f'", ["1-1"]),
    ("run_not_recorded", "UPDATE print_run SET printed_at = NULL", ["1-1"]),
    ("run_count", "UPDATE print_run SET letters = 4", ["1-1"]),
    ("run_count", "UPDATE print_run SET sheets = sheets + 1", ["1-1"]),
    ("run_count", "UPDATE print_run SET manifest = 'nonsense'", ["1-1"]),
    ("run_sequence", "UPDATE print_run SET manifest = '1' || substr(manifest, 2) || manifest", ["1-1"]),
    ("run_sequence", "UPDATE print_run SET manifest = '7' || substr(manifest, 2)", ["1-1"]),
    ("run_sequence", "UPDATE delivery SET sequence = 3 WHERE sequence = 2", ["1-1"]),
    ("run_letter", "UPDATE individual SET code = 'ANOTHERCODE0' WHERE id = 1", ["1-1"]),
    ("run_posting", "UPDATE delivery SET state = 'printed' WHERE id = 1", ["1-1"]),
    ("run_posting", "UPDATE print_run SET posted_at = NULL", ["1-1"]),
    ("seal_broken", "UPDATE individual SET sealed = x'00' WHERE id = 1", ["1"]),
    ("seal_broken", "UPDATE incident_key SET wrapped = x'00'", ["1", "2", "3", "4", "5"]),
    ("mark_missing", "DELETE FROM individual_mark WHERE individual_id = 2", ["2"]),
    (
        "mark_of_nobody",
        "INSERT INTO individual_mark (incident_id, mark, individual_id) VALUES (1, x'00', 4711)",
        ["4711"],
    ),
]


@only_on_sqlite
def test_each_rule_that_is_broken_is_named_with_its_rows(work_of: WorkOf, tmp_path: Path) -> None:
    """Somebody must be able to go to that very row."""
    with work_of(TANAKA) as work:
        incident = sent_out(work, tmp_path)
        work.session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for rule, statement, rows in BREAKS:
            with work.session.begin_nested() as trial:
                work.session.execute(text(statement))
                assert (statement, broken(work, incident, tmp_path).get(rule)) == (statement, rows)
                trial.rollback()
        assert broken(work, incident, tmp_path) == {}


@only_on_sqlite
def test_a_run_whose_file_is_gone_or_altered_is_named(work_of: WorkOf, tmp_path: Path) -> None:
    """A page sees that it is gone; the nightly check reads what it holds."""
    with work_of(TANAKA) as work:
        incident = sent_out(work, tmp_path)
        (file,) = (tmp_path / "runs").rglob("*-*")
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert broken(work, incident, tmp_path) == {"run_file": ["1-1"]}
        file.unlink()
        assert broken(work, incident, tmp_path, everything=False) == {"run_file": ["1-1"]}


@only_on_sqlite
def test_letters_that_were_stopped_and_queued_again_leave_no_gap(work_of: WorkOf, tmp_path: Path) -> None:
    """甲 withdrew and ordered anew: the first run's places are accounted for by the second."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        imported(work, incident, listed("", ""), tmp_path)
        notice = approved(work, incident)
        start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        work.session.flush()
        print_next_run(work, tmp_path)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "見合わせる")
        assert broken(work, incident, tmp_path) == {}
        issue_instruction(by(work, YAMADA), incident, [LETTERS])
        start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        assert broken(work, incident, tmp_path) == {}
        print_next_run(work, tmp_path)
        assert broken(work, incident, tmp_path) == {}


@only_on_sqlite
def test_a_letter_that_could_not_be_printed_leaves_no_gap(work_of: WorkOf, tmp_path: Path) -> None:
    """Its number stays with the row that was stopped."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        for number, name in enumerate(("架空 一子", "架空 \ue000子", "架空 三子")):
            an_individual(work, incident, str(number), name=name)
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
        work.session.flush()
        assert print_next_run(work, tmp_path).letters == 2
        assert broken(work, incident, tmp_path) == {}


@only_on_sqlite
def test_rows_after_a_destruction_must_be_empty(work_of: WorkOf, tmp_path: Path) -> None:
    """Without the key a row that still holds something is a promise broken, not a row that does not open."""
    with work_of(TANAKA) as work:
        incident = sent_out(work, tmp_path)
        work.session.execute(update(IncidentKey).values(wrapped=None, destroyed_at=work.now))
        rows = [str(row) for row in work.session.scalars(select(Individual.id).order_by(Individual.id))]
        assert broken(work, incident, tmp_path) == {"left_in_row": rows, "left_in_folder": ["lists", "runs"]}


def test_a_result_is_written_down_when_it_changes(work_of: WorkOf, tmp_path: Path) -> None:
    """365 lines a year that say “all is well” would bury the one that does not."""
    with work_of(TANAKA) as work:
        incident = sent_out(work, tmp_path)
        assert last_check(work, incident) is None
        assert note_result(work, incident, reconcile(work, incident, tmp_path)) is not None
        assert last_line(work, incident).facts == {"findings": [], "persons": 5, "deliveries": 5}
        assert note_result(work, incident, reconcile(work, incident, tmp_path)) is None
        work.session.execute(update(PrintRun).values(sheets=99))
        work.session.execute(update(Delivery).where(Delivery.channel == "email").values(reply=""))
        work.session.expire_all()
        line = note_result(work, incident, reconcile(work, incident, tmp_path))
        assert line is not None and line.facts["findings"] == ["no_answer 2", "run_count 1"]
        assert line == last_check(work, incident)
        assert events_of(work, incident).count(CHECKED) == 2 and verify(work.session, incident) == []


def test_a_finding_speaks_both_languages_and_names_the_first_rows() -> None:
    """Half a million row numbers help nobody."""
    for rule in RULES:
        finding = Finding(rule, tuple(str(row) for row in range(1, MOST_NAMED + 8)))
        ja, en = finding.said_in("ja"), finding.said_in("en")
        assert not ja.isascii() and en.isascii()
        assert "1, 2, 3" in ja and "ほか7件" in ja and " and 7 more: " in en
        assert "more" not in Finding(rule, ("1",)).said_in("en")
