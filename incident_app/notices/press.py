"""Letters by the hundred thousand, in print runs that a printer takes whole.

What all letters of a kind share is laid out once by WeasyPrint and drawn once in a run; of each letter only what is
the person's own is drawn. Whoever does not fit that (a name longer than its line, a template that writes the name into
a sentence) is laid out like any document, and stands in the same run at the same place.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from incident_app.notices.catalogue import Template
from incident_app.notices.composing import Composer, Type
from incident_app.notices.fields import fill
from incident_app.notices.fonts import missing_glyphs
from incident_app.notices.imposition import StampedPage, write_run
from incident_app.notices.japanese import HONORIFICS
from incident_app.notices.marks import MARKS
from incident_app.notices.rectangles import outlines
from incident_app.notices.render import laid_out, print_lock, render
from incident_app.notices.stamping import Copy, PersonalLine, Plate, make_plate

if TYPE_CHECKING:
    from weasyprint.document import Document

LETTERS_PER_RUN = 1_000
_SINGLE, _LISTS = ("name", "guardian", "postal_code", "reference", "sequence"), ("address_lines", "items")
# Together with one of these a sign makes a word that no office writes; of two lengths, to find what moves.
_SIGNS = "鶴亀龍鷲鯨鰻鮪鰹鶏鷹鴨鳩蜂蝶蛍蟹貝狐狸猫犬馬羊猿熊狼"
_ONE, _OTHER = "壱弐", "参肆伍"
_BETWEEN = "\x00"
_CHANGED_BY_HTML = re.compile(
    r"(?:^|\x00)\s|\s(?:$|\x00)|[\t\r\n\f]|  |[\u0590-\u08ff\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
).search
_ENDS_IN_HONORIFIC = re.compile(f"(?:{'|'.join(HONORIFICS)})$").search
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
    """All letters that differ in nothing but the values of their lines, and the code."""

    plates: Sequence[Plate]
    digest: str
    document: "Document"
    """Without its pages."""


@dataclass(slots=True)
class Press:
    """The press for one notice."""

    template: Template
    sheet: Mapping[str, Any]
    """What everybody's copy shares."""
    header: str = ""
    """What stands at the top of every page, such as 見本; see `render.render`."""
    tagged: bool = False
    """For readers on a screen (PDF/UA-1), with an element for everything on each letter; paper needs none."""
    _kinds: dict[tuple[object, ...], _Kind | None] = field(default_factory=dict)
    _cases: dict[PersonalLine, Type] = field(default_factory=dict)
    _fonts: dict[Any, Any] = field(default_factory=dict)
    """WeasyPrint's, with the glyphs of all plates; a face is read from disk once."""

    def is_set_for(self, sheet: Mapping[str, Any]) -> bool:
        """Tell whether another sheet says the same to everybody, as far as this template prints it."""
        nobody: Personal = {"individual": {}}
        one, other = (fill(self.template, {**each, **nobody}).values for each in (self.sheet, sheet))
        return one == other

    def print_run(self, letters: Sequence[Personal], *, title: str) -> Run:
        """Print letters into one file, each beginning on a page of its own.

        Raises ValueError for more than LETTERS_PER_RUN, OutsideRequest for a template that asks for a file.
        """
        if len(letters) > LETTERS_PER_RUN:
            raise ValueError(f"a run holds at most {LETTERS_PER_RUN} letters, not {len(letters)}")
        with print_lock:
            return self._print(letters, title)

    def _print(self, letters: Sequence[Personal], title: str) -> Run:
        # All plates first: with them come the faces that a run begins with.
        kinds = [self._kind_of(letter) for letter in letters]
        composer = Composer(self._cases, self._fonts)
        pages: list[Any] = []
        made: list[PrintedLetter | None] = []
        document: Document | None = None
        for letter, kind in zip(letters, kinds, strict=True):
            values = _values(letter)
            if missing_glyphs("".join(values)):
                made.append(None)
                continue
            own = _stamped(kind, composer, values, _marks(letter)) if kind is not None else None
            if kind is not None and own is not None:
                made.append(PrintedLetter(len(own), _digest(kind.digest, *values), stamped=True))
                document = document or kind.document
                pages += own
            else:
                html = self._html(letter)
                laid = laid_out(html)
                made.append(PrintedLetter(len(laid.pages), _digest(html), stamped=False))
                document = document or laid
                pages += laid.pages
        if document is None:
            return Run(b"", made)
        composer.note_lines()
        return Run(write_run(document, pages, composer, title, tagged=self.tagged), made)

    def _html(self, personal: Personal) -> str:
        return render(
            self.template, fill(self.template, {**self.sheet, "individual": personal}), header=self.header
        ).html

    def _kind_of(self, letter: Personal) -> _Kind | None:
        """Return the plates for letters of this shape; None when they, or this one, cannot be stamped."""
        if not _may_be_stamped(_values(letter)):
            return None
        shape = (
            *[bool(letter.get(name)) for name in _SINGLE],
            *[len(letter[name]) for name in _LISTS],
            letter.get("honorific"),
            *[len(letter.get(mark.field) or "") for mark in MARKS],
        )
        if shape not in self._kinds:
            self._kinds[shape] = self._make_kind(letter)
        return self._kinds[shape]

    def _make_kind(self, letter: Personal) -> _Kind | None:
        count = len(_values(letter))
        if count > len(_SIGNS):
            return None
        documents, copies, digest = [], [], ""
        for length, which in ((_ONE, 0), (_OTHER, 1)):
            words = [length + sign for sign in _SIGNS[:count]]
            stand_in = _with_values(letter, words)
            folded = {}
            for mark in MARKS:
                if letter.get(mark.field):
                    stand_in[mark.field] = mark.stand_ins(letter[mark.field])[which]
                    folded[mark.name] = outlines(mark.rectangles(stand_in[mark.field]))
            html = self._html(stand_in)
            digest = digest or _digest(html)
            documents.append(laid_out(html))
            found = {word: at for at, word in enumerate(words)}
            copies.append([Copy(page, found, folded) for page in documents[-1].pages])
        plates = [
            make_plate(one, other, self._fonts, tagged=self.tagged)
            for one, other in zip(*copies, strict=False)
        ]
        if len(copies[0]) != len(copies[1]) or not all(plates):
            return None
        return _Kind([plate for plate in plates if plate is not None], digest, documents[0].copy([]))


