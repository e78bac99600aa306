"""Pictures that differ from letter to letter: how the press recognises each, and draws it anew."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from incident_app.notices import barcode
from incident_app.notices.qr import TAIL, codes_of
from incident_app.notices.rectangles import Rectangle


@dataclass(frozen=True, slots=True)
class Mark:
    """One kind of picture, made from one value of a letter."""

    name: bytes
    """Stands among the drawing commands in its place: a comment, in PDF."""
    field: str
    """The value, as templates find it under `individual`."""
    stand_ins: Callable[[str], tuple[str, str]]
    """Two values that differ from each other and are the same for all letters."""
    rectangles: Callable[[str], Iterable[Rectangle]]
    commands: Callable[[str], bytes]


MARKS = (
    Mark(
        b"%qr",
        "verify_url",
        lambda address: (address[:-TAIL] + "0" * TAIL, address[:-TAIL] + "Z" * TAIL),
        lambda address: codes_of(address).places(address),
        lambda address: codes_of(address).rectangles(address),
    ),
    Mark(
        b"%barcode",
        "barcode",
        lambda _: (barcode.bars("0000000", ""), barcode.bars("9999999", "9-9")),
        barcode.rectangles,
        barcode.commands,
    ),
)
