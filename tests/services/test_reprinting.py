"""Spoiled sheets: the same letters again, or a refusal that says why they would not be the same."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.notice import Delivery, Notice, PrintRun
from incident_app.domain.work import Work
from incident_app.services.instructing import withdraw_instruction
from incident_app.services.notifying import start_deliveries
from incident_app.services.posting import manifest_of_run, record_posting
from incident_app.services.printing import Job, plan_run
from incident_app.services.reconciling import reconcile
from incident_app.services.reprinting import (
    Reprint,
    plan_reprint,
    print_again,
    read_numbers,
    record_reprint,
    reprints_of,
)
from tests.builders import an_individual, who_is
from tests.cast import ITO, SATO, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.ledgers import print_next_run
from tests.services.stories import approved, by, instructed, item_of, last_line, refused


def a_printed_run(work: Work, folder: Path, letters: int = 3) -> tuple[Incident, Notice, PrintRun]:
    """Letters that wait for the post."""
    incident = instructed(work)
    for number in range(letters):
        an_individual(work, incident, str(number), name=f"架空 第{number}子", postal_code=f"10{number}-0000")
    notice = approved(work, incident)
    start_deliveries(by(work, SATO), incident, notice, item_of(incident))
    work.session.flush()
    return incident, notice, print_next_run(work, folder)


def planned(work: Work, story: tuple[Incident, Notice, PrintRun], numbers: list[int]) -> Job:
    work.session.flush()
    return plan_reprint(work, *story, numbers)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("3, 17, 40-45", [3, 17, 40, 41, 42, 43, 44, 45]),
        ("３、１７　４０－４２", [3, 17, 40, 41, 42]),
        ("2〜4\n000007", [2, 3, 4, 7]),
        ("5,5, 4 - 6,", [4, 5, 6]),
        ("1000", [1000]),
    ],
)
def test_numbers_are_read_as_people_type_them(words: str, numbers: list[int]) -> None:
    """Full width, Japanese commas, leading zeros as on the sheet; each letter once."""
    assert read_numbers(words) == numbers


@pytest.mark.parametrize("words", ["", " , ", "0", "1001", "5-3", "three", "-3", "1-2-3", "1-999999999999"])
def test_numbers_that_cannot_be_are_said_at_the_field(words: str) -> None:
    """Nothing is guessed: a wrong sheet in an envelope is one more leak."""
    with pytest.raises(BadInput) as refusal:
        read_numbers(words)
    assert refusal.value.field == "numbers"


@given(st.sets(st.integers(1, 1000), min_size=1))
def test_every_set_of_numbers_can_be_typed(numbers: set[int]) -> None:
    """In whatever order."""
    assert read_numbers(", ".join(map(str, numbers))) == sorted(numbers)


@only_on_sqlite
def test_spoiled_letters_come_again_with_the_same_numbers_and_words(
    work_of: WorkOf, clock: TestClock, tmp_path: Path
) -> None:
    """Days later too: what stands on the sheet is what the manifest says, the date of the letter included."""
    with work_of(TANAKA) as work:
        story = incident, notice, run = a_printed_run(work, tmp_path)
        later = by(work, SUZUKI, hours=60)
        job = planned(later, story, [1, 3])
        made = print_again(job, run.manifest)
        assert made.numbers == [1, 3] and made.pdf.startswith(b"%PDF")
        record_reprint(later, *story, made)
        line = last_line(work, incident)
        assert (line.event, line.actor_name) == ("letters_reprinted", SUZUKI.name)
        assert line.facts == {
            "notice": 1,
            "run": 1,
            "letters": 2,
            "numbers": [1, 3],
            "sha256": hashlib.sha256(made.pdf).hexdigest(),
        }
        assert reprints_of(work, incident, notice, run) == [line]
        assert reconcile(later, incident, tmp_path) == [], "the books do not count them twice"
        assert clock.now < line.written_at - timedelta(hours=59)


@only_on_sqlite
def test_a_letter_whose_person_s_data_was_changed_is_not_the_same_letter(
    work_of: WorkOf, tmp_path: Path
) -> None:
    """It would carry another address under the number of the old one: refused, and the number is named."""
    with work_of(TANAKA) as work:
        story = incident, _, run = a_printed_run(work, tmp_path)
        changed = work.session.scalars(select(Delivery).where(Delivery.sequence == 2)).one().individual
        seal = seal_of(work.session, incident.id)
        changed.rewrite(seal, who_is(changed)._replace(address_lines=("架空県架空市新町2-2",)))
        with pytest.raises(BadInput, match=r"2番は.*変わった") as refusal:
            print_again(planned(work, story, [1, 2, 3]), run.manifest)
        assert refusal.value.field == "numbers" and "新町" not in str(refusal.value)
        assert print_again(planned(work, story, [1, 3]), run.manifest).numbers == [1, 3]


@pytest.mark.parametrize("numbers", [[4], [1, 4]])
def test_a_number_that_is_not_in_the_run_is_named(
    work_of: WorkOf, tmp_path: Path, numbers: list[int]
) -> None:
    """And nothing is printed of the others either: somebody misread a sheet."""
    with work_of(TANAKA) as work:
        story = a_printed_run(work, tmp_path)
        with refused(work, BadInput) as refusal:
            planned(work, story, numbers)
        assert str(refusal.value).startswith("4番は")


def test_a_stopped_letter_is_never_printed_again(work_of: WorkOf, tmp_path: Path) -> None:
    """甲 withdrew its instruction; also when it does so while the press runs."""
    with work_of(TANAKA) as work:
        story = incident, _, _ = a_printed_run(work, tmp_path)
        planned(work, story, [1])
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "文面の誤り")
        with refused(work, BadInput):
            planned(work, story, [1])
        with refused(work, BadInput):
            record_reprint(work, *story, Reprint([1], b"%PDF"))


def test_a_posted_letter_is_not_printed_again(work_of: WorkOf, tmp_path: Path) -> None:
    """It would arrive twice; who did not get it is told by another way."""
    with work_of(TANAKA) as work:
        story = a_printed_run(work, tmp_path)
        record_posting(work, *story)
        with refused(work, BadInput):
            planned(work, story, [1])


def test_a_run_that_is_not_printed_has_no_spoiled_sheets(work_of: WorkOf) -> None:
    """Nor has one that is void."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        an_individual(work, incident)
        notice = approved(work, incident)
        start_deliveries(by(work, SATO), incident, notice, item_of(incident))
        work.session.flush()
        run = plan_run(work, notice.id, list(work.session.scalars(select(Delivery.id))))
        assert run is not None
        with refused(work, BadInput):
            planned(work, (incident, notice, run), [1])


def test_only_the_contractor_s_people_handle_letters_and_manifests(work_of: WorkOf, tmp_path: Path) -> None:
    """甲's people see that it happened."""
    with work_of(TANAKA) as work:
        story = incident, _, run = a_printed_run(work, tmp_path)
        for member in (YAMADA, ITO):
            with refused(work, NotPermitted):
                planned(by(work, member), story, [1])
            with refused(work, NotPermitted):
                record_reprint(by(work, member), *story, Reprint([1], b"%PDF"))
            with refused(work, NotPermitted):
                manifest_of_run(by(work, member), incident, run)


def test_the_manifest_lists_each_letter_under_its_number(work_of: WorkOf, tmp_path: Path) -> None:
    """Who inserts them counts by it; it names nobody."""
    with work_of(SUZUKI) as work:
        incident, _, run = a_printed_run(by(work, TANAKA), tmp_path)
        head, *lines = manifest_of_run(work, incident, run).splitlines()
        assert head == "sequence,reference,pages,sha256"
        assert [line.split(",")[0] for line in lines] == ["1", "2", "3"]
        assert sum(int(line.split(",")[2]) for line in lines) == run.sheets
        assert "架空" not in "".join(lines)
