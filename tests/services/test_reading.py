"""A large list is read by a process of its own: the same persons, the same refusals, and it never outlives us."""

import os
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from incident_app.domain.errors import Refused
from incident_app.domain.individual import AffectedList
from incident_app.services import importing, reading
from incident_app.services.listing import KeptList, kept_list
from incident_app.services.packing import read_chunks
from incident_app.services.reading import chunks_of
from tests.cast import TANAKA
from tests.conftest import WorkOf, only_on_sqlite
from tests.roster.city_export import city_export
from tests.services.test_importing import Office

EXPORT = city_export(1_000, seed=12)
DAY = date(2026, 11, 30)

Kept = Callable[[bytes], KeptList]


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, work_of: WorkOf, tmp_path: Path) -> Office:
    """Where every list counts as large."""
    monkeypatch.setattr(reading, "LARGE", 0)
    return Office(work_of, tmp_path / "sealed")


@pytest.fixture
def kept(office: Office) -> Kept:
    def kept(data: bytes) -> KeptList:
        with office.work_of(TANAKA) as work:
            entry = work.session.get_one(AffectedList, office.receive(data))
            return kept_list(work, entry, office.folder)

    return kept


def children() -> list[int]:
    """Processes of ours that read a list."""
    task = Path(f"/proc/{os.getpid()}/task/{os.getpid()}")
    numbers = (task / "children").read_text().split()
    readers = (int(n) for n in numbers if reading.__name__ in Path(f"/proc/{n}/cmdline").read_text())
    return list(readers)


@only_on_sqlite
def test_it_reads_what_we_would_have_read(kept: Kept) -> None:
    """Who is on record must not hang on how large the list is."""
    source = kept(EXPORT.data)

    apart = list(chunks_of(source, DAY, 300))

    assert len(apart) == 4 and apart == list(read_chunks(source, DAY, 300))
    assert apart[-1].found.faults == EXPORT.faults
    assert children() == []


@only_on_sqlite
def test_a_large_list_is_imported_with_exactly_its_counts(office: Office) -> None:
    """The two processes together do what one does."""
    assert office.put_on_record(office.receive(EXPORT.data)) == EXPORT.persons

    facts = office.last_facts()
    assert (facts["persons"], facts["rejected"]) == (EXPORT.persons, EXPORT.rejected)
    assert len(office.people()) == EXPORT.persons and office.books() == []


@only_on_sqlite
def test_it_refuses_in_the_same_words(kept: Kept) -> None:
    """People are told the line that cannot be read, wherever it was read."""
    source = kept(EXPORT.data + b"1,\x85\x40,\r\n")

    with pytest.raises(Refused) as here:
        list(read_chunks(source, DAY, 300))
    with pytest.raises(Refused) as apart:
        list(chunks_of(source, DAY, 300))

    assert str(apart.value) == str(here.value)


@only_on_sqlite
def test_when_it_is_killed_nothing_is_imported_and_somebody_can_try_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine runs out of memory and ends a process: half a list must not pass for the whole."""
    monkeypatch.setattr(importing, "AT_ONCE", 100)
    list_id = office.receive(EXPORT.data)

    def kill(_: int) -> None:
        for number in children():
            os.kill(number, signal.SIGKILL)

    with pytest.raises(Refused, match="ended halfway"):
        office.put_on_record(list_id, kill)

    assert office.counts() == (0, 0, 0) and children() == []
    monkeypatch.setattr(reading, "LARGE", 1 << 30)
    assert office.put_on_record(list_id) == EXPORT.persons


@only_on_sqlite
def test_it_ends_when_nobody_listens_any_more_and_never_shows_the_key(kept: Kept) -> None:
    """It holds everybody's data; and anybody on the machine can list the processes and what they were called with."""
    source = kept(EXPORT.data)
    chunks = chunks_of(source, DAY, 10)
    next(chunks)
    (reader,) = children()
    said = Path(f"/proc/{reader}/cmdline").read_bytes() + Path(f"/proc/{reader}/environ").read_bytes()
    assert source.key not in said and source.key.hex().encode() not in said
    assert repr(source.key) not in repr(source)

    chunks.close()

    assert children() == []
