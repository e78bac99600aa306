"""Letters: who is in a run, in which order, what is kept of it, and what is never printed."""

import hashlib
import io
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select

from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import GAIJI, Hold
from incident_app.domain.notice import INDIVIDUAL, PRINTED, QUEUED, STOPPED, Delivery, PrintRun
from incident_app.domain.sealed_file import read_sealed
from incident_app.domain.timeline import verify
from incident_app.domain.work import Work
from incident_app.notices.catalogue import catalogue
from incident_app.notices.press import LETTERS_PER_RUN, Press
from incident_app.services.instructing import withdraw_instruction
from incident_app.services.notifying import start_deliveries
from incident_app.services.printing import (
    LOST_AFTER,
    NO_GLYPH,
    Job,
    Printed,
    claim_run,
    file_of_run,
    keep_run,
    letters_to_plan,
    place_of_run,
    plan_run,
    print_job,
)
from tests.builders import an_individual, who_is
from tests.cast import SATO, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import approved, by, events_of, instructed, item_of, last_line


def released(work: Work, individuals: int, first: int = 1, name: str = "架空 第{}子") -> Incident:
    """Letters wait for so many persons, who live the further north the later they are listed."""
    incident = instructed(work)
    for number in range(first, first + individuals):
        an_individual(
            work,
            incident,
            f"{number:010d}",
            name=name.format(number),
            postal_code=f"{999 - number:03d}-0000",
        )
    start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
    return incident


def planned(work: Work, per_run: int) -> None:
    """Put all that waits into runs, as the worker does."""
    work.session.flush()
    while (waiting := letters_to_plan(work)) is not None:
        notice_id, letters = waiting
        for start in range(0, len(letters), per_run):
            plan_run(work, notice_id, letters[start : start + per_run])


def claimed(work: Work, per_run: int = LETTERS_PER_RUN) -> Job:
    planned(work, per_run)
    job = claim_run(work)
    assert job is not None
    return job


def press(job: Job) -> Press:
    return Press(catalogue()[INDIVIDUAL], job.sheet)


def pressed(job: Job, pdf: bytes = b"%PDF") -> Printed:
    """What a press gives that prints everything at once."""
    return Printed(pdf, "", len(job.letters), job.letters, [])


def names_in(job: Job) -> list[str]:
    return [letter.particulars.name.split()[1] for letter in job.letters]


def states(work: Work) -> list[str]:
    work.session.flush()
    work.session.expire_all()
    return list(work.session.scalars(select(Delivery.state).order_by(Delivery.id)))


@only_on_sqlite
def test_a_run_is_a_pdf_that_can_be_held_against_its_digest(work_of: WorkOf, tmp_path: Path) -> None:
    """What was printed is kept, sealed: its bytes, their digest, how many letters, and which number is whose."""
    with work_of(TANAKA) as work:
        incident = released(work, 3)
        job = claimed(work)
        printed = print_job(job, press(job))
        run = keep_run(work, job, printed, tmp_path)
        assert run is not None
        assert (run.number, run.letters) == (1, 3)
        file = file_of_run(tmp_path, incident.id, run)
        assert printed.pdf.startswith(b"%PDF") and b"%PDF" not in file.read_bytes()
        kept = read_sealed(file, seal_of(work.session, incident.id), place_of_run(run))
        assert kept == printed.pdf and run.pdf_sha256 == hashlib.sha256(kept).hexdigest()
        line = last_line(work, incident)
        assert line.event == "letters_printed"
        assert line.facts == {"notice": 1, "run": 1, "letters": 3, "sha256": run.pdf_sha256}
        assert states(work) == [PRINTED] * 3
        rows = [row.split(",") for row in run.manifest.splitlines()]
        ledger = work.session.scalars(select(Delivery).order_by(Delivery.sequence))
        assert [(row[0], row[1]) for row in rows] == [(str(d.sequence), d.individual.code) for d in ledger]
        assert claim_run(work) is None and letters_to_plan(work) is None
        assert verify(work.session, incident) == []


@only_on_sqlite
def test_a_file_holds_the_pages_of_its_letters_and_no_others(work_of: WorkOf) -> None:
    """The printer puts so many sheets into so many envelopes."""
    with work_of(TANAKA) as work:
        released(work, 2)
        job = claimed(work)
        printed = print_job(job, press(job))
        with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
            assert len(pdf.pages) == printed.sheets >= 2


