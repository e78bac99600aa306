"""Japan Post's customer barcode (カスタマバーコード): postal code and house number in 67 bars, for sorting machines.

What the post's manual says is followed as far as we know it (its chapters on size, place and extraction). Three rules
are *inferred* from its printed examples, for the text of the supplementary rules was cut off for us: kanji numerals
before 丁目, 丁, 番地, 番, 号, 地割, 線, の become digits; an F behind a number (a floor) separates; a hyphen beside a letter
is left out. And three are *ours*, because the town of a postal code is looked up in no table here: numbers before 条, 番町,
番丁, and kanji numerals in a name (八丁堀, 三の丸, 麻布十番) belong to the town; where a code ends in 00 it may stand for "all
other towns" and gets no barcode. Where a list writes such a name with ordinary figures, the barcode may be wrong: it
then costs the rebate of that letter and leads nobody astray, since people read the address.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from incident_app.notices.rectangles import Rectangle, drawn, path

SMALLEST, LARGEST = 8, 11.5
"""Points; all measures are those of 10 points, scaled."""
CLEAR = 2.0
"""mm that stay white on every side, at any size."""
_WIDTH, _HEIGHT = 79.8, 3.6
"""mm at 10 points: 66 steps of 1.2 and a bar of 0.6; a long bar."""
_NUMBERS = 13
"""Codes for the house number."""
_DIVISOR = 19
_FILLER = "CC4"
_CODES: tuple[str, ...] = (*"0123456789-", "CC1", "CC2", "CC3", "CC4", "CC5", "CC6", "CC7", "CC8")
"""In the order of their check values."""
_BARS = dict(
    zip(
        _CODES,
        [
            "144",
            "114",
            "132",
            "312",
            "123",
            "141",
            "321",
            "213",
            "231",
            "411",
            "414",
            "324",
            "342",
            "234",
            "432",
            "243",
            "423",
            "441",
            "111",
        ],
        strict=True,
    )
)
"""1 long, 2 upper half, 3 lower half, 4 timing."""
_START, _STOP = "13", "31"
_SHAPES = {"1": (0, 36), "2": (0, 24), "3": (12, 24), "4": (12, 12)}
"""Top edge and height of a bar, in tenths of a millimetre at 10 points."""
_STEP, _BAR = 12, 6

_DELETED = str.maketrans("", "", "&/・.;")
_FIGURES = "〇一二三四五六七八九"
_NUMERALS = _FIGURES + "十百千"
_HYPHENS = re.compile("[‐‑‒–—―−]|(?<=[0-9])ー(?=[0-9])")
_WRITTEN_OUT = re.compile(
    f"[{_NUMERALS}]+(?=丁目|番地|地割|号|線|[丁のノ](?=[0-9{_NUMERALS} -]|$))"
    f"|(?<=[地番]の)[{_NUMERALS}]+|(?<=[目丁町字村割線0-9 -])[{_NUMERALS}]+(?=番(?=[0-9{_NUMERALS} -]|$))"
)
_OF_A_TOWN = re.compile("[0-9]+(?=条|番町|番丁)")
_FLOOR = re.compile("(?<=[0-9])F(?![A-Z])")
_LEFT_OUT = re.compile("[A-Z]{2,}|[^0-9A-Z-]")
_BESIDE_A_LETTER = re.compile("-?([A-Z])-?")


def customer_barcode(postal_code: str, address: str) -> str | None:
    """Return the 67 bars of an address, each as 1 to 4; None where no barcode is printed.

    That is without a postal code of seven digits, and with one that ends in 00.
    """
    digits = postal_code.replace("-", "")
    if not re.fullmatch("[0-9]{7}", digits) or digits.endswith("00"):
        return None
    return bars(digits, house_number(address))


def bars(postal_code: str, number: str) -> str:
    """Return the bars of a postal code (seven digits) and a house number as `house_number` returns it."""
    codes = [*postal_code, *_codes(number)]
    return _START + "".join(_BARS[code] for code in (*codes, check_code(codes))) + _STOP


def check_code(codes: Sequence[str]) -> str:
    """Return the code that makes the sum of all check values a multiple of 19."""
    rest = sum(map(_CODES.index, codes)) % _DIVISOR
    return _CODES[-rest]


def house_number(address: str) -> str:
    """Return digits, single letters and hyphens of an address, as the post extracts them; empty where it has none."""
    text = _HYPHENS.sub("-", unicodedata.normalize("NFKC", address).upper().translate(_DELETED))
    text = _WRITTEN_OUT.sub(lambda found: str(_number(found[0])), text)
    text = _FLOOR.sub("-", _OF_A_TOWN.sub("-", text))
    text = re.sub("-+", "-", _LEFT_OUT.sub("-", text)).strip("-")
    return _BESIDE_A_LETTER.sub(r"\1", text)


def size_of(points: float) -> tuple[float, float]:
    """Return width and height in mm, without what stays white around them."""
    return _WIDTH * points / 10, _HEIGHT * points / 10


def rectangles(barcode: str) -> Iterator[Rectangle]:
    """Yield the bars as they are drawn, in tenths of a millimetre at 10 points."""
    for place, kind in enumerate(barcode):
        top, height = _SHAPES[kind]
        yield place * _STEP, top, _BAR, height


def commands(barcode: str) -> bytes:
    """Return the PDF commands that fill the bars."""
    return b"".join(_DRAWN[place][kind] for place, kind in enumerate(barcode)) + b"f"


def picture(barcode: str) -> Markup:
    """Return the bars as an SVG picture; the text above says the same, so screen readers pass it over."""
    svg = Markup(
        '<svg class="barcode" viewBox="0 0 {} {}" role="img"><title>カスタマバーコード</title><path d="{}"/></svg>'
    )
    return svg.format(round(_WIDTH * 10), round(_HEIGHT * 10), path(rectangles(barcode)))


def _codes(number: str) -> list[str]:
    """Return the 13 codes of a house number: a letter takes two, what is too long is cut."""
    codes: list[str] = []
    for sign in number:
        if sign.isalpha():
            tens, ones = divmod(ord(sign) - ord("A"), 10)
            codes += [f"CC{tens + 1}", str(ones)]
        else:
            codes.append(sign)
    return (codes + [_FILLER] * _NUMBERS)[:_NUMBERS]


def _number(numerals: str) -> int:
    """Return the number that kanji write, either by place (一〇五) or by tens (百五)."""
    if not set(numerals) & set("十百千"):
        return int("".join(str(_FIGURES.index(sign)) for sign in numerals))
    total = waiting = 0
    for sign in numerals:
        if sign in _FIGURES:
            waiting = _FIGURES.index(sign)
        else:
            total += (waiting or 1) * {"十": 10, "百": 100, "千": 1000}[sign]
            waiting = 0
    return total + waiting


_DRAWN = [
    {kind: drawn((place * _STEP, top, _BAR, height)) for kind, (top, height) in _SHAPES.items()}
    for place in range(67)
]
