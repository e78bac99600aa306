"""What differs between two copies of a page, found once; then only that is drawn anew for each person.

A page is laid out twice, with two sets of stand-ins for what is personal. Where WeasyPrint's two streams of drawing
commands differ, and each difference is one line of text that holds one stand-in, or a mark (QR code, barcode), the
rest is the same for everybody. If they differ in anything else (a stand-in moved a neighbour, or stands centred), the
page is not stamped at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weasyprint.document import Page
    from weasyprint.pdf.stream import Stream

_PICTURES = ("XObject", "Pattern", "Shading")
"""A page that shows one of these is laid out for each person: a file has to hold them in another way."""
_JOINED = 1_500
"""Bytes between two personal lines that are rather repeated for everybody than kept as a piece of their own."""
_POINTS_PER_PIXEL = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class PersonalLine:
    """One line of text of a page in which one value of a person stands."""

    field: int
    before: str
    after: str
    style: Any
    """As WeasyPrint computed it."""
    room: float
    """How wide it may be, in CSS pixels."""

    def text(self, values: Sequence[str]) -> str:
        """Return what the line says for one person."""
        return f"{self.before}{values[self.field]}{self.after}"


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """One page as it is stamped: pieces that all share, and between them what is one person's."""

    size: tuple[float, float]
    """In CSS pixels."""
    states: Mapping[str, Any]
    """How the shared pieces are painted, by the names of PDF."""
    shared: Sequence[bytes]
    personal: Sequence[Sequence["PersonalLine | bytes"]]
    """One group fewer than shared pieces: lines, names of marks, and what is repeated between them."""
    page_box: Any = None
    tags: Mapping[Any, Any] | None = None
    """For a tagged run: the boxes of the page, and the number of each one's marked content."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a page: whose words stand for which value, and how each mark is drawn in it.

    The name of a mark, a comment in PDF, stands among the commands where it is drawn.
    """

    page: "Page"
    stand_ins: Mapping[str, int]
    marks: Mapping[bytes, Sequence[bytes]]


def make_plate(one: Copy, other: Copy, fonts: dict[Any, Any], *, tagged: bool = False) -> Plate | None:
    """Compare two copies; None when they differ in more than marks and lines that hold one stand-in.

    What they are written with is noted in `fonts`.
    """
    drawn, drawn_again = [_drawn(copy.page, fonts, tagged=tagged) for copy in (one, other)]
    first, second = _commands(drawn, one.marks), _commands(drawn_again, other.marks)
    if len(first) != len(second):
        return None
    changed = {at for at, (a, b) in enumerate(zip(first, second, strict=True)) if a != b}
    lines: dict[int, PersonalLine | bytes] = {}
    for (box, room), (other_box, _) in zip(_text_boxes(one.page), _text_boxes(other.page), strict=False):
        if box.text == other_box.text:
            continue
        found = _stand_in(box.text, one.stand_ins)
        again = _stand_in(other_box.text, other.stand_ins)
        if found is None or found != again:
            return None
        shown, shown_again = _shown(box, fonts), _shown(other_box, fonts)
        places = [at for at in changed if first[at] == shown and second[at] == shown_again]
        if len(places) != 1 or places[0] in lines:
            return None
        lines[places[0]] = PersonalLine(*found, box.style, room)
    if set(lines) != changed:
        return None
    marks = {at: command for at, command in enumerate(first) if command in one.marks}
    used = drawn._resources
    if any(used[name] for name in _PICTURES):
        return None
    size = one.page.width, one.page.height
    pieces = _cut(first, lines | marks)
    box = one.page._page_box if tagged else None
    return Plate(size, used["ExtGState"], *pieces, box, drawn._tags)


def new_stream(fonts: dict[Any, Any], tags: dict[Any, Any] | None = None) -> "Stream":
    """Return a stream that belongs to no document; what it draws is noted with these fonts, and tagged if asked."""
    import pydyf  # type: ignore[import-untyped]  # publishes no types
    from weasyprint.pdf.stream import Stream

    names = ("ExtGState", "ColorSpace", *_PICTURES)
    resources = pydyf.Dictionary({name: pydyf.Dictionary() for name in names})
    return Stream(fonts, (0, 0, 0, 0), resources, {}, tags, {}, None)


def as_bytes(command: Any) -> bytes:
    """Return a drawing command as it is written."""
    written = getattr(command, "data", command)  # of an object of pydyf's
    return written if isinstance(written, bytes) else str(written).encode()


def _drawn(page: "Page", fonts: dict[Any, Any], *, tagged: bool = False) -> "Stream":
    """Draw a page as WeasyPrint does in a document of its own."""
    stream = new_stream(fonts, {} if tagged else None)
    stream.transform(d=-1, f=page.height * _POINTS_PER_PIXEL)
    page.paint(stream, _POINTS_PER_PIXEL)
    return stream


def _commands(stream: "Stream", marks: Mapping[bytes, Sequence[bytes]]) -> list[bytes]:
    """Return the commands of a page, those of each mark as its name."""
    commands = [as_bytes(command) for command in stream.stream]
    for name, drawn in marks.items():
        for at, command in enumerate(commands):
            if command == drawn[0] and commands[at : at + len(drawn)] == list(drawn):
                commands[at : at + len(drawn)] = [name]
                break
    return commands


def _cut(
    commands: Sequence[bytes], places: Mapping[int, PersonalLine | bytes]
) -> tuple[list[bytes], list[list[PersonalLine | bytes]]]:
    shared: list[bytes] = []
    personal: list[list[PersonalLine | bytes]] = []
    waiting: list[bytes] = []
    for at, command in enumerate(commands):
        if at not in places:
            waiting.append(command)
            continue
        between = b"\n".join(waiting)
        waiting = []
        if personal and len(between) < _JOINED:
            personal[-1] += [between, places[at]]
        else:
            shared.append(between)
            personal.append([places[at]])
    shared.append(b"\n".join(waiting))
    return shared, personal


def _stand_in(text: str, stand_ins: Mapping[str, int]) -> tuple[int, str, str] | None:
    """Return which field a text holds, and what stands before and after it; None unless it is just one, once."""
    held = [(word, field) for word, field in stand_ins.items() if word in text]
    if len(held) != 1 or text.count(held[0][0]) != 1:
        return None
    before, after = text.split(held[0][0])
    return held[0][1], before, after


def _shown(box: Any, fonts: dict[Any, Any]) -> bytes:
    """Return the last command by which a line of text is shown."""
    from weasyprint.draw.text import draw_first_line
    from weasyprint.matrix import Matrix

    stream = new_stream(fonts)
    box.pango_layout.reactivate(box.style)
    draw_first_line(stream, box, "clip", "none", Matrix())
    box.pango_layout.deactivate()
    return as_bytes(stream.stream[-1])


def _text_boxes(page: "Page") -> Iterator[tuple[Any, float]]:
    """Yield every line of text with the room that it has to its right."""
    from weasyprint.formatting_structure.boxes import BlockContainerBox, TextBox

    def look(box: Any, edge: float) -> Iterator[tuple[Any, float]]:
        box = getattr(box, "_box", box)  # what is placed absolutely hides behind a placeholder
        if isinstance(box, TextBox):
            if box.text.strip():
                yield box, edge - box.position_x
            return
        if isinstance(box, BlockContainerBox):
            edge = box.content_box_x() + box.width
        for child in getattr(box, "children", ()):
            yield from look(child, edge)

    yield from look(page._page_box, page.width)
