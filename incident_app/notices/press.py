"""Letters by the hundred thousand, in print runs that a printer takes whole.

What all letters of a kind share is laid out once by WeasyPrint and drawn once in a run; of each letter only the lines
that hold the person's own values are drawn. Whoever does not fit that (a name longer than its line, a template that
writes the name into a sentence) is laid out like any document, and stands in the same run at the same place.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from incident_app.notices.catalogue import Template
from incident_app.notices.fields import fill
from incident_app.notices.fonts import GlyphMissing, refuse_missing_glyphs
from incident_app.notices.japanese import HONORIFICS
from incident_app.notices.render import laid_out, print_lock, render
from incident_app.notices.stamping import PersonalLine, Plate, draw_line, make_plate, new_stream

if TYPE_CHECKING:
    from weasyprint.document import Document
    from weasyprint.pdf.stream import Stream

LETTERS_PER_RUN = 1_000
_SINGLE, _LISTS = ("name", "guardian", "postal_code", "reference", "sequence"), ("address_lines", "items")
# Together with one of these a sign makes a word that no office writes; of two lengths, to find what moves.
_SIGNS = "鶴亀龍鷲鯨鰻鮪鰹鶏鷹鴨鳩蜂蝶蛍蟹貝狐狸猫犬馬羊猿熊狼"
_ONE, _OTHER = "壱弐", "参肆伍"
_CHANGED_BY_HTML = re.compile(
    r"^\s|\s$|[\t\r\n\f]|  |[\u0590-\u08ff\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
).search
Personal = Mapping[str, Any]
"""What stands in one person's copy alone: the sheet that templates find under `individual`."""


@dataclass(frozen=True, slots=True)
class PrintedLetter:
    """What became of one letter of a run."""

    pages: int
    sha256: str
    """Digest of what stands on it."""
    stamped: bool
    """False: laid out by itself."""


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """A print run. Shows no content (no repr)."""

    pdf: bytes
    letters: Sequence[PrintedLetter | None]
    """In the order they were given; None for a letter that holds a character which no face has: it is not printed."""


@dataclass(slots=True)
class _Kind:
    """All letters that differ in nothing but the values of their lines."""

    plates: Sequence[Plate]
    digest: str
    document: "Document"


@dataclass(slots=True)
class Press:
    """The press for one notice."""

    template: Template
    sheet: Mapping[str, Any]
    """What everybody's copy shares."""
    _kinds: dict[tuple[object, ...], _Kind | None] = field(default_factory=dict)

    def print_run(self, letters: Sequence[Personal], *, title: str) -> Run:
        """Print letters into one file, each beginning on a page of its own.

        Raises ValueError for more than LETTERS_PER_RUN, OutsideRequest for a template that asks for a file.
        """
        if len(letters) > LETTERS_PER_RUN:
            raise ValueError(f"a run holds at most {LETTERS_PER_RUN} letters, not {len(letters)}")
        with print_lock:
            return self._print(letters, title)

    def _print(self, letters: Sequence[Personal], title: str) -> Run:
        setting = _Setting()
        pages: list[Any] = []
        made: list[PrintedLetter | None] = []
        document: Document | None = None
        for letter in letters:
            values = _values(letter)
            try:
                refuse_missing_glyphs("".join(values))
            except GlyphMissing:
                made.append(None)
                continue
            kind = self._kind_of(letter) if _may_be_stamped(values) else None
            own = setting.stamped(kind, values) if kind is not None else None
            if kind is not None and own is not None:
                made.append(PrintedLetter(len(own), _digest(kind.digest, *values), stamped=True))
                document = document or kind.document
                pages += own
            else:
                html = render(self.template, fill(self.template, self._of(letter)), header="").html
                laid = laid_out(html)
                made.append(PrintedLetter(len(laid.pages), _digest(html), stamped=False))
                document = document or laid
                pages += laid.pages
        if document is None:
            return Run(b"", made)
        whole = document.copy(pages)
        whole.fonts = setting.fonts
        whole.metadata.title = title
        return Run(whole.write_pdf(finisher=_share), made)

    def _of(self, personal: Personal) -> Mapping[str, Any]:
        return {**self.sheet, "individual": personal}

    def _kind_of(self, letter: Personal) -> _Kind | None:
        """Return the plates for letters of this shape; None when they cannot be stamped."""
        shape = (
            *(bool(letter.get(name)) for name in _SINGLE),
            *(len(letter[name]) for name in _LISTS),
            letter.get("honorific"),
        )
        if shape not in self._kinds:
            self._kinds[shape] = self._make_kind(letter)
        return self._kinds[shape]

    def _make_kind(self, letter: Personal) -> _Kind | None:
        count = len(_values(letter))
        if count > len(_SIGNS):
            return None
        words = [[length + sign for sign in _SIGNS[:count]] for length in (_ONE, _OTHER)]
        html = [
            render(self.template, fill(self.template, self._of(_with_values(letter, w))), header="").html
            for w in words
        ]
        one, other = (laid_out(page) for page in html)
        stand_ins = [{word: at for at, word in enumerate(w)} for w in words]
        plates = [make_plate(a, b, *stand_ins) for a, b in zip(one.pages, other.pages, strict=False)]
        if len(one.pages) != len(other.pages) or not all(plates):
            return None
        return _Kind([plate for plate in plates if plate is not None], _digest(html[0]), one)


