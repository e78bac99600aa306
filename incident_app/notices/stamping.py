"""What differs between two copies of a page, found once; then only that is drawn anew for each person.

A page is laid out twice, with two sets of stand-ins for what is personal. Where WeasyPrint's two streams of drawing
commands differ, and each difference is one line of text that holds one stand-in, the rest is the same for everybody.
If they differ in anything else (a stand-in moved a neighbour, or stands centred), the page is not stamped at all.
A person's own line is drawn by WeasyPrint itself, with the style and at the place of the stand-in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weasyprint.document import Page
    from weasyprint.pdf.stream import Stream

_SLACK = 0.5
"""CSS pixels that a line keeps from the edge of its box: whoever is nearer is laid out, not stamped."""
_JOINED = 1_500
"""Bytes between two personal lines that are rather repeated for everybody than kept as a piece of their own."""
_POINTS_PER_PIXEL = 0.75


@dataclass(frozen=True, slots=True)
class PersonalLine:
    """One line of text of a page in which one value of a person stands."""

    field: int
    before: str
    after: str
    box: Any
    """The line in the first copy: its style and place."""
    room: float
    """How wide it may be, in CSS pixels."""

    def text(self, values: Sequence[str]) -> str:
        """Return what the line says for one person."""
        return f"{self.before}{values[self.field]}{self.after}"


@dataclass(frozen=True, slots=True)
class Plate:
    """One page as it is stamped: pieces that all share, and between them lines of one person."""

    page: "Page"
    commands: Sequence[bytes]
    """All of the first copy."""
    shared: Sequence[bytes]
    personal: Sequence[Sequence["PersonalLine | bytes"]]
    """One group fewer than shared pieces: lines, and what is repeated between them."""


def make_plate(
    one: "Page", other: "Page", stand_ins: Mapping[str, int], other_stand_ins: Mapping[str, int]
) -> Plate | None:
    """Compare two copies of a page; None when they differ in more than lines of text that hold one stand-in."""
    first, second = recorded(one), recorded(other)
    if len(first) != len(second):
        return None
    changed = {at: None for at, (a, b) in enumerate(zip(first, second, strict=True)) if a != b}
    lines: dict[int, PersonalLine] = {}
    for (box, room), (other_box, _) in zip(_text_boxes(one), _text_boxes(other), strict=False):
        if box.text == other_box.text:
            continue
        found = _stand_in(box.text, stand_ins)
        again = _stand_in(other_box.text, other_stand_ins)
        if found is None or found != again:
            return None
        drawn, drawn_again = _shown(box), _shown(other_box)
        places = [at for at in changed if first[at] == drawn and second[at] == drawn_again]
        if len(places) != 1 or places[0] in lines:
            return None
        field, before, after = found
        lines[places[0]] = PersonalLine(field, before, after, box, room)
    if set(lines) != set(changed):
        return None
    return Plate(one, first, *_cut(first, lines))


def recorded(page: "Page") -> list[bytes]:
    """Return the drawing commands of a page as WeasyPrint writes them for a document of its own."""
    stream = new_stream({})
    stream.transform(d=-1, f=page.height * _POINTS_PER_PIXEL)
    page.paint(stream, _POINTS_PER_PIXEL)
    return [_bytes(command) for command in stream.stream]


def draw_line(stream: "Stream", line: PersonalLine, text: str) -> bytes | None:
    """Return the commands that show a text in the place of a stand-in; None when it is wider than its place.

    Glyphs and widths are noted with the stream's fonts, which are embedded later.
    """
    from weasyprint.draw.text import draw_first_line
    from weasyprint.matrix import Matrix
    from weasyprint.text.line_break import create_layout, line_size

    style = line.box.style
    layout = create_layout(text, style, None, None, 0)
    width, _ = line_size(layout.get_first_line()[0], style)
    if width > line.room - _SLACK:
        return None
    scratch = stream.clone(tags=None)
    box = SimpleNamespace(text=text, style=style, pango_layout=layout)
    if draw_first_line(scratch, box, "clip", "none", Matrix()):
        return None  # a picture among the letters
    commands = [_bytes(command) for command in scratch.stream[1:]]  # the first says where
    if len(commands) > 2:  # noqa: PLR2004 - more than one face: the line after it expects the first one
        commands.append(commands[0])
    return b"\n".join(commands)


def _cut(
    commands: Sequence[bytes], lines: Mapping[int, PersonalLine]
) -> tuple[list[bytes], list[list[PersonalLine | bytes]]]:
    shared: list[bytes] = []
    personal: list[list[PersonalLine | bytes]] = []
    waiting: list[bytes] = []
    for at, command in enumerate(commands):
        if at not in lines:
            waiting.append(command)
            continue
        between = b"\n".join(waiting)
        waiting = []
        if personal and len(between) < _JOINED:
            personal[-1] += [between, lines[at]]
        else:
            shared.append(between)
            personal.append([lines[at]])
    shared.append(b"\n".join(waiting))
    return shared, personal


def _stand_in(text: str, stand_ins: Mapping[str, int]) -> tuple[int, str, str] | None:
    """Return which field a text holds, and what stands before and after it; None unless it is just one, once."""
    held = [(word, field) for word, field in stand_ins.items() if word in text]
    if len(held) != 1 or text.count(held[0][0]) != 1:
        return None
    before, after = text.split(held[0][0])
    return held[0][1], before, after


def _shown(box: Any) -> bytes:
    """Return the last command by which a line of text is shown."""
    from weasyprint.draw.text import draw_first_line
    from weasyprint.matrix import Matrix

    stream = new_stream({})
    box.pango_layout.reactivate(box.style)
    draw_first_line(stream, box, "clip", "none", Matrix())
    box.pango_layout.deactivate()
    return _bytes(stream.stream[-1])


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


def new_stream(fonts: dict[Any, Any]) -> "Stream":
    """Return a stream that belongs to no document; what it draws is noted with these fonts."""
    import pydyf  # type: ignore[import-untyped]  # publishes no types
    from weasyprint.pdf.stream import Stream

    resources = pydyf.Dictionary(
        {"ExtGState": pydyf.Dictionary(), "XObject": pydyf.Dictionary(), "ColorSpace": pydyf.Dictionary()}
    )
    return Stream(fonts, (0, 0, 0, 0), resources, {}, None, {}, None)


def _bytes(command: Any) -> bytes:
    return command if isinstance(command, bytes) else str(command).encode()
