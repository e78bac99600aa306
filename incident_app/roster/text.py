"""A CSV or TSV file, block by block: coding, separator, lines, cells.

Never guesses: what cannot be read for certain is refused, with what to do next.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from incident_app.roster import refusals

Record = tuple[int, list[str], bool]
"""The line of the file where it starts, its cells, and whether one of them holds a line break."""

_BLOCK = 1 << 17
_LONGEST_LINE = 1 << 22
_MOST_LINES_IN_A_ROW = 10


def is_blank(cells: Sequence[str]) -> bool:
    """Tell whether a record says nothing: an empty line, or the bare commas that Excel leaves behind."""
    return not "".join(cells).strip()


class TextFile:
    """A list as CSV or TSV in UTF-8 or CP932 (Windows' Shift_JIS).

    Raises RosterRefused when it is opened or read, and nothing else, for whatever is not such a file.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._limit = limit
        self.encoding = _coding(file)
        self.delimiter = self._delimiter()
        self.format = "tsv" if self.delimiter == "\t" else "csv"

    def records(self, width: int | None = None) -> Iterator[Record]:
        """Yield each record, blank ones too; with `width`, the number of headings, watch for stray quotes."""
        lines = chain.from_iterable(io.StringIO(text, newline="") for text in self._texts())
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        begins = 1
        try:
            for cells in reader:
                ends = reader.line_num
                if ends != begins:
                    self._check_span(begins, ends, cells, width)
                yield begins, cells, ends != begins
                begins = ends + 1
        except csv.Error:
            raise refusals.stray_quote(begins) from None

    @staticmethod
    def _check_span(begins: int, ends: int, cells: list[str], width: int | None) -> None:
        whole = width is None or (len(cells) >= width and is_blank(cells[width:]))
        if ends - begins >= _MOST_LINES_IN_A_ROW or not whole:
            raise refusals.stray_quote(begins)

    def _delimiter(self) -> str:
        first = next(
            (line for text in self._texts() for line in io.StringIO(text, newline="") if line.strip()), ""
        )
        count = {separator: first.count(separator) for separator in ",\t;"}
        if count[";"] > max(count[","], count["\t"]):
            raise refusals.other_delimiter()
        return "\t" if count["\t"] > count[","] else ","

    def _texts(self) -> Iterator[str]:
        """Yield the text in pieces that end where lines end."""
        for line, piece in self._pieces():
            try:
                yield piece.decode(self.encoding)
            except UnicodeDecodeError as fault:
                raise refusals.unreadable(line + piece.count(b"\n", 0, fault.start)) from None

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        """Yield the line in which a piece begins, and the piece."""
        self._file.seek(0)
        rest = self._file.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
        taken, line = len(rest), 1
        while block := self._file.read(_BLOCK):
            taken += len(block)
            if taken > self._limit:
                raise refusals.too_large(self._limit)
            rest += block
            if b"\0" in rest:
                raise refusals.not_text()
            # A last \r may be half of \r\n, so it is left for the next piece.
            cut = (rest.rfind(b"\n") + 1) or (rest.rfind(b"\r", 0, -1) + 1)
            if not cut and len(rest) > _LONGEST_LINE:
                raise refusals.stray_quote(line)
            if cut:
                yield line, rest[:cut]
                line += rest.count(b"\n", 0, cut)
                rest = rest[cut:]
        if rest:
            yield line, rest


def _coding(file: BinaryIO) -> str:
    """Return utf-8 or cp932, by the first characters that are not ASCII.

    Japanese in CP932 is practically never well-formed UTF-8, so this order is safe.
    """
    file.seek(0)
    block = file.read(_BLOCK)
    if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refusals.not_text()
    while block and block.isascii():
        block = file.read(_BLOCK)
    try:
        codecs.utf_8_decode(block, "strict", False)
    except UnicodeDecodeError:
        return "utf-8" if block.startswith(codecs.BOM_UTF8) else "cp932"
    return "utf-8"