def test_letters_go_into_runs_in_the_order_of_their_postal_codes(work_of: WorkOf, tmp_path: Path) -> None:
    """The post gives a rebate for sorted letters, and a printer takes only so much in one file."""
    with work_of(TANAKA) as work:
        incident = released(work, 7)
        first = claimed(work, per_run=5)
        assert names_in(first) == [f"第{number}子" for number in range(7, 2, -1)]
        assert [letter.sequence for letter in first.letters] == [1, 2, 3, 4, 5]
        keep_run(work, first, pressed(first), tmp_path)
        second = claimed(work)
        assert names_in(second) == ["第2子", "第1子"]
        keep_run(work, second, pressed(second), tmp_path)
        runs = list(work.session.scalars(select(PrintRun).order_by(PrintRun.number)))
        assert [(run.number, run.letters) for run in runs] == [(1, 5), (2, 2)]
        assert events_of(work, incident).count("letters_printed") == 2


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_whose_instruction_was_withdrawn_meanwhile_is_void(
    work_of: WorkOf, number: int, tmp_path: Path
) -> None:
    """Printing takes its time; 甲's word in between counts, and the paper must not be posted."""
    with work_of(TANAKA) as work:
        incident = released(work, number)
        job = claimed(work)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "文面の誤り")
        assert keep_run(work, job, pressed(job), tmp_path) is None
        assert states(work) == [STOPPED] * number
        assert "letters_printed" not in events_of(work, incident)
        emptied = claimed(work)
        assert (
            emptied.letters == []
            and keep_run(work, emptied, print_job(emptied, press(emptied)), tmp_path) is None
        )
        assert claim_run(work) is None
        (run,) = work.session.scalars(select(PrintRun))
        assert run.void_at is not None and run.printed_at is None
        assert not (tmp_path / "runs").exists()


def test_two_who_print_the_same_letters_keep_one_run(
    work_of: WorkOf, clock: TestClock, tmp_path: Path
) -> None:
    """A worker that was thought gone comes back with its paper: only the first counts."""
    with work_of(TANAKA) as work:
        incident = released(work, 2)
        slow = claimed(work)
        assert claim_run(work) is None, "it is taken"
    clock.now += LOST_AFTER * 2
    with work_of(TANAKA) as work:
        quick = claim_run(work)
        assert quick is not None and quick.run_id == slow.run_id
        assert keep_run(work, quick, pressed(quick, b"%PDF one"), tmp_path) is not None
        assert keep_run(work, slow, pressed(slow, b"%PDF two"), tmp_path) is None
        assert events_of(work, work.session.get_one(Incident, incident.id)).count("letters_printed") == 1


def test_two_who_plan_the_same_letters_make_one_run(work_of: WorkOf) -> None:
    """Both read what waits before either wrote."""
    with work_of(TANAKA) as work:
        released(work, 2)
        work.session.flush()
        waiting = letters_to_plan(work)
        assert waiting is not None
        assert plan_run(work, *waiting) is not None
        assert plan_run(work, *waiting) is None
        assert len(work.session.scalars(select(PrintRun)).all()) == 1


def test_a_character_without_a_glyph_stops_that_letter_and_no_other(work_of: WorkOf, tmp_path: Path) -> None:
    """A box in place of somebody's name is no notice; all others must not wait for it, and somebody must look."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        for number, name in enumerate(("架空 一子", "架空 \ue000子", "架空 三子")):
            an_individual(work, incident, str(number), name=name)
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
        job = claimed(work)
        printed = print_job(job, press(job))
        assert len(printed.letters) == 2 and len(printed.unprintable) == 1
        assert keep_run(work, job, printed, tmp_path) is not None
        assert states(work) == [PRINTED, STOPPED, PRINTED]
        stopped = work.session.scalars(select(Delivery).where(Delivery.state == STOPPED)).one()
        assert who_is(stopped.individual).name == "架空 \ue000子" and stopped.reply == NO_GLYPH
        assert work.session.scalars(select(Hold.kind)).all() == [GAIJI]
        assert claim_run(work) is None


@only_on_sqlite
def test_two_notices_are_never_mixed_in_one_run(work_of: WorkOf, tmp_path: Path) -> None:
    """A run is counted and posted for one notice."""
    with work_of(TANAKA) as work:
        first, second = released(work, 1), released(work, 1, first=2)
        job = claimed(work)
        assert job.title == f"{first.number}-N1-1" and names_in(job) == ["第1子"]
        keep_run(work, job, pressed(job), tmp_path)
        job = claimed(work)
        assert job.title == f"{second.number}-N1-1" and names_in(job) == ["第2子"]
        assert states(work) == [PRINTED, QUEUED]
