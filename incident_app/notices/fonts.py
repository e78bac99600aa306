"""The three faces that documents are printed with, from installed packages and never from the machine.

WeasyPrint would quietly take any other font of the machine for a character that ours lack, or drop an
unsupported variation selector. A name printed wrongly on an apology is a second injury, so both stop here.
"""

import atexit
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from incident_app.domain.errors import Refused

if TYPE_CHECKING:
    from uharfbuzz import Face  # type: ignore[import-untyped]  # publishes no types
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

_IDEOGRAPHIC_VARIANT = re.compile("(.)([\ufe00-\ufe0f\U000e0100-\U000e01ef])", re.DOTALL)
_SELECTORS = {chr(point) for point in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))}
_RADICALS = {chr(point) for point in range(0x2E80, 0x2FE0)}
_LINE_BREAKS = frozenset("\n\r\t")


class GlyphMissing(Refused):
    """The fonts cannot print these characters. Names code points only, not whose name they stand in."""

    def __init__(self, chars: Sequence[str]) -> None:
        points = "、".join(" ".join(f"U+{ord(point):04X}" for point in char) for char in chars)
        super().__init__(
            f"印刷できない文字があります（{points}）。代わりの表記を決めてください。",
            f"The fonts cannot print {points}. Decide how to write it instead.",
        )
        self.chars = tuple(chars)


def faces() -> tuple[Path, Path, Path]:
    """Return the font files: Gothic (sans), Mincho (serif), and the bold Gothic that serves both.

    Raises ModuleNotFoundError when a font package is not installed.
    """
    regular, bold = Path(str(files("pylopdf_fonts_jp"))), Path(str(files("noto_cjk_sans_jp_bold")))
    return (
        regular / "NotoSansJP-Regular.otf",
        regular / "NotoSerifJP-Regular.otf",
        bold / "NotoSansCJKjp-Bold.otf",
    )


@cache
def typefaces() -> tuple["FontConfiguration", "CSS"]:
    """Return the font configuration and the @font-face rules that all documents of this process share.

    Made once: WeasyPrint copies the font files, and forgets nothing, at every new configuration.
    """
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    sans, serif, bold = faces()
    rules = [
        _face("Incident Gothic", "normal", sans),
        _face("Incident Gothic", "bold", bold),
        _face("Incident Mincho", "normal", serif),
        _face("Incident Mincho", "bold", bold),  # else Pango would smear the regular face into a false bold
    ]
    configuration = FontConfiguration()
    atexit.register(_put_away, configuration)
    fetcher = URLFetcher(allowed_protocols=["file"], fail_on_errors=True)
    return configuration, CSS(string="\n".join(rules), font_config=configuration, url_fetcher=fetcher)


def _put_away(configuration: "FontConfiguration") -> None:
    """Delete WeasyPrint's copies of the faces while the program can still do so; at the very end it cannot."""
    if configuration._folder is not None:
        rmtree(configuration._folder, ignore_errors=True)
        configuration._folder = None


def refuse_missing_glyphs(page: str) -> None:
    """Raise GlyphMissing if the HTML page holds a character, or a variant of one, that no face has."""
    if missing := missing_glyphs(html.unescape(page)):
        raise GlyphMissing(missing)


def missing_glyphs(text: str) -> list[str]:
    """Return the characters of a text, and the variants of one, that no face has."""
    characters, variants = _repertoire()
    if characters.issuperset(text):
        return []
    asked = set(_IDEOGRAPHIC_VARIANT.findall(text))
    plain = set(_IDEOGRAPHIC_VARIANT.sub(r"\1", text)) - _LINE_BREAKS
    return sorted(plain - characters) + sorted("".join(pair) for pair in asked - variants)


@cache
def look_alikes() -> frozenset[str]:
    """Return the characters that some face draws with the glyph of another, more usual one.

    A file says of a glyph only once what it means: U+F98A drawn like U+529B would be read as the latter.
    """
    from uharfbuzz import Font

    found: set[str] = set()
    for face in _opened():
        font = Font(face)
        drawn_alike: dict[int, list[str]] = {}
        for point in face.unicodes:
            drawn_alike.setdefault(font.get_nominal_glyph(point), []).append(chr(point))
        for signs in drawn_alike.values():
            found.update(sorted(signs, key=_how_unusual)[1:])
    return frozenset(found)


def _how_unusual(sign: str) -> tuple[bool, bool, str]:
    is_made_for_old_codes = unicodedata.normalize("NFKC", sign) != sign or sign in _RADICALS
    return not "\u3000" <= sign <= "\u30ff", is_made_for_old_codes, sign


@cache
def _repertoire() -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Return the characters, and the (character, selector) pairs, that the faces can draw between them."""
    characters: set[str] = set()
    variants: set[tuple[str, str]] = set()
    for face in _opened():
        characters.update(map(chr, face.unicodes))
        for selector in face.variation_selectors:
            variants |= {(chr(point), chr(selector)) for point in face.variation_unicodes(selector)}
    return frozenset(characters - _SELECTORS), frozenset(variants)


def _opened() -> "Iterator[Face]":
    from uharfbuzz import Blob, Face

    for path in faces():
        yield Face(Blob.from_file_path(path))


def _face(family: str, weight: str, file: Path) -> str:
    source = f"font-family: '{family}'; font-weight: {weight}; src: url('{file.as_uri()}')"
    return f"@font-face {{ {source} }}"
