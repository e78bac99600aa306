"""`incident roster`: a list is tried before it is imported, and imported from a terminal when it is large."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from incident_app.cli import main
from incident_app.domain.individual import AffectedList, Individual, on_record
from incident_app.roster.reasons import FAULTS
from tests.builders import who_is
from tests.cast import KIMURA, SATO, TANAKA, YAMADA
from tests.cli.terminal import Run, speaks_both
from tests.conftest import WorkOf, only_on_sqlite
from tests.roster.city_export import HEADINGS, a_resident, city_export, written
from tests.services.stories import reported

ON = ("--on", "2026-06-01")


def check(file: Path, data: bytes, *options: str) -> Result:
    file.write_bytes(data)
    return CliRunner().invoke(
        main,
        ["roster", "check", str(file), *options],
        env={"INCIDENT_DATABASE": "none"},
        catch_exceptions=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def test_the_dry_run_counts_what_an_import_would_find(file: Path) -> None:
    """甲 and 乙 reconcile these counts before anybody is written to; no database is asked."""
    export = city_export(1_000, 9)

    result = check(file, export.data, "--json", *ON)

    assert result.exit_code == 0
    found = json.loads(result.output)
    assert (found["rows"], found["persons"], found["rejected"]) == (1_000, export.persons, export.rejected)
    assert found["faults"] == export.faults and set(found["faults"]) == set(FAULTS)
    assert list(found["columns"].values()) == list(HEADINGS)
    assert found["encoding"] == "cp932"


MIXED = written(
    a_resident(1),
    a_resident(2, 郵便番号="100012"),
    a_resident(3, 氏名="〓本　花子", 備考="故人"),
    a_resident(1, 漏えい項目="税額"),
    a_resident(5)[:3],
)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "ja",
            (
                "3行目 補正: 郵便番号の先頭の0を補いました",
                "4行目 保留: 氏名又は住所に表示できない文字があります、亡くなられた方です",
                "5行目 統合: 同じ宛名番号の行があり、1人にまとめました",
                "6行目 却下: 列の数が見出しと合いません",
                "データ行 5、対象者 3人、却下 1行。何も保存していません。",
            ),
        ),
        (
            "en",
            (
                "line 3, mended: postal code: leading zero restored",
                "line 6, rejected: the number of columns does not fit",
                "column name: 氏名",
                "Rows 5, persons 3, rejected 1. Nothing was stored.",
            ),
        ),
    ],
)
def test_people_read_each_remarkable_line_and_the_totals(
    file: Path, language: str, lines: tuple[str, ...]
) -> None:
    """With the line number somebody finds the row in the file; the person's name is not on the screen."""
    result = check(file, MIXED, "--language", language, *ON)

    assert result.exit_code == 0
    assert set(lines) <= set(result.output.splitlines())
    assert "花子" not in result.output and "見本" not in result.output


