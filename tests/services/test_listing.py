"""A list between its arrival and its import: sealed, read to its end, thrown away when nobody wants it."""

from io import BytesIO
from pathlib import Path

import pytest

from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.individual import AffectedList
from incident_app.roster.refusals import RosterRefused
from incident_app.services import listing
from incident_app.services.listing import (
    discard_list,
    discard_old_lists,
    find_list,
    open_list,
    read_findings,
    receive_list,
)
from tests.cast import TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.roster.city_export import a_resident, city_export, written
from tests.services.stories import reported
from tests.services.test_importing import Office

EXPORT = city_export(1_000, seed=4)


@pytest.fixture
def office(work_of: WorkOf, tmp_path: Path) -> Office:
    return Office(work_of, tmp_path / "sealed")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_looked_at_is_what_an_import_would_bring(office: Office) -> None:
    """甲 and 乙 agree on these counts before anybody is written to; looking stores nobody."""
    list_id = office.receive(EXPORT.data)

    with office.work_of(TANAKA) as work:
        found = read_findings(work, work.session.get_one(AffectedList, list_id), office.folder)

    assert (found.rows, found.persons, found.rejected) == (1_000, EXPORT.persons, EXPORT.rejected)
    assert found.faults == EXPORT.faults
    lines = [line.split("\t") for line in found.report.splitlines()]
    assert sum("broken_row" in codes for _, codes in lines) == EXPORT.rejected
    assert "見本" not in found.report and "example" not in found.report
    assert office.counts() == (0, 0, 0)


@only_on_sqlite
def test_a_report_names_so_many_rows_and_the_counts_all(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten million rows with a fault each would be a report that nobody reads, and that fills the database."""
    monkeypatch.setattr(listing, "MOST_LINES", 3)
    list_id = office.receive(written(*(a_resident(number, 郵便番号="") for number in range(1, 9))))

    with office.work_of(TANAKA) as work:
        found = read_findings(work, work.session.get_one(AffectedList, list_id), office.folder)

    assert len(found.report.splitlines()) == 3 and found.faults["zip_missing"] == 8


@only_on_sqlite
@pytest.mark.parametrize(("data", "kind"), [(b"", BadInput), (b"x" * 101, RosterRefused)])
def test_a_file_that_is_refused_leaves_nothing_on_the_disk(
    work_of: WorkOf, tmp_path: Path, data: bytes, kind: type[Exception]
) -> None:
    """Nothing, or more than the disk is to take."""
    with pytest.raises(kind), work_of(TANAKA) as work:
        receive_list(work, reported(work), tmp_path / "sealed", BytesIO(data), limit=100)

    assert files(tmp_path / "sealed") == []


@only_on_sqlite
def test_a_list_that_is_being_imported_cannot_be_thrown_away(office: Office, clock: TestClock) -> None:
    """Neither by a colleague in another window nor by the nightly broom, however old it is."""
    list_id = office.receive(EXPORT.data)
    clock.advance(hours=25)

    def sweep(_: int) -> None:
        with office.work_of(TANAKA) as work:
            with pytest.raises(BadInput):
                discard_list(work, work.session.get_one(AffectedList, list_id), office.folder)
            discard_old_lists(work, office.folder)

    assert office.put_on_record(list_id, sweep) == EXPORT.persons
    with office.work_of(TANAKA) as work:
        discard_old_lists(work, office.folder)
    assert len(files(office.folder)) == 1, "what was imported is kept"


@only_on_sqlite
def test_a_list_is_found_only_in_its_own_case_and_while_it_waits(office: Office) -> None:
    """A number from another case's address shows nothing; neither does a list that was imported."""
    list_id = office.receive(written(a_resident()))
    other = Office(office.work_of, office.folder)

    with office.work_of(TANAKA) as work:
        mine, theirs = (work.session.get_one(Incident, at.incident_id) for at in (office, other))
        assert find_list(work, mine, list_id).id == list_id
        with pytest.raises(NotFound):
            find_list(work, theirs, list_id)
    office.put_on_record(list_id)
    with office.work_of(TANAKA) as work, pytest.raises(NotFound):
        find_list(work, work.session.get_one(Incident, office.incident_id), list_id)


@only_on_sqlite
def test_a_list_whose_file_is_gone_says_so(office: Office) -> None:
    """Two windows: in one it was thrown away, in the other somebody goes on."""
    list_id = office.receive(written(a_resident()))
    for file in files(office.folder):
        file.unlink()

    with office.work_of(TANAKA) as work, pytest.raises(NotFound):
        open_list(work, work.session.get_one(AffectedList, list_id), office.folder)
