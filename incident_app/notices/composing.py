"""Composing a person's lines from type: a sign that WeasyPrint drew once is set by its glyph afterwards.

Laying out a line takes Pango fifty microseconds, putting it together five. Only what is sure to come out the same is
composed: signs that stood side by side before, and moved each other as they did then (two ideographs never do).
Anything else is drawn by WeasyPrint, and learned from.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from incident_app.notices.fonts import look_alikes
from incident_app.notices.stamping import PersonalLine, as_bytes, new_stream

if TYPE_CHECKING:
    from weasyprint.pdf.stream import Stream

_SLACK = 0.5
"""CSS pixels that a line keeps from the edge of its box: whoever is nearer is laid out, not stamped."""
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "ぁ-ゖァ-ヺ"
_JAPANESE = re.compile(f"[{_HAN}々〆〇{_KANA}ー〒\u3000（） 0-9０-９－-]*").fullmatch
_MIXED = re.compile(f"[{_HAN}々〆〇{_KANA}A-Za-z0-9 -]*").fullmatch
_LATIN = re.compile("(?:^[0-9 -]+)?[A-Za-z][A-Za-z0-9 -]*")
# To Pango a figure belongs to the script before it (UAX 24), and Latin figures have other glyphs: other names too.
_LATIN_FIGURES = {ord(sign): 0xF0000 + ord(sign) for sign in "0123456789 -"}
_FIGURES = {alias: plain for plain, alias in _LATIN_FIGURES.items()}
_JOIN = re.compile(f"[{_HAN}]+").sub
_EACH = re.compile(f"[{_HAN}]").sub
_ONE_FOR_ALL = "漢"
_HEAD = re.compile(rb"/(\w+) ([0-9.]+) Tf").fullmatch
_SHOWN = re.compile(rb"\[([^\]]+)\] TJ").fullmatch
_GLYPHS_AND_MOVES = re.compile(rb"<([0-9a-f]+)>|(-?[0-9.]+)").findall
_DIGITS = 4
"""Of a glyph's number."""


@dataclass(slots=True)
class Type:
    """What is known of the signs in one line of the letter."""

    head: bytes = b""
    """Chooses face and size."""
    face: str = ""
    size: float = 0
    glyphs: dict[str, str] = field(default_factory=dict)
    widths: dict[str, float] = field(default_factory=dict)
    """In thousandths of the size."""
    still: set[tuple[str, str]] = field(default_factory=set)
    """Neighbours that do not move each other; one sign stands for all ideographs."""
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    """How far the second is drawn back, in thousandths of the size."""
    unsteady: set[str] = field(default_factory=set)
    """Signs that came out differently the next time."""

    def learn(self, signs: str, commands: bytes, fonts: Mapping[Any, Any]) -> None:
        """Take note of a line that WeasyPrint drew, if it can be taken apart into its signs."""
        head, _, shown = commands.rpartition(b"\n")
        chosen, inside = _HEAD(head), _SHOWN(shown)
        if not chosen or not inside or self.head not in (b"", head):
            return
        glyphs, moves = _taken_apart(inside[1])
        if len(glyphs) != len(signs):
            return  # ligatures, variants of a sign
        self.head, self.face, self.size = head, chosen[1].decode(), float(chosen[2])
        widths = next(font.widths for font in fonts.values() if font.hash == self.face)
        for sign, glyph in zip(signs, glyphs, strict=True):
            if self.glyphs.get(sign, glyph) != glyph:
                self.unsteady.add(sign)
            self.glyphs[sign] = glyph
            self.widths[sign] = widths[int(glyph, 16)]
        for sign in self.unsteady:
            self.glyphs.pop(sign, None)
        for pair, move in zip(pairwise(_EACH(_ONE_FOR_ALL, signs)), moves, strict=False):
            if move:
                self.moved[pair] = move
            else:
                self.still.add(pair)

    def set(self, signs: str) -> tuple[str, float] | None:
        """Return the line as it stands in a TJ command, and its width; None if something in it is not known."""
        try:
            glyphs = [self.glyphs[sign] for sign in signs]
            width = sum([self.widths[sign] for sign in signs])
        except KeyError:
            return None
        if self.still.issuperset(pairwise(_JOIN(_ONE_FOR_ALL, signs))):
            return "".join(glyphs), width * self.size / 1000
        pairs = [*pairwise(_EACH(_ONE_FOR_ALL, signs))]
        if not all(pair in self.still or pair in self.moved for pair in pairs):
            return None
        moves = [self.moved.get(pair, 0) for pair in pairs]
        shown = [f"{glyph}>{move}<" if move else glyph for glyph, move in zip(glyphs, moves, strict=False)]
        return "".join([*shown, glyphs[-1]]), (width - sum(moves)) * self.size / 1000