def test_columns_are_corrected_by_hand(file: Path) -> None:
    """A heading that nobody knows is pointed at; a column that should not count is left out."""
    data = written(["1", "見本　花子", "x@example.jp"], headings=["番号", "対象", "メール"])

    result = check(file, data, "--json", "--column", "name=対象", "--column", "email=")

    assert json.loads(result.output)["columns"] == {"name": "対象"}


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"", ()),
        (MIXED, ("--column", "name")),
        (MIXED, ("--column", "name=身長")),
        (MIXED, ("--column", "name=")),
        (b"\x89PNG\r\n\0", ()),
    ],
    ids=["empty", "no-equals-sign", "no-such-heading", "no-name", "a-picture"],
)
def test_what_cannot_be_read_is_told_in_both_languages(
    file: Path, data: bytes, options: tuple[str, ...]
) -> None:
    """Exit code 2, as for every refusal, and nothing on standard output."""
    result = check(file, data, *options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert speaks_both(result.stderr)


def test_a_file_that_is_not_there_is_told_without_its_name(tmp_path: Path) -> None:
    """Names of files are often names of people."""
    for missing in (tmp_path / "見本花子.csv", tmp_path):
        result = CliRunner().invoke(main, ["roster", "check", str(missing)], catch_exceptions=False)

        assert result.exit_code == 2
        assert speaks_both(result.stderr) and missing.name not in result.stderr


Import = Callable[..., Result]


@pytest.fixture
def number(work_of: WorkOf) -> str:
    with work_of(TANAKA) as work:
        return str(reported(work).number)


@pytest.fixture
def put_on_record(incident: Run, number: str, file: Path) -> Import:
    """Import a list of these bytes, as somebody."""

    def put_on_record(data: bytes, login: str, *options: str) -> Result:
        file.write_bytes(data)
        return incident("roster", "import", number, str(file), "--login", login, *options)

    return put_on_record


@pytest.fixture
def left_behind(environment: dict[str, str], work_of: WorkOf) -> Callable[[], list[object]]:
    """Everything that a list leaves in the database and beside it."""

    def left_behind() -> list[object]:
        files = Path(environment["INCIDENT_DATA"]).rglob("lists/*/*")
        with work_of(TANAKA) as work:
            rows = (work.session.scalars(select(kind)) for kind in (AffectedList, Individual))
            return [*files, *chain.from_iterable(rows)]

    return left_behind


def test_a_list_is_imported_from_a_terminal_by_somebody_of_the_contractor(
    put_on_record: Import, work_of: WorkOf
) -> None:
    """A whole city's list is larger than a browser sends; on record stands who imported it."""
    export = city_export(1_000, 3)

    result = put_on_record(export.data, SATO.login, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        **{"rows": 1_000, "persons": export.persons, "rejected": export.rejected},
        "new": export.persons,
    }
    again = put_on_record(export.data, SATO.login)
    assert f"対象者 {export.persons:,}人（うち新たに登録 0人）" in again.stdout
    with work_of(SATO) as work:
        lists = work.session.scalars(select(AffectedList)).all()
        assert [entry.imported_by_id for entry in lists] == [work.actor.person_id] * 2
        seen = select(func.count()).where(on_record(lists[0].incident_id))
        assert work.session.scalar(seen) == export.persons


@only_on_sqlite
@pytest.mark.parametrize(
    "login", [YAMADA.login, KIMURA.login, "x"], ids=["client", "another-client", "nobody"]
)
def test_nobody_else_imports_from_a_terminal(
    put_on_record: Import, left_behind: Callable[[], list[object]], login: str
) -> None:
    """Whoever may use the machine is not thereby one of the contractor's people."""
    result = put_on_record(MIXED, login)

    assert result.exit_code == 2 and speaks_both(result.stderr)
    assert left_behind() == []


@only_on_sqlite
def test_columns_are_said_at_the_terminal_too(put_on_record: Import, work_of: WorkOf) -> None:
    """The same words as in the dry run bring the same columns."""
    data = written(["1", "見本　花子", "x@example.jp"], headings=["番号", "対象", "メール"])

    said = ("--column", "name=対象", "--column", "email=", "--language", "en")
    result = put_on_record(data, TANAKA.login, *said)

    assert result.stdout == "Rows 1, persons 1 (new: 1), rejected 0. Imported.\n"
    with work_of(TANAKA) as work:
        (person,) = work.session.scalars(select(Individual))
        assert (who_is(person).name, who_is(person).email) == ("見本　花子", None)


@only_on_sqlite
@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\0", MIXED + b"1,\x85\x40\r\n"])
def test_a_list_that_cannot_be_imported_is_not_kept(
    put_on_record: Import, left_behind: Callable[[], list[object]], data: bytes
) -> None:
    """Whoever mends it sends it again as a whole."""
    result = put_on_record(data, TANAKA.login)

    assert (result.exit_code, result.stdout) == (2, "") and speaks_both(result.stderr)
    assert left_behind() == []


@only_on_sqlite
def test_a_terminal_shows_how_far_it_is(
    number: str, file: Path, environment: dict[str, str], database_url: str
) -> None:
    """Rows and rate stand there; names do not."""
    file.write_bytes(city_export(1_000, 3).data)
    ours, its = pty.openpty()
    subprocess.run(
        [
            *(sys.executable, "-c", "from incident_app.cli import main; main()"),
            *("roster", "import", number, str(file), "--login", TANAKA.login, "--language", "en"),
        ],
        env=os.environ | environment | {"INCIDENT_DATABASE": database_url},
        stderr=its,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    os.close(its)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "1,000 rows, " in shown and "/s" in shown and "見本" not in shown