class _Setting:
    """What is set for one run: the fonts with the glyphs that it uses, and each line that was drawn already."""

    def __init__(self) -> None:
        self.fonts: dict[Any, Any] = {}
        self.noted: set[int] = set()
        """Plates whose shared part has told this run's document which fonts and states it uses."""
        self._stream = new_stream(self.fonts)
        self._drawn: dict[tuple[int, str], bytes | None] = {}

    def stamped(self, kind: _Kind, values: Sequence[str]) -> "list[_StampedPage] | None":
        """Return the pages of one person; None when a value does not fit its line."""
        pages = []
        for plate in kind.plates:
            pieces = []
            for group in plate.personal:
                parts = [part if isinstance(part, bytes) else self._line(part, values) for part in group]
                whole = [part for part in parts if part is not None]
                if len(whole) < len(parts):
                    return None
                pieces.append(b"\n".join(whole))
            pages.append(_StampedPage(self, plate, pieces))
        return pages

    def _line(self, line: PersonalLine, values: Sequence[str]) -> bytes | None:
        key = id(line), line.text(values)
        if key not in self._drawn:
            self._drawn[key] = draw_line(self._stream, line, key[1])
        return self._drawn[key]


class _StampedPage:
    """One person's page, as WeasyPrint's document sees it."""

    def __init__(self, setting: _Setting, plate: Plate, pieces: Sequence[bytes]) -> None:
        self.plate = plate
        self.pieces = pieces
        self._setting = setting
        page = plate.page
        self.width, self.height, self.bleed = page.width, page.height, page.bleed
        self.bookmarks: list[Any] = []
        self.links: list[Any] = []
        self.anchors: dict[str, Any] = {}
        self.forms: dict[Any, list[Any]] = {None: []}

    def paint(self, stream: "Stream", scale: float) -> None:
        """Put in the first of this person's pieces; `_share` adds the others, and what all share."""
        if id(self.plate) not in self._setting.noted:
            self._setting.noted.add(id(self.plate))
            self.plate.page.paint(stream.clone(), scale)
        stream.stream = list(self.pieces[:1])


def _share(document: "Document", pdf: Any) -> None:
    """Let each stamped page show the shared pieces and its own in turn."""
    from pydyf import Array, Stream  # type: ignore[import-untyped]  # publishes no types

    shared: dict[int, list[Any]] = {}
    for page, number in zip(document.pages, pdf.pages["Kids"][::3], strict=True):
        if not isinstance(page, _StampedPage):
            continue
        if id(page.plate) not in shared:
            shared[id(page.plate)] = [Stream([piece], compress=True) for piece in page.plate.shared]
            for stream in shared[id(page.plate)]:
                pdf.add_object(stream)
        first, *others = shared[id(page.plate)]
        sheet = pdf.objects[number]
        contents = [first.reference]
        own = sheet["Contents"]
        for place, stream in enumerate(others):
            if place:
                piece = Stream([page.pieces[place]])
                pdf.add_object(piece)
                own = piece.reference
            contents += [own, stream.reference]
        sheet["Contents"] = Array(contents)


def _values(letter: Personal) -> list[str]:
    """Return what may stand in a line of its own, in a fixed order."""
    single = [str(letter.get(name) or "") for name in _SINGLE]
    return single + [str(value) for name in _LISTS for value in letter[name]]


def _with_values(letter: Personal, values: Sequence[str]) -> Personal:
    """Return a letter of the same shape with other values; what is empty stays empty."""
    changed = dict(letter)
    for at, name in enumerate(_SINGLE):
        changed[name] = values[at] if letter.get(name) else letter.get(name)
    at = len(_SINGLE)
    for name in _LISTS:
        count = len(letter[name])
        changed[name] = list(values[at : at + count])
        at += count
    return changed


def _may_be_stamped(values: Sequence[str]) -> bool:
    """Leave out what HTML or a template would change: blanks that fall together, a name with its 様."""
    return not any(value.endswith(HONORIFICS) for value in values[:2]) and not any(
        map(_CHANGED_BY_HTML, values)
    )


def _digest(*words: str) -> str:
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()
