"""Pictures made of upright rectangles: as SVG for WeasyPrint, and as the same commands for the press."""

from collections.abc import Iterable

Rectangle = tuple[int, int, int, int]
"""Left edge, top edge, width and height, in units of the picture."""


def path(rectangles: Iterable[Rectangle]) -> str:
    """Return the picture as the path of an SVG."""
    return "".join(f"M{x} {y}h{width}v{height}h-{width}z" for x, y, width, height in rectangles)


def outlines(rectangles: Iterable[Rectangle]) -> list[bytes]:
    """Return the commands by which WeasyPrint draws that path."""
    corners = [
        corner.encode()
        for x, y, width, height in rectangles
        for corner in (
            f"{x} {y} m",
            f"{x + width} {y} l",
            f"{x + width} {y + height} l",
            f"{x} {y + height} l",
            "h",
        )
    ]
    return [*corners, b"f"]


def drawn(rectangle: Rectangle) -> bytes:
    """Return the one command that adds a rectangle to what is filled next."""
    return b"%d %d %d %d re\n" % rectangle
