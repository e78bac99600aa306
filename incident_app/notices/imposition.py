"""Imposition: many letters in one file, in which what they share is drawn once.

WeasyPrint writes the file with one page of each plate and every page that was laid out by itself; then each stamped
page is put in its place, as a list of pieces that all share and pieces of its own.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pydyf  # type: ignore[import-untyped]  # publishes no types

from incident_app.notices.composing import Composer
from incident_app.notices.stamping import Plate
from incident_app.notices.structure import Structure
from incident_app.notices.written import Written

if TYPE_CHECKING:
    from weasyprint.document import Document, Page
    from weasyprint.pdf.stream import Stream

_QUICK = 1
"""Level of compression for what is one person's: twice as quick as level 6, and a tenth larger."""


@dataclass(frozen=True, slots=True)
class StampedPage:
    """One page of one person."""

    plate: Plate
    pieces: Sequence[bytes]
    """As many as the plate has groups of personal lines."""


def write_run(
    document: "Document",
    pages: Sequence["Page | StampedPage"],
    composer: Composer,
    title: str,
    *,
    tagged: bool = False,
) -> bytes:
    """Write the pages into one file; `document` lends everything else that a file of WeasyPrint's needs."""
    plates = list({page.plate: None for page in pages if isinstance(page, StampedPage)})
    laid_out = [page for page in pages if not isinstance(page, StampedPage)]
    whole = document.copy([*map(_PlatePage, plates), *laid_out])
    whole.fonts = composer.fonts
    whole.metadata.title = title

    def put_in_place(_: "Document", pdf: Any) -> None:
        numbers = pdf.pages["Kids"][::3]
        structure = Structure(pdf) if tagged else None
        masters = {
            plate: _Master(pdf, plate, number, structure)
            for plate, number in zip(plates, numbers, strict=False)
        }
        others = iter(numbers[len(plates) :])
        order = [
            masters[page.plate].stamp(page) if isinstance(page, StampedPage) else next(others)
            for page in pages
        ]
        pdf.pages["Kids"] = pydyf.Array([b" ".join(b"%d 0 R" % number for number in order)])
        pdf.pages["Count"] = len(order)
        if structure is not None:
            structure.put_in_order(order)

    variant = {"pdf_variant": "pdf/ua-1"} if tagged else {}
    written: bytes = whole.write_pdf(finisher=put_in_place, **variant)
    return written


class _PlatePage:
    """A plate, as WeasyPrint's document sees it; what it shows is put in its place afterwards."""

    def __init__(self, plate: Plate) -> None:
        self._states, self._tags = plate.states, plate.tags
        self._page_box = plate.page_box
        self.width, self.height = plate.size
        self.bleed = dict.fromkeys(("top", "right", "bottom", "left"), 0)
        self.bookmarks: list[Any] = []
        self.links: list[Any] = []
        self.anchors: dict[str, Any] = {}
        self.forms: dict[Any, list[Any]] = {None: []}

    def paint(self, stream: "Stream", scale: float) -> None:
        """Note what the shared pieces draw with."""
        stream._resources["ExtGState"].update(self._states)
        if self._tags is not None:
            stream._tags.update(self._tags)


class _Master:
    """What the pages of one plate have in common in the file."""

    def __init__(self, pdf: Any, plate: Plate, number: int, structure: Structure | None) -> None:
        self._pdf = pdf
        self._sheet = pdf.objects[number]
        self._copy_structure = structure.copier(self._sheet) if structure is not None else None
        shared = [pydyf.Stream([piece], compress=True) for piece in plate.shared]
        # The stream that WeasyPrint made for this page becomes the first shared piece, so that nothing is left over.
        first = next(it for it in pdf.objects if it.number and it.reference == self._sheet["Contents"])
        first.stream = shared[0].stream
        for stream in shared[1:]:
            pdf.add_object(stream)
        self._shared = [first.reference, *(stream.reference for stream in shared[1:])]
        self._head = b"<</Type /Page/Parent %b/MediaBox %b/Resources %b/Contents [" % (
            self._sheet["Parent"],
            self._sheet["MediaBox"].data,
            self._sheet["Resources"],
        )
        self._is_used = False

    def stamp(self, page: StampedPage) -> int:
        """Put one person's page into the file; returns its number."""
        contents = [self._shared[0]]
        for piece, shared in zip(page.pieces, self._shared[1:], strict=True):
            own = _Own(piece)
            self._pdf.add_object(own)
            contents += [b"%d 0 R" % own.number, shared]
        sheet = self._sheet
        if self._is_used:
            sheet = Written(b"")
            self._pdf.add_object(sheet)
            key = b""
            if self._copy_structure is not None:
                key = b"/Tabs /S/StructParents %d" % self._copy_structure(sheet.number)
            sheet.write(b"%b%b]%b>>" % (self._head, b" ".join(contents), key))
        else:
            self._is_used = True
            sheet["Contents"] = pydyf.Array(contents)
        number: int = sheet.number
        return number


class _Own(pydyf.Stream):  # type: ignore[misc]  # pydyf publishes no types
    """A piece of one person's page."""

    def __init__(self, piece: bytes) -> None:
        super().__init__()
        packed = zlib.compress(piece, _QUICK)
        self._data = b"<</Length %d/Filter /FlateDecode>>\nstream\n%b\nendstream" % (len(packed), packed)

    @property
    def data(self) -> bytes:
        return self._data