def _stamped(
    kind: _Kind, composer: Composer, values: Sequence[str], marks: Mapping[bytes, bytes]
) -> list[StampedPage] | None:
    """Return the pages of one person; None when a value does not fit its line."""
    pages = []
    for plate in kind.plates:
        pieces = []
        for group in plate.personal:
            parts = []
            for part in group:
                if isinstance(part, PersonalLine):
                    line = composer.line(part, values)
                    if line is None:
                        return None
                    parts.append(line)
                else:
                    parts.append(marks.get(part, part))
            pieces.append(b"\n".join(parts))
        pages.append(StampedPage(plate, pieces))
    return pages


def _marks(letter: Personal) -> dict[bytes, bytes]:
    """Return how each mark of a letter is drawn, by its name."""
    return {mark.name: mark.commands(letter[mark.field]) for mark in MARKS if letter.get(mark.field)}


def _values(letter: Personal) -> list[str]:
    """Return what may stand in a line of its own, in a fixed order."""
    single = [str(letter.get(name) or "") for name in _SINGLE]
    return single + [str(value) for name in _LISTS for value in letter[name]]


def _with_values(letter: Personal, values: Sequence[str]) -> dict[str, Any]:
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
    return not any(map(_ENDS_IN_HONORIFIC, values[:2])) and not _CHANGED_BY_HTML(_BETWEEN.join(values))


def _digest(*words: str) -> str:
    return hashlib.sha256(_BETWEEN.join(words).encode()).hexdigest()
