import csv
import io

import pytest

from incident_app.roster.exporting import safe_cell, write_csv


@pytest.mark.parametrize(
    "cell",
    ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u3000=1", "＝1", "＠x", "－1"],
)
def test_what_begins_like_a_formula_is_written_as_text(cell: str) -> None:
    """The clerk who opens our list in Excel must not run what a stranger typed into a form."""
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "見本　花子", "010-0012", "a=b", "'=1", "秋田市1-2"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    """A name is never rewritten for the sake of a spreadsheet."""
    assert safe_cell(cell) == cell


def test_a_file_comes_back_with_the_same_cells() -> None:
    """Quotation marks, commas and line breaks are the file's business, not the reader's."""
    out = io.StringIO(newline="")
    rows = [["宛名番号", "氏名"], ["1", '見本,"花子"\n様'], ["2", "=1+1"]]

    write_csv(out, rows)

    assert "\r\n" in out.getvalue()
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [*rows[:2], ["2", "'=1+1"]]
