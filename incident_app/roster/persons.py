"""From rows to persons: each person once, with all items that leaked of this person."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from incident_app.roster.mending import (
    birth_date_or_none,
    composed,
    email_or_none,
    has_half_width_kana,
    has_lost_characters,
    mended_kana,
    mended_postal_code,
    postal_code_is_wide,
    postal_code_lost_zeros,
    separate_items,
)
from incident_app.roster.reading import Roster
from incident_app.roster.reasons import FAULTS, REASONS, Verdict, verdict_of

_ADULT_AGE = 18  # Civil Code, Article 4
_DECEASED = re.compile(r"故人|死亡|逝去")
_GUARDIAN = re.compile(r"保護者\s*[：:]\s*([^、。,\r\n]+)")
_ORGANISATION = re.compile(
    r"(?:株式|有限|合同|合名|合資|相互)会社|[㈱㈲]|[(（][株有][)）]|法人|協同組合|自治会|町内会|協会"
)
_ABOUT_THE_PERSON = frozenset({"deceased", "minor", "gaiji"})


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """An affected individual as the list knows them. Shows no content in logs and tracebacks (no repr)."""

    reference: str
    """宛名番号; where the list gives none, # and a digest of what it says about the person."""
    name: str
    """As written, character by character."""
    kana: str
    birth_date: date | None
    postal_code: str
    """NNN-NNNN, or empty."""
    address_lines: tuple[str, ...]
    email: str | None
    items: tuple[str, ...]
    """What leaked of this person, over all of this person's rows."""
    holds: frozenset[str]
    """Why no letter goes out by itself: codes of `reasons` whose verdict is held."""
    guardian: str | None
    """保護者, to whom a minor's letter goes."""
    lines: tuple[int, ...]
    """The lines of the file that speak of this person; the first gave the address."""


@dataclass(frozen=True, slots=True)
class RowReport:
    """What was found in one row; without personal data, so that it may be shown and kept."""

    line: int
    verdict: Verdict
    codes: tuple[str, ...]
    """Keys of `reasons.REASONS`."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """What an import of the list would bring."""

    rows: int
    persons: tuple[Person, ...]
    reports: tuple[RowReport, ...]
    """One for each row that is remarkable, in the order of the file."""

    @property
    def rejected(self) -> int:
        """How many rows became no person."""
        return sum(report.verdict == "rejected" for report in self.reports)

    @property
    def faults(self) -> dict[str, int]:
        """How many rows show each code: the usual ones always, the rarer ones where they occur."""
        counted = Counter(code for report in self.reports for code in report.codes)
        return {code: counted[code] for code in REASONS if code in FAULTS or counted[code]}


def gather_persons(roster: Roster, on: date) -> Gathering:
    """Make persons of rows; ages are reckoned on the day `on`.

    Each row ends in exactly one place: as the first row of a person, as a further row of an
    earlier person, or rejected.
    """
    persons: dict[str, Person] = {}
    reports = []
    for row in roster.rows:
        codes: tuple[str, ...]
        if row.cells is None:
            codes = ("broken_row",)
        elif not row.cells["name"].strip():
            codes = ("no_name",)
        else:
            person = _person(row.line, row.cells, on)
            codes = _codes(person, row.cells, on)
            earlier = persons.get(person.reference)
            if earlier is None:
                persons[person.reference] = replace(person, holds=_holds(codes))
            elif _is_another(earlier, person):
                codes = ("number_of_another",)
            else:
                persons[person.reference] = _merged(earlier, person, _holds(codes))
                codes = ("same_person", *_changes(earlier, person), *codes)
        if codes:
            reports.append(RowReport(row.line, verdict_of(codes), codes))
    return Gathering(len(roster.rows), tuple(persons.values()), tuple(reports))


def _person(line: int, cells: Mapping[str, str], on: date) -> Person:
    """Return the person of one row, with nothing held yet."""
    birth_date = birth_date_or_none(cells.get("birth_date", ""))
    guardian = _GUARDIAN.search(cells.get("remarks", ""))
    person = Person(
        reference=unicodedata.normalize("NFKC", cells.get("reference", "")).strip(),
        name=composed(cells["name"]),
        kana=mended_kana(cells.get("kana", "")),
        birth_date=birth_date if birth_date and birth_date <= on else None,
        postal_code=mended_postal_code(cells.get("postal_code", "")),
        address_lines=_address_lines(cells),
        email=email_or_none(cells.get("email", "")),
        items=separate_items(cells.get("items", "")),
        holds=frozenset(),
        guardian=(guardian and composed(guardian[1])) or None,
        lines=(line,),
    )
    return person if person.reference else replace(person, reference=_digest(person))


def _codes(person: Person, cells: Mapping[str, str], on: date) -> tuple[str, ...]:
    """Return what was found in the row that this person was made of."""
    zip_cell, zip_code = cells.get("postal_code", ""), person.postal_code
    born, printed = person.birth_date, (person.name, person.guardian or "", *person.address_lines)
    found = {
        "zip_lost_zero": zip_code and postal_code_lost_zeros(zip_cell),
        "zip_fullwidth": zip_code and postal_code_is_wide(zip_cell),
        "zip_missing": person.address_lines and not zip_code,
        "bad_email": cells.get("email", "").strip() and person.email is None,
        "kana_halfwidth": has_half_width_kana(cells.get("kana", "")),
        "gaiji": has_lost_characters("".join(printed)),
        "no_address": not person.address_lines,
        "deceased": _DECEASED.search(cells.get("remarks", "")),
        "minor": _age(born, on) < _ADULT_AGE if born else person.guardian,
        "organisation": _ORGANISATION.search(person.name),
        "newline_in_cell": any("\n" in cell or "\r" in cell for cell in cells.values()),
        "bad_birth_date": cells.get("birth_date", "").strip() and born is None,
    }
    return tuple(code for code, here in found.items() if here)


def _address_lines(cells: Mapping[str, str]) -> tuple[str, ...]:
    """Return the address, then 方書; nothing when only 方書 is there, since no letter finds that."""
    address = composed(cells.get("address", ""))
    lines = (*address.splitlines(), *cells.get("building", "").splitlines()) if address else ()
    return tuple(composed(line) for line in lines if line.strip())


def _age(born: date, on: date) -> int:
    """Return completed years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _digest(person: Person) -> str:
    """Recognise a person without number by everything that is said; the same words, the same person."""
    said = (person.name, person.kana, str(person.birth_date), person.postal_code, str(person.email))
    digest = hashlib.sha256("\0".join((*said, *person.address_lines)).encode())
    return f"#{digest.hexdigest()[:32]}"


def _is_another(earlier: Person, later: Person) -> bool:
    """Tell whether one number stands for two people: merging them would leave one without a notice."""
    births = {earlier.birth_date, later.birth_date} - {None}
    return _bare(earlier.name) != _bare(later.name) or len(births) > 1


def _bare(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _changes(earlier: Person, later: Person) -> tuple[str, ...]:
    differs = later.address_lines and later.address_lines != earlier.address_lines
    return ("other_address",) if differs else ()


def _holds(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(code for code in codes if REASONS[code].verdict == "held")


def _merged(earlier: Person, later: Person, holds: frozenset[str]) -> Person:
    """Add a further row: its items, what it says about the person, and what the earlier one lacks."""
    return replace(
        earlier,
        email=earlier.email or later.email,
        items=tuple(dict.fromkeys((*earlier.items, *later.items))),
        holds=earlier.holds | (holds & _ABOUT_THE_PERSON),
        guardian=earlier.guardian or later.guardian,
        lines=(*earlier.lines, *later.lines),
    )
