"""A workbook (.xlsx): one sheet of it, row by row. Nothing in it is executed or computed."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice, repeat
from typing import Any, BinaryIO

import openpyxl

from incident_app.roster import refusals
from incident_app.roster.columns import recognise
from incident_app.roster.text import Record, is_blank

# Its warnings repeat what stands in cells.
warnings.filterwarnings("ignore", module=r"openpyxl\.")

_MOST_ROWS = 1 << 20  # Excel's own limit; a row that claims a higher number would be waited for
_MOST_COLUMNS = 200
_ROWS_AT_A_TIME = 500
_BLOCK = 1 << 20
_MOST_PARTS = 2_000
_MOST_UNPACKED = 1 << 32
_MOST_IN_MEMORY = 1 << 28  # all parts but the sheets are held in memory: shared texts, styles
_DENSEST = 200  # how many times smaller than unpacked; the sheets of real lists stay below 40
_LONGEST_TEXT = 1 << 18  # bytes between two tags; Excel's cells end at 32,767 characters
_FORMULA_TAGS = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/")


class Workbook:
    """One sheet of a workbook: the one that is named or numbered, else the only one that lists names.

    Raises RosterRefused when it is opened or read, and nothing else, for whatever is not a workbook.
    """

    format = "xlsx"
    encoding = "utf-8"

    def __init__(self, file: BinaryIO, sheet: str | None) -> None:
        self._file = file
        with _in_words():
            self._has_formulas = _look_through(file)
            sheets = _sheets(file)
            self._place = _chosen(sheets, sheet)
            self._values = sheets[self._place]

    def records(self, width: int = _MOST_COLUMNS) -> Iterator[Record]:
        """Yield each row: its number, its cells and one more, and whether one of them holds a line break."""
        with _in_words():
            rows = enumerate(self._rows(width + 1), 1)
        while True:
            with _in_words():
                batch = [_record(line, *row) for line, row in islice(rows, _ROWS_AT_A_TIME)]
            if not batch:
                return
            yield from batch

    def _rows(self, columns: int) -> Iterator[tuple[Any, Any]]:
        """Pair each row's cells as Excel computed them with the same as they were typed."""
        # Never what the workbook says of its own size: that may be wrong, and rows would be missing.
        extent = {"max_row": _MOST_ROWS, "max_col": columns}
        values = self._values.iter_rows(**extent)
        if not self._has_formulas:
            return zip(values, repeat(()), strict=False)
        typed = _sheets(self._file, data_only=False)[self._place].iter_rows(**extent)
        return zip(values, typed, strict=True)


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn whatever the parsers raise into one refusal; their words may repeat what stands in cells."""
    try:
        yield
    except refusals.RosterRefused:
        raise
    except Exception:
        raise refusals.no_workbook() from None


def _look_through(file: BinaryIO) -> bool:
    """Tell whether formulas stand anywhere, having refused what would fill the memory when it is unpacked.

    What a part says of its size can be relied upon: zipfile reads no further than that.
    """
    with zipfile.ZipFile(file) as parts:
        listed = parts.infolist()
        swollen = (
            len(listed) > _MOST_PARTS
            or any(part.file_size > max(_BLOCK, _DENSEST * part.compress_size) for part in listed)
            or sum(part.file_size for part in listed if "worksheets/" not in part.filename) > _MOST_IN_MEMORY
            or sum(part.file_size for part in listed) > _MOST_UNPACKED
        )
        if swollen:
            raise refusals.swollen_workbook()
        return any([_holds_formulas(parts, part) for part in listed])  # noqa: C419 - every part is looked at


def _holds_formulas(parts: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Read a part to its end: no text may go on for ever, none may declare entities or be in UTF-16."""
    found, rest = False, b""
    if not (info.filename.endswith((".xml", ".rels")) or "worksheets/" in info.filename):
        return False
    with parts.open(info) as part:
        while block := part.read(_BLOCK):
            rest += block
            if b"<!DOCTYPE" in rest or b"<!ENTITY" in rest or b"\0" in rest:
                raise refusals.no_workbook()
            if max(len(text) for text in rest.split(b"<")) > _LONGEST_TEXT:
                raise refusals.swollen_workbook()
            found = found or any(tag in rest for tag in _FORMULA_TAGS)
            rest = rest[rest.rfind(b"<") :]
    return found


def _sheets(file: BinaryIO, data_only: bool = True) -> list[Any]:
    file.seek(0)
    return openpyxl.load_workbook(file, read_only=True, data_only=data_only, keep_links=False).worksheets


def _chosen(sheets: list[Any], wanted: str | None) -> int:
    """Return the position of the sheet to read."""
    names = [sheet.title for sheet in sheets]
    if wanted is not None:
        if wanted in names:
            return names.index(wanted)
        if wanted.isascii() and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
            return int(wanted) - 1
        raise refusals.no_such_sheet(len(names))
    shown = [place for place, sheet in enumerate(sheets) if sheet.sheet_state == "visible"]
    lists = [place for place in shown if "name" in recognise(_first_row(sheets[place]))]
    if len(lists) > 1:
        raise refusals.several_lists(len(lists))
    return (lists or shown or [0])[0]


def _first_row(sheet: Any) -> list[str]:
    rows = sheet.iter_rows(max_row=_MOST_ROWS, max_col=_MOST_COLUMNS)
    texts = ([_text(cell) for cell in row] for row in rows)
    return next((row for row in texts if not is_blank(row)), [])


def _record(line: int, values: Any, typed: Any) -> Record:
    for column, (value, formula) in enumerate(zip(values, typed, strict=False), 1):
        # The type "str" says that the stored result is an empty text.
        if formula.data_type == "f" and value.value is None and value.data_type != "str":
            raise refusals.formula_without_value(line, column)
    cells = [_text(cell) for cell in values]
    return line, cells, any("\n" in cell or "\r" in cell for cell in cells)


def _text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
