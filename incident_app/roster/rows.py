"""From the cells of a row to a person, with the list's columns and the day in mind."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import TypeVar

from incident_app.roster import cells
from incident_app.roster.columns import SPELLINGS
from incident_app.roster.findings import Codes, Person
from incident_app.roster.mending import separate_items
from incident_app.roster.reasons import REASONS

Value = TypeVar("Value")
_REMEMBERED = 1 << 15
_NO_HOLDS: frozenset[str] = frozenset()
_person = tuple.__new__  # half the time of Person(…), which matters half a million times

# Nearly all rows of a list are as they should be: nothing in them is lost, to be composed, blank at an end, or
# like a formula or an organisation (会, 人, 合). One pattern tells them from the others in a tenth of the time
# that `cells` takes, and `cells` would find nothing in them either; a test holds it to that.
_ALWAYS = r"々〆\u3041-\u3096ァ-ー\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27-\ufa29"
_OF_NAME = rf"{_ALWAYS}\u4e00-\u4eb9\u4ebb-\u4f19\u4f1b-\u5407\u5409-\u9fff"
_OF_ADDRESS = rf"{_ALWAYS}\u4e00-\u9fffA-Za-z0-9０-９－（）()．.、，,"
_NAME = rf"[{_OF_NAME}][{_OF_NAME}\u3000]{{0,99}}+(?<!\u3000)"
_KANA = r"(?:[ァ-ー]++(?:\u3000[ァ-ー]++)*+)?"
_ADDRESS = rf"[{_OF_ADDRESS}][{_OF_ADDRESS}\u3000 -]{{0,99}}+(?<![\u3000 ])"
_EMAIL = (
    r"(?:[A-Za-z0-9_]{1,30}+(?:[._+-][A-Za-z0-9_]{1,30}+)?@"
    r"(?:[A-Za-z0-9]{1,20}+(?:-[A-Za-z0-9]{1,20}+)?\.){1,3}[A-Za-z]{2,20})?"
)
_is_plain = re.compile(rf"{_NAME}\n{_KANA}\n{_ADDRESS}\n(?:{_ADDRESS})?\n{_EMAIL}").fullmatch


class _Remembered(dict[str, Value]):
    """What cells say that come again and again; quicker than lru_cache, which keeps an order."""

    def __init__(self, read: Callable[[str], Value]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> Value:
        if len(self) == _REMEMBERED:
            self.clear()
        value = self[cell] = self._read(cell)
        return value


class RowReader:
    """Reads the rows of one list. What it remembers of repeated cells ends with it."""

    def __init__(self, places: Mapping[str, int], width: int, on: date) -> None:
        # A field that the list does not have is taken from behind its last cell, where we put an empty one.
        self._pick = itemgetter(*(places.get(field, width) for field in SPELLINGS))
        self._postal_codes = _Remembered(cells.read_postal_code)
        self._birth_dates = _Remembered(lambda born: cells.read_birth_date(born, on))
        self._items = _Remembered(separate_items)

    def read(self, row: list[str], broken: bool) -> tuple[Person, str, Codes]:
        """Return the person of a row, the bare name, and what was found; reference and name may be empty.

        `row` is as long as the headings, and gets an empty cell at its end; `broken` tells that one of
        its cells holds a line break.
        """
        row.append("")
        picked = self._pick(row)
        reference, name, kana, born, postal, address, building, phone, email, items, remarks, protected = (
            picked
        )
        if remarks or protected or broken or not reference.isascii():
            return self._read_with_care(picked)
        if not _is_plain(f"{name}\n{kana}\n{address}\n{building}\n{email}"):
            return self._read_with_care(picked)
        birth_date, about_age = self._birth_dates[born]
        postal_code, about_postal_code = self._postal_codes[postal]
        codes = about_age + about_postal_code
        if codes:
            codes = _settled(codes)
        person = _person(
            Person,
            (
                reference.strip(),
                name,
                kana,
                birth_date,
                postal_code,
                (address, building) if building else (address,),
                phone if phone.isascii() else cells.read_phone(phone),
                email or None,
                self._items[items],
                holds_of(codes) if codes else _NO_HOLDS,
                None,
            ),
        )
        return person, name.replace("\u3000", ""), codes

    def _read_with_care(self, picked: tuple[str, ...]) -> tuple[Person, str, Codes]:
        reference, name, kana, born, postal, address, building, phone, email, items, remarks, protected = (
            picked
        )
        name, about_name = cells.read_name(name)
        kana, about_kana = cells.read_kana(kana)
        birth_date, about_age = self._birth_dates[born]
        postal_code, about_postal_code = self._postal_codes[postal]
        lines, about_address = cells.read_address(address, building)
        mail, about_mail = cells.read_email(email)
        guardian, about_remarks = cells.read_remarks(remarks)
        codes = _settled(
            (*about_name, *about_kana, *about_age, *about_postal_code, *about_address, *about_mail)
            + (*about_remarks, *cells.read_protected(protected))
            + (("newline_in_cell",) if any("\n" in cell or "\r" in cell for cell in picked) else ())
            + (("minor",) if guardian and birth_date is None else ())
        )
        person = Person(
            reference=cells.read_reference(reference),
            name=name,
            kana=kana,
            birth_date=birth_date,
            postal_code=postal_code,
            address_lines=lines,
            phone=cells.read_phone(phone),
            email=mail,
            items=self._items[items],
            holds=holds_of(codes),
            guardian=guardian,
        )
        return person, cells.bare_name(name), codes


@lru_cache(_REMEMBERED)
def _settled(codes: Codes) -> Codes:
    """Name each finding once, in the order of `reasons`; where no address is, no postal code is missed."""
    found = set(codes) - ({"zip_missing"} if "no_address" in codes else set())
    return tuple(code for code in REASONS if code in found)


@lru_cache(_REMEMBERED)
def holds_of(codes: Codes) -> frozenset[str]:
    """Return the codes for which no letter goes out by itself."""
    return frozenset(code for code in codes if REASONS[code].verdict == "held")