class Composer:
    """Sets the lines of one run, and notes which glyphs its file has to hold."""

    def __init__(self, cases: dict[PersonalLine, Type], fonts: Mapping[Any, Any]) -> None:
        """`fonts` are those of the plates, with the glyphs of what all share."""
        # Embedding a font changes it: these are the run's own.
        self.fonts = {key: _copied(font, font.to_unicode, font.widths) for key, font in fonts.items()}
        """With all glyphs of the run, when the lines have been noted."""
        self._late = {key: _copied(font, {}, {}) for key, font in fonts.items()}
        self._cases = cases
        self._lines: dict[tuple[PersonalLine, str], bytes | None] = {}
        self._used: dict[PersonalLine, set[str]] = defaultdict(set)

    def line(self, line: PersonalLine, values: Sequence[str]) -> bytes | None:
        """Return the commands that show a person's value in its line; None when it is wider than the line."""
        key = line, line.text(values)
        if key not in self._lines:
            self._lines[key] = self._composed(*key)
        return self._lines[key]

    def note_lines(self) -> None:
        """Note what the composed lines are written with, when all are set."""
        for line, signs in self._used.items():
            known = self._cases[line]
            font = next(font for font in self.fonts.values() if font.hash == known.face)
            for sign in signs:
                glyph = int(known.glyphs[sign], 16)
                font.to_unicode[glyph] = sign.translate(_FIGURES)
                font.widths[glyph] = known.widths[sign]
        for key, late in self._late.items():
            font = self.fonts.setdefault(key, late)
            font.to_unicode = late.to_unicode | font.to_unicode
            font.widths = late.widths | font.widths

    def _composed(self, line: PersonalLine, text: str) -> bytes | None:
        known = self._cases.setdefault(line, Type())
        signs = _signs_of(text)
        found = known.set(signs) if signs is not None else None
        # Widths are rounded: who is near the edge is measured by Pango.
        if signs is None or found is None or found[1] > line.room - 2 * _SLACK:
            return self._drawn(line, known, text, signs)
        self._used[line].update(signs)
        return b"%b\n[<%b>] TJ" % (known.head, found[0].encode())

    def _drawn(self, line: PersonalLine, known: Type, text: str, signs: str | None) -> bytes | None:
        if not look_alikes().isdisjoint(text):
            return self._with_its_meaning(line, text)
        commands = draw_line(new_stream(self.fonts), line, text)
        if commands is not None and signs is not None:
            known.learn(signs, commands, self.fonts)
        return commands

    def _with_its_meaning(self, line: PersonalLine, text: str) -> bytes | None:
        """Draw a line and say what it reads: in one file a glyph means one sign, and here it stands for another."""
        commands = draw_line(new_stream(self._late), line, text)
        meant = text.encode("utf-16-be").hex().encode()
        return commands and b"/Span <</ActualText <FEFF%b>>> BDC\n%b\nEMC" % (meant, commands)


def draw_line(stream: "Stream", line: PersonalLine, text: str) -> bytes | None:
    """Return the commands that show a text in the place of a stand-in, as WeasyPrint writes them; None if too wide.

    Glyphs and widths are noted with the stream's fonts, which are embedded later.
    """
    from weasyprint.draw.text import draw_first_line
    from weasyprint.matrix import Matrix
    from weasyprint.text.line_break import create_layout, line_size

    layout = create_layout(text, line.style, None, None, 0)
    width, _ = line_size(layout.get_first_line()[0], line.style)
    if width > line.room - _SLACK:
        return None
    box = SimpleNamespace(text=text, style=line.style, pango_layout=layout)
    if draw_first_line(stream, box, "clip", "none", Matrix()):
        return None  # a picture among the letters
    commands = [as_bytes(command) for command in stream.stream[1:]]  # the first says where
    if len(commands) > 2:  # noqa: PLR2004 - more than one face: the line after it expects the first one
        commands.append(commands[0])
    return b"\n".join(commands)


def _copied(font: Any, to_unicode: Mapping[int, str], widths: Mapping[int, int]) -> Any:
    copied = copy(font)
    copied.to_unicode, copied.widths = dict(to_unicode), dict(widths)
    return copied


def _taken_apart(shown: bytes) -> tuple[list[str], list[int]]:
    """Return the glyphs of a TJ command, and after each how far the next is drawn back; nothing for placed marks."""
    glyphs: list[str] = []
    moves: list[int] = []
    for digits, move in _GLYPHS_AND_MOVES(shown):
        if digits:
            found = [digits[at : at + _DIGITS].decode() for at in range(0, len(digits), _DIGITS)]
            glyphs += found
            moves += [0] * len(found)
        elif b"." in move or not moves:
            return [], []
        else:
            moves[-1] += int(move)
    return glyphs, moves


def _signs_of(text: str) -> str | None:
    """Return a text with other names for figures among Latin letters; None when it cannot be composed."""
    if _JAPANESE(text):
        return text
    if _MIXED(text):
        return _LATIN.sub(lambda found: found[0].translate(_LATIN_FIGURES), text)
    return None
