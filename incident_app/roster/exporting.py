"""CSV files that we write: no cell of them is taken for a formula by whoever opens them."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """Return a cell that a spreadsheet shows and does not compute: an apostrophe goes before a formula.

    Blanks in front do not hide one. The wide signs count too: Japanese Excel takes them for plain ones.
    """
    return (
        f"'{text}"
        if text.startswith(_BEGINS_A_FORMULA) or text.lstrip().startswith(_BEGINS_A_FORMULA)
        else text
    )


def write_csv(out: TextIO, rows: Iterable[Sequence[str]]) -> None:
    """Write rows of safe cells, with the line ends that Excel expects.

    `out` was opened with newline="" and utf-8-sig, by which Excel knows the coding.
    """
    csv.writer(out, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
