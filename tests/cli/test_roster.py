"""`incident roster`: a list is tried before it is imported."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from incident_app.cli import main
from incident_app.roster.reasons import FAULTS
from tests.cli.terminal import speaks_both
from tests.roster.city_export import HEADINGS, a_resident, city_export, written

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
