"""The structure of a tagged run (PDF/UA-1): each letter has the elements of its kind, over again.

WeasyPrint builds the tree for one page of each plate, which becomes the first letter's; for every further letter the
elements of that page are copied with other numbers. Marked content in the shared pieces keeps its numbers (MCID), which
count within a page.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pydyf  # type: ignore[import-untyped]  # publishes no types

from incident_app.notices.written import Written

_NUMBERS = re.compile(rb"(\d+)( 0 R|-\d+-\d+(?=\)))")
"""References, and names of the headings of a table, which begin with its number."""


class Structure:
    """The tree of one file, as WeasyPrint made it."""

    def __init__(self, pdf: Any) -> None:
        self._pdf = pdf
        root = self._at(pdf.catalog["StructTreeRoot"])
        self._document = self._at(root["K"][0])
        self._nums = self._at(root["ParentTree"])["Nums"]
        self._next_key = max(self._nums[::2], default=-1) + 1
        self._of_page: dict[bytes, list[Any]] = defaultdict(list)
        for it in pdf.objects:
            if isinstance(it, pydyf.Dictionary) and it.get("Type") == "/StructElem" and "Pg" in it:
                self._of_page[it["Pg"]].append(it)
        self._tops: dict[int, list[bytes]] = defaultdict(list)
        for reference in self._document["K"]:
            self._tops[_number(self._at(reference)["Pg"])].append(reference)

    def copier(self, sheet: Any) -> Callable[[int], int]:
        """Return what copies the elements of a page for another one, given its number; returns that page's key."""
        elements = self._of_page[sheet.reference]
        places = {it.number: at for at, it in enumerate(elements)} | {sheet.number: len(elements)}
        templates = [_template(it.data, places) for it in elements]
        marked = self._nums[self._nums.index(sheet["StructParents"]) + 1]
        owners = [places[_number(reference)] for reference in marked]
        tops = [places[_number(reference)] for reference in self._tops[sheet.number]]

        def copy_for(page: int) -> int:
            start = len(self._pdf.objects)
            numbers = [*range(start, start + len(elements)), page]
            for template, which in templates:
                self._pdf.add_object(Written(template % tuple([numbers[at] for at in which])))
            self._tops[page] = [b"%d 0 R" % numbers[at] for at in tops]
            self._nums += [self._next_key, pydyf.Array([b"%d 0 R" % numbers[at] for at in owners])]
            self._next_key += 1
            return self._next_key - 1

        return copy_for

    def put_in_order(self, pages: Sequence[int]) -> None:
        """Let the tree follow the pages."""
        self._document["K"] = pydyf.Array([top for page in pages for top in self._tops[page]])

    def _at(self, reference: bytes) -> Any:
        return self._pdf.objects[_number(reference)]


def _template(data: bytes, places: dict[int, int]) -> tuple[bytes, list[int]]:
    """Return an element with gaps for the numbers that are a page's own, and which number goes where."""
    which: list[int] = []

    def gap(found: re.Match[bytes]) -> bytes:
        place = places.get(int(found[1]))
        if place is None:
            return found[0]
        which.append(place)
        return b"%d" + found[2]

    return _NUMBERS.sub(gap, data.replace(b"%", b"%%")), which


def _number(reference: bytes) -> int:
    return int(reference.split()[0])
