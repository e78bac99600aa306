"""From a file to rows, one after the other, however many there are."""

from collections.abc import Iterator, Mapping
from io import SEEK_END
from os import PathLike
from types import TracebackType
from typing import BinaryIO, Self

from incident_app.roster.columns import corrected, recognise
from incident_app.roster.refusals import (
    NoNameColumn,
    empty,
    headings_alone,
    old_or_locked_excel,
    too_large,
    too_many_columns,
)
from incident_app.roster.text import TextFile, is_blank
from incident_app.roster.workbook import Workbook

_MOST_COLUMNS = 200
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OR_LOCKED_EXCEL = b"\xd0\xcf\x11\xe0"


class Roster:
    """A list of persons whose headings were read; its rows are read as they are asked for."""

    def __init__(
        self, file: BinaryIO, source: TextFile | Workbook, wished: Mapping[str, int | str | None]
    ) -> None:
        self._file = file
        self._source = source
        self.format = source.format
        """csv, tsv or xlsx."""
        self.encoding = source.encoding
        """utf-8 or cp932."""
        self.headings = _headings(source)
        """As they stand in the file, without the empty ones at the end."""
        self.places = corrected(recognise(self.headings), self.headings, wished)
        """Field: position of its column."""
        if "name" not in self.places:
            raise NoNameColumn(self.headings)

    @property
    def columns(self) -> dict[str, str]:
        """Field: its heading in the file."""
        return {field: self.headings[place] for field, place in self.places.items()}

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headings of columns that nothing is taken from."""
        used = set(self.places.values())
        return tuple(heading for place, heading in enumerate(self.headings) if place not in used)

    def rows(self) -> Iterator[tuple[int, list[str] | None, bool]]:
        """Yield each row below the headings that is not blank: line, cells, whether a cell holds a line break.

        The cells are as many as the headings; None when a row has fewer, or says something beyond them.
        """
        width, name = len(self.headings), self.places["name"]
        records = self._source.records(width)
        next(cells for _, cells, _ in records if not is_blank(cells))  # the headings
        nothing = True
        for line, cells, broken in records:
            if len(cells) == width and cells[name].strip():
                yield line, cells, broken
            elif is_blank(cells):
                continue
            elif len(cells) < width or not is_blank(cells[width:]):
                yield line, None, broken
            else:
                yield line, cells[:width], broken
            nothing = False
        if nothing:
            raise headings_alone()

    def close(self) -> None:
        """Close the file; every row that is wanted must have been asked for."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_roster(
    file: PathLike[str] | BinaryIO,
    *,
    limit: int,
    columns: Mapping[str, int | str | None] | None = None,
    sheet: str | None = None,
) -> Roster:
    """Open a CSV or TSV file in UTF-8 or CP932, or a workbook (.xlsx), of at most `limit` bytes.

    The roster closes it at its end, or at once when it is refused.

    `columns` is put above what the headings say: field to a heading, to a position from 0, or to None for
    "not in this file". `sheet` is the name or number of a workbook's sheet.

    Raises RosterRefused for whatever is not such a file; so does reading its rows. OSError when there is
    no such file.
    """
    opened = open(file, "rb") if isinstance(file, PathLike) else file  # noqa: SIM115 - the roster closes it
    try:
        return Roster(opened, _source(opened, limit, sheet), columns or {})
    except BaseException:
        opened.close()
        raise


def _source(file: BinaryIO, limit: int, sheet: str | None) -> TextFile | Workbook:
    if file.seek(0, SEEK_END) > limit:
        raise too_large(limit)
    file.seek(0)
    signature = file.read(4)
    if signature == _OLD_OR_LOCKED_EXCEL:
        raise old_or_locked_excel()
    return Workbook(file, sheet) if signature in _ZIP else TextFile(file, limit)


def _headings(source: TextFile | Workbook) -> tuple[str, ...]:
    headings = next((cells for _, cells, _ in source.records() if not is_blank(cells)), [])
    if not headings:
        raise empty()
    while not headings[-1].strip():
        headings.pop()
    if len(headings) > _MOST_COLUMNS:
        raise too_many_columns(_MOST_COLUMNS)
    return tuple(heading.strip() for heading in headings)
