"""From a file's bytes to rows.

Never guesses: a file that cannot be read for certain is refused as a whole, with what to do next.
No message repeats a word of the file, which is full of personal data.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from incident_app.domain.errors import Refused
from incident_app.roster.columns import recognise

_EXCEL_OR_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_MOST_LINES_IN_A_ROW = 10


class RosterRefused(Refused):
    """A file cannot be read as a list of persons: what is wrong with it, and what to do next."""


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One record of the file. It shows no content in logs and tracebacks (no repr)."""

    line: int
    """The line of the file where it starts; the heading is line 1."""
    cells: Mapping[str, str] | None
    """Field: cell as it stands, for recognised columns; None when the record lacks or exceeds columns."""


@dataclass(frozen=True, slots=True)
class Roster:
    """A list as it was read, in the order of the file."""

    encoding: str
    """utf-8 or cp932."""
    columns: Mapping[str, str]
    """Recognised field: its heading in the file."""
    ignored: tuple[str, ...]
    """Headings of columns that nothing is taken from."""
    rows: tuple[Row, ...]


def read_roster(data: bytes) -> Roster:
    """Read a CSV or TSV file in UTF-8 or CP932 (Windows' Shift_JIS).

    Raises RosterRefused, and nothing else, for whatever is not such a file.
    """
    text, encoding = _decoded(data)
    records = _records(text)
    _, _, headings = next(records, (0, 0, []))
    while headings and not headings[-1].strip():
        headings.pop()
    places = recognise(headings)
    if "name" not in places:
        raise RosterRefused(
            "「氏名」の列が見つかりません。1行目を見出し（宛名番号、氏名、住所など）にしてください。"
            "見出しがあるのに見つからないときは、UTF-8のCSVで保存し直してください。",
            "There is no column 氏名 (name). Make line 1 the headings (宛名番号, 氏名, 住所 …). "
            "If they are there, save the file again as CSV in UTF-8.",
        )
    rows = tuple(_row(line, span, cells, places, len(headings)) for line, span, cells in records)
    if not rows:
        raise RosterRefused(
            "見出しだけで、データの行がありません。正しいファイルか確かめてください。",
            "There are headings and no rows. Check that this is the right file.",
        )
    return Roster(
        encoding=encoding,
        columns={field: headings[place].strip() for field, place in places.items()},
        ignored=tuple(h.strip() for n, h in enumerate(headings) if n not in places.values()),
        rows=rows,
    )


def _decoded(data: bytes) -> tuple[str, str]:
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise RosterRefused(
            "ファイルが空です。正しいファイルか確かめてください。",
            "The file is empty. Check that this is the right file.",
        )
    if data.startswith(_EXCEL_OR_ZIP):
        raise RosterRefused(
            "ExcelまたはZIPのファイルです。Excelで「CSV UTF-8（コンマ区切り）」として保存し直してください。",
            "This is an Excel or ZIP file. Save it in Excel as “CSV UTF-8 (comma delimited)”.",
        )
    if b"\0" in data or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise RosterRefused(
            "UTF-16の文字又は文字でないデータが含まれています。UTF-8のCSVで保存し直してください。",
            "The file holds UTF-16 or data that is not text. Save it again as CSV in UTF-8.",
        )
    if data.startswith(codecs.BOM_UTF8):
        return _strictly(data.removeprefix(codecs.BOM_UTF8), "utf-8"), "utf-8"
    try:
        # Japanese in CP932 is practically never well-formed UTF-8, so this order is safe.
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _strictly(data, "cp932"), "cp932"


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise RosterRefused(
            f"{line}行目に読めない文字があります（文字コードがUTF-8でもShift_JISでもありません）。"
            "UTF-8のCSVで保存し直してください。",
            f"Line {line} cannot be read (neither UTF-8 nor Shift_JIS). Save the file again as CSV in UTF-8.",
        ) from None


def _records(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield first line, number of lines and cells of each record that is not blank."""
    first = re.search(r"[^\r\n]+", text)
    tabbed = first is not None and first[0].count("\t") > first[0].count(",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if tabbed else ",", strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _stray_quote(line) from None
        if any(cell.strip() for cell in cells):
            yield line, reader.line_num - line + 1, cells


def _row(line: int, span: int, cells: list[str], places: Mapping[str, int], width: int) -> Row:
    whole = len(cells) >= width and not any(cell.strip() for cell in cells[width:])
    # A stray quotation mark swallows the persons up to the next one: they must not vanish unseen.
    if span > _MOST_LINES_IN_A_ROW or (span > 1 and not whole):
        raise _stray_quote(line)
    return Row(line, {field: cells[place] for field, place in places.items()} if whole else None)


def _stray_quote(line: int) -> RosterRefused:
    return RosterRefused(
        f'{line}行目から始まる行の引用符（"）の対応が取れず、続きの行を区別できません。'
        "その行を直すか、元のシステムから出力し直してください。",
        f'The quotation marks (") in the row that starts at line {line} do not match, so the rows after it '
        "cannot be told apart. Correct that row or export the list again.",
    )
