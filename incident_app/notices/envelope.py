"""The envelope that letters go into: what shows through its window wherever the folded sheet lies, and what may show.

The sheet is narrower and lower than its envelope and slides in it, to the right and downwards, by at most the slack.
What always shows is the window less the slack; what may show is all that the window can ever stand before. Makers quote
a window as width x height, from the left, from the bottom, with the flap up. There is no standard position, so every
office prints the trial sheet and holds it up to the light. All measures are millimetres, those of the barcode points.
"""

from dataclasses import dataclass, fields
from functools import cache

from incident_app.domain.errors import Refused
from incident_app.notices import barcode

SHEET_WIDTH, SHEET_HEIGHT = 210.0, 297.0
_MARGIN = 22.0
"""Left and right of what a letter says; see letter.css."""
_ADDRESS_WIDTH, _ADDRESS_HEIGHT = 65.0, 24.0
"""Twenty signs of nine points; postal code, two lines, a name and a number (japanese.window_lines, letter.css)."""
_SENDER_WIDTH = 45.0
_BESIDE, _BELOW = 5.0, 3.0
"""Between what may show and the words beside and below it."""
_EDGE = 10.0
"""A barcode keeps this far from the edges of the envelope."""
_LARGEST = 400.0
_FEW_LINES = 2
_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope for a sheet of A4, its window, and the barcode that is to show through it."""

    env_w: float = 235
    env_h: float = 120
    win_w: float = 90
    win_h: float = 45
    from_left: float = 20
    from_top: float = 18
    fold: float = 99
    """Height of the folded sheet."""
    slack_x: float = 25
    slack_y: float = 21
    """How far the folded sheet can slide."""
    barcode: float = 0
    """Points of the customer barcode; 0 for none."""

    @property
    def safe(self) -> tuple[float, float]:
        """Width and height of what always shows; it begins at the window's own left and top."""
        return self.win_w - self.slack_x, self.win_h - self.slack_y

    @property
    def beside(self) -> float:
        """Where, from the left edge of the sheet, words may stand beside the window."""
        return self.from_left + self.win_w + _BESIDE

    @property
    def below(self) -> float:
        """Where, from the top edge of the sheet, the letter may begin."""
        return self.from_top + self.win_h + _BELOW

    @property
    def measures(self) -> str:
        """The variables that letter.css is written with."""
        width, height = self.safe
        bars = barcode.size_of(self.barcode)[0]
        named = {
            "window-left": self.from_left,
            "window-top": self.from_top,
            "address-width": width,
            "address-height": height,
            "beside-window": self.beside,
            "below-window": self.below,
            "barcode-width": bars,
        }
        return " ".join(f"--{name}: {value:g}mm;" for name, value in named.items())

    def has_room_for_barcode(self, lines: int, *, guardian: bool) -> bool:
        """Tell whether the barcode shows, with what stays white around it, below so many lines of address."""
        height = _address_height(lines, guardian=guardian) + self.barcode_height
        return bool(self.barcode) and height <= self.safe[1]

    @property
    def barcode_height(self) -> float:
        """What the barcode takes, with what stays white above and below it."""
        return barcode.size_of(self.barcode)[1] + 2 * barcode.CLEAR


