"""Letters: who is in a run, in which order, what is kept of it, and what is never printed."""

import hashlib
import io
import re

import pikepdf
import pytest
from sqlalchemy import select

from incident_app.domain.incident import Incident
from incident_app.domain.notice import PRINTED, QUEUED, STOPPED, Delivery, PrintRun
from incident_app.domain.timeline import digest, verify
from incident_app.domain.work import Work
from incident_app.services.instructing import withdraw_instruction
from incident_app.services.notifying import start_deliveries
from incident_app.services.printing import (
    NO_GLYPH,
    Batch,
    keep_run,
    next_batch,
    print_batch,
    set_aside_unprintable,
)
from tests.builders import an_individual
from tests.cast import SATO, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import approved, by, events_of, instructed, item_of, last_line


def released(work: Work, individuals: int, first: int = 1) -> Incident:
    """Letters wait for so many persons, who live the further north the later they are listed."""
    incident = instructed(work)
    for number in range(first, first + individuals):
        individual = an_individual(work, incident, f"{number:010d}")
        individual.name = f"架空 第{number}子"
        individual.postal_code = f"{999 - number:03d}-0000"
    start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
    return incident


def waiting(work: Work) -> Batch:
    work.session.flush()
    batch = next_batch(work)
    assert batch is not None
    return batch


def names_in(batch: Batch) -> list[str]:
    found = (re.search(r"第\d+子", letter.html) for letter in batch.letters.values())
    return [name[0] for name in found if name]


def states(work: Work) -> list[str]:
    work.session.flush()
    work.session.expire_all()
    return list(work.session.scalars(select(Delivery.state).order_by(Delivery.id)))


@only_on_sqlite
def test_a_run_is_a_pdf_that_can_be_held_against_its_digest(work_of: WorkOf) -> None:
    """What was printed is kept: its bytes, their digest, how many letters, and the digest of each text."""
    with work_of(TANAKA) as work:
        incident = released(work, 3)
        batch = waiting(work)
        pdf = print_batch(batch)
        run = keep_run(work, batch, pdf)
        assert run is not None
        assert (run.number, run.letters, run.pdf) == (1, 3, pdf)
        assert run.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
        line = last_line(work, incident)
        assert line.event == "letters_printed"
        assert line.facts == {"notice": 1, "run": 1, "letters": 3, "sha256": run.pdf_sha256}
        assert states(work) == [PRINTED] * 3
        for delivery in work.session.scalars(select(Delivery)):
            assert delivery.print_run_id == run.id
            assert delivery.text_sha256 == digest(batch.letters[delivery.id].html)
        assert next_batch(work) is None
        assert verify(work.session, incident) == []


@only_on_sqlite
def test_a_file_holds_the_pages_of_its_letters_and_no_others(work_of: WorkOf) -> None:
    """The printer puts so many sheets into so many envelopes."""
    with work_of(TANAKA) as work:
        released(work, 2)
        batch = waiting(work)
        pages = []
        for chosen in (batch.letters, *({key: letter} for key, letter in batch.letters.items())):
            with pikepdf.open(io.BytesIO(print_batch(Batch(1, "試", chosen, ())))) as pdf:
                pages.append(len(pdf.pages))
        together, *alone = pages
        assert together == sum(alone) and min(alone) >= 1


def test_letters_go_into_runs_of_fifty_in_the_order_of_their_postal_codes(work_of: WorkOf) -> None:
    """The post gives a rebate for sorted letters, and a printer takes only so much in one file."""
    with work_of(TANAKA) as work:
        incident = released(work, 52)
        first = waiting(work)
        assert names_in(first) == [f"第{number}子" for number in range(52, 2, -1)]
        keep_run(work, first, b"%PDF first")
        second = waiting(work)
        assert names_in(second) == ["第2子", "第1子"]
        keep_run(work, second, b"%PDF second")
        runs = list(work.session.scalars(select(PrintRun).order_by(PrintRun.number)))
        assert [(run.number, run.letters) for run in runs] == [(1, 50), (2, 2)]
        assert events_of(work, incident).count("letters_printed") == 2


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_whose_instruction_was_withdrawn_meanwhile_is_void(work_of: WorkOf, number: int) -> None:
    """Printing takes its time; 甲's word in between counts, and the paper must not be posted."""
    with work_of(TANAKA) as work:
        incident = released(work, number)
        batch = waiting(work)
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[0], "文面の誤り")
        assert keep_run(work, batch, b"%PDF") is None
        assert states(work) == [STOPPED] * number
        assert work.session.scalars(select(PrintRun)).all() == []
        assert "letters_printed" not in events_of(work, incident)
        assert next_batch(work) is None


def test_two_who_print_the_same_letters_keep_one_run(work_of: WorkOf) -> None:
    """Two workers may have begun with the same letters: only the first paper counts."""
    with work_of(TANAKA) as work:
        released(work, 2)
        batch = waiting(work)
        assert keep_run(work, batch, b"%PDF one") is not None
        assert keep_run(work, batch, b"%PDF two") is None
        assert len(work.session.scalars(select(PrintRun)).all()) == 1


def test_a_character_without_a_glyph_stops_that_letter_and_no_other(work_of: WorkOf) -> None:
    """A box in place of somebody's name is no notice; all others must not wait for it."""
    with work_of(TANAKA) as work:
        incident = released(work, 3)
        incident.individuals[1].name = "架空 \ue000子"
        batch = waiting(work)
        assert len(batch.letters) == 2 and len(batch.unprintable) == 1
        set_aside_unprintable(work, batch)
        keep_run(work, batch, b"%PDF")
        assert states(work) == [PRINTED, STOPPED, PRINTED]
        stopped = work.session.get_one(Delivery, batch.unprintable[0])
        assert stopped.individual.name == "架空 \ue000子" and stopped.reply == NO_GLYPH
        assert next_batch(work) is None


@only_on_sqlite
def test_two_notices_are_never_mixed_in_one_run(work_of: WorkOf) -> None:
    """A run is counted and posted for one notice."""
    with work_of(TANAKA) as work:
        first, second = released(work, 1), released(work, 1, first=2)
        batch = waiting(work)
        assert batch.title == f"{first.number}-N1" and names_in(batch) == ["第1子"]
        keep_run(work, batch, b"%PDF")
        batch = waiting(work)
        assert batch.title == f"{second.number}-N1" and names_in(batch) == ["第2子"]
        assert states(work) == [PRINTED, QUEUED]
