"""QR codes (JIS X 0510, ISO/IEC 18004) for addresses that differ in their last signs alone.

Of two addresses of the same length, version, level and mask, the codes differ by what the differing bits do, each by
itself: the error correction is linear. So a code is put together from the code of the first address and one picture for
each bit, in microseconds where encoding takes a millisecond.
"""

from collections.abc import Iterator
from functools import cache

import segno
from markupsafe import Markup

from incident_app.notices import rectangles
from incident_app.notices.rectangles import Rectangle

TAIL = 12
"""How many signs at the end of an address are one person's."""
_LEVEL, _MASK = "m", 4
"""15 % may be covered. Any mask is valid; a fixed one keeps two codes comparable."""
_BYTE = 8
_TITLE = "通知書を確かめるページを開く二次元コード"


class QrCodes:
    """The codes of all addresses that begin alike and end in so many signs of ASCII."""

    def __init__(self, head: str, tail: int) -> None:
        self._head = head
        self._tail = tail
        self._first = head + "0" * tail
        smallest = segno.make_qr(self._first, error=_LEVEL, mode="byte", boost_error=False)
        self._version = smallest.version
        self.size = len(smallest.matrix)
        """Modules in a row, without the quiet zone."""
        self._row = -(-self.size // 8)
        self._base = self._encoded(self._first)
        self._bits = [list(self._pictures(place)) for place in range(tail)]
        self._drawn = [self._rectangles(at) for at in range(self.size * self._row)]

    def picture(self, address: str) -> bytes:
        """Return the modules, a bit each, every row beginning with a byte of its own.

        Raises ValueError for an address that does not belong here.
        """
        tail = address.removeprefix(self._head)
        if len(tail) != self._tail or len(address) != len(self._first) or not tail.isascii():
            raise ValueError("another address than these codes were made for")
        whole = self._base
        for place, sign in enumerate(tail):
            changed = ord(sign) ^ ord("0")
            for bit, what in enumerate(self._bits[place]):
                if changed >> bit & 1:
                    whole ^= what
        return whole.to_bytes(self.size * self._row, "big")

    def rectangles(self, address: str) -> bytes:
        """Return the PDF commands that fill the dark modules, one unit each, from the upper left corner."""
        drawn = zip(self._drawn, self.picture(address), strict=True)
        return b"".join([table[value] for table, value in drawn]) + b"f"

    def places(self, address: str) -> Iterator[Rectangle]:
        """Yield the same as rectangles."""
        for at, value in enumerate(self.picture(address)):
            y, column = divmod(at, self._row)
            for start, width in _runs(value):
                yield 8 * column + start, y, width, 1

    def _rectangles(self, at: int) -> list[bytes]:
        y, column = divmod(at, self._row)
        return [
            b"".join(rectangles.drawn((8 * column + start, y, width, 1)) for start, width in _runs(value))
            for value in range(256)
        ]

    def _pictures(self, place: int) -> Iterator[int]:
        """Yield what each bit of one sign changes."""
        at = len(self._head) + place
        for bit in range(7):
            changed = self._first[:at] + chr(ord("0") ^ 1 << bit) + self._first[at + 1 :]
            yield self._encoded(changed) ^ self._base

    def _encoded(self, address: str) -> int:
        code = segno.make_qr(
            address, version=self._version, error=_LEVEL, mode="byte", mask=_MASK, boost_error=False
        )
        rows = (int("".join(map(str, row)), 2) << 8 * self._row - self.size for row in code.matrix)
        return int.from_bytes(b"".join(row.to_bytes(self._row, "big") for row in rows), "big")


@cache
def _codes_for(head: str) -> QrCodes:
    return QrCodes(head, TAIL)


def codes_of(address: str) -> QrCodes:
    """Return the codes of an address and all that begin like it; made once, in a tenth of a second."""
    return _codes_for(address[:-TAIL])


def qr(address: str) -> Markup:
    """Return an address as an SVG picture with the quiet zone of four modules that readers need."""
    codes = codes_of(address)
    picture = Markup(
        '<svg class="qr" viewBox="-4 -4 {0} {0}" role="img"><title>{2}</title><path d="{1}"/></svg>'
    )
    return picture.format(codes.size + 8, rectangles.path(codes.places(address)), _TITLE)


def _runs(value: int) -> Iterator[tuple[int, int]]:
    """Yield start and width of the dark modules that stand side by side in eight."""
    at = 0
    while at < _BYTE:
        width = 0
        while at + width < _BYTE and value >> _BYTE - 1 - at - width & 1:
            width += 1
        if width:
            yield at, width
        at += width or 1