class EnvelopeMistake(Refused):
    """No letter can be printed for this envelope; says what to change."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(f"INCIDENT_ENVELOPE: {ja}", f"INCIDENT_ENVELOPE: {en}")


COMMON = Envelope()
"""長形3号 with the common window of 90 x 45; a sheet folded in three."""


@cache
def read_envelope(words: str) -> Envelope:
    """Read "name=number, …"; what is not named is as in COMMON, but a slack follows from the sizes.

    `from_bottom` may stand in place of `from_top`. Raises EnvelopeMistake.
    """
    said = _said(words)
    sizes = {name: said.get(name, getattr(COMMON, name)) for name in _NAMES}
    if "from_bottom" in said:
        said["from_top"] = sizes["env_h"] - sizes["win_h"] - said.pop("from_bottom")
    said.setdefault("slack_x", sizes["env_w"] - SHEET_WIDTH)
    said.setdefault("slack_y", sizes["env_h"] - sizes["fold"])
    envelope = Envelope(**said)
    _check_window(envelope)
    _check_barcode(envelope)
    return envelope


_NAMES = tuple(field.name for field in fields(Envelope))


def _said(words: str) -> dict[str, float]:
    said = {}
    for part in filter(None, map(str.strip, words.split(","))):
        name, _, number = map(str.strip, part.partition("="))
        if name not in (*_NAMES, "from_bottom"):
            known = ", ".join((*_NAMES, "from_bottom"))
            raise EnvelopeMistake(
                f"「名前=数値」をコンマで区切って書いてください。名前は {known} です。",
                f"write name=number with commas between; the names are {known}.",
            )
        said[name] = _number(name, number)
    return said


def _number(name: str, words: str) -> float:
    try:
        number = float(words)
    except ValueError:
        number = -1
    if not 0 <= number <= _LARGEST:
        raise EnvelopeMistake(
            f"{name} は0から{_LARGEST:g}までの数値（ミリメートル）にしてください。",
            f"{name} is a number of millimetres, 0 to {_LARGEST:g}.",
        )
    return number


def _check_window(it: Envelope) -> None:
    width, height = it.safe
    if it.env_w < SHEET_WIDTH or it.env_h < it.fold or it.fold > SHEET_HEIGHT:
        raise EnvelopeMistake(
            "折ったA4の用紙が封筒に入りません。env_w、env_h、fold を確かめてください。",
            "the folded sheet does not go into the envelope; check env_w, env_h and fold.",
        )
    if it.from_left + it.win_w > it.env_w or not 0 <= it.from_top <= it.env_h - it.win_h:
        raise EnvelopeMistake(
            "窓が封筒からはみ出しています。win_w、win_h、from_left、from_top（from_bottom）を確かめてください。",
            "the window reaches beyond the envelope; check win_w, win_h, from_left, from_top (from_bottom).",
        )
    if width < _ADDRESS_WIDTH or height < _ADDRESS_HEIGHT:
        raise EnvelopeMistake(
            f"用紙がずれても必ず見える範囲は {width:g} x {height:g} mm で、宛名（{_ADDRESS_WIDTH:g} x {_ADDRESS_HEIGHT:g} mm）が"
            "収まりません。窓（win_w、win_h）を大きくするか、遊び（slack_x、slack_y）を小さくしてください。",
            f"what always shows is {width:g} x {height:g} mm; the address takes {_ADDRESS_WIDTH:g} x {_ADDRESS_HEIGHT:g} mm. "
            "Take a larger window (win_w, win_h) or less slack (slack_x, slack_y).",
        )
    if it.from_top + height > it.fold or it.beside > SHEET_WIDTH - _MARGIN - _SENDER_WIDTH:
        raise EnvelopeMistake(
            "窓が折り目にかかるか、窓の右に差出人を書く場所がありません。窓の位置（from_left、from_top）を確かめてください。",
            "the window lies over a fold or leaves no room for the sender beside it; check from_left and from_top.",
        )


def _check_barcode(it: Envelope) -> None:
    if not it.barcode:
        return
    if not barcode.SMALLEST <= it.barcode <= barcode.LARGEST:
        raise EnvelopeMistake(
            f"barcode は0（印字しない）又は{barcode.SMALLEST:g}から{barcode.LARGEST:g}までのポイント数です。",
            f"barcode is 0 (none) or its size in points, {barcode.SMALLEST:g} to {barcode.LARGEST:g}.",
        )
    width = barcode.size_of(it.barcode)[0] + 2 * barcode.CLEAR
    height = _address_height(2, guardian=False) + it.barcode_height
    if width > it.safe[0] or height > it.safe[1]:
        raise EnvelopeMistake(
            f"カスタマバーコードと宛名には {width:.2f} x {height:.2f} mm が必要ですが、必ず見える範囲は "
            f"{it.safe[0]:g} x {it.safe[1]:g} mm です。barcode を小さく（8以上）するか0にし、又は窓（win_w、win_h）を大きく、"
            "遊び（slack_x、slack_y）を小さくしてください。",
            f"barcode and address take {width:.2f} x {height:.2f} mm, but what always shows is "
            f"{it.safe[0]:g} x {it.safe[1]:g} mm. Set barcode smaller (8 or more) or to 0, take a larger window "
            "(win_w, win_h) or less slack (slack_x, slack_y).",
        )
    right, bottom = it.env_w - it.from_left - it.win_w, it.env_h - it.from_top - it.win_h
    if min(it.from_left, it.from_top, right, bottom) < _EDGE:
        raise EnvelopeMistake(
            f"カスタマバーコードは封筒の端から{_EDGE:g} mm以上離します。窓の位置を確かめるか、barcode を0にしてください。",
            f"a barcode stays {_EDGE:g} mm from the envelope's edges; move the window, or set barcode to 0.",
        )


def _address_height(lines: int, *, guardian: bool) -> float:
    """Return the height in mm of an address as letter.css sets it."""
    many = lines + guardian > _FEW_LINES
    size, leading, name = (8.0, 1.25, 10.5) if many else (9.0, 1.35, 12.0)
    points = (1 + lines) * size * leading + name * 1.3 + (guardian * 10 + 7.5) * leading
    return points * _POINT + 0.8
