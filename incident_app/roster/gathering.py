"""From rows to persons: each person once, in the order of the file, in flat memory."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import date

from incident_app.roster.findings import Codes, Finding, FirstRow, FurtherRow, Person, RejectedRow
from incident_app.roster.known import Known
from incident_app.roster.reading import Roster
from incident_app.roster.reasons import FAULTS, REASONS
from incident_app.roster.rows import RowReader, holds_of

_ABOUT_THE_PERSON = frozenset({"deceased", "minor", "gaiji", "protected", "do_not_contact"})


def gather(roster: Roster, *, on: date) -> "Gathering":
    """Make persons of a list's rows; ages are reckoned on the day `on`."""
    return Gathering(roster, on)


class Gathering:
    """What an import of a list brings: a finding for each row, once, and the counts as far as they were read.

    Each row ends in exactly one place: as the first row of a person, as a further row of an earlier
    person, or rejected. Of each person only hashes are kept.
    """

    def __init__(self, roster: Roster, on: date) -> None:
        self._roster = roster
        self._reader = RowReader(roster.places, len(roster.headings), on)
        self._known = Known()
        self._names = array("q")
        self._births = array("i")
        self._addresses = array("q")
        self._copies: Counter[int] = Counter()
        self._counted: Counter[str] = Counter()
        self.rows = 0
        self.rejected = 0

    @property
    def persons(self) -> int:
        """How many persons stand in the rows read so far."""
        return len(self._names)

    @property
    def faults(self) -> dict[str, int]:
        """How many rows show each code: the usual ones always, the rarer ones where they occur."""
        return {code: self._counted[code] for code in REASONS if code in FAULTS or self._counted[code]}

    def __iter__(self) -> Iterator[Finding]:
        read, find_or_add, names = self._reader.read, self._known.find_or_add, self._names
        for line, cells, broken in self._roster.rows():
            self.rows += 1
            if cells is None:
                finding: Finding = self._rejected(line, "broken_row")
            else:
                person, bare, codes = read(cells, broken)
                if not bare:
                    finding = self._rejected(line, "no_name")
                elif not person.reference:
                    finding = self._unnumbered(line, person, bare, codes)
                elif (ordinal := find_or_add(hash(person.reference), len(names))) == len(names):
                    finding = self._first(line, codes, person, bare)
                else:
                    finding = self._further(line, ordinal, person, bare, codes)
            if finding.codes:
                self._counted.update(finding.codes)
            yield finding

    def _further(self, line: int, ordinal: int, person: Person, bare: str, codes: Codes) -> Finding:
        if self._is_another(ordinal, person, bare):
            return self._rejected(line, "number_of_another")
        moved = person.address_lines and hash(person.address_lines) != self._addresses[ordinal]
        codes = ("same_person", *(("other_address",) if moved else ()), *codes)
        return FurtherRow(line, codes, ordinal, person._replace(holds=person.holds & _ABOUT_THE_PERSON))

    def _unnumbered(self, line: int, person: Person, bare: str, codes: Codes) -> Finding:
        """Whoever looks like an earlier person without number is one more until somebody has decided."""
        ordinal = len(self._names)
        same = (person.kana or bare, person.birth_date, person.address_lines)
        earlier = self._known.find_or_add(hash(same), ordinal)
        reference = _digest(person)
        if earlier == ordinal:
            return self._first(line, codes, person._replace(reference=reference), bare)
        self._copies[earlier] += 1
        codes = (*codes, "maybe_same")
        reference = f"{reference}-{self._copies[earlier] + 1}"
        person = person._replace(reference=reference, holds=holds_of(codes))
        return self._first(line, codes, person, bare, earlier)

    def _first(
        self, line: int, codes: Codes, person: Person, bare: str, looks_like: int | None = None
    ) -> FirstRow:
        ordinal, born = len(self._names), person.birth_date
        self._names.append(hash(bare))
        self._births.append(born.toordinal() if born else 0)
        self._addresses.append(hash(person.address_lines))
        return FirstRow(line, codes, ordinal, person, looks_like)

    def _rejected(self, line: int, code: str) -> RejectedRow:
        self.rejected += 1
        return RejectedRow(line, (code,))

    def _is_another(self, ordinal: int, person: Person, bare: str) -> bool:
        """Tell whether one number stands for two people: merging them would leave one without a notice."""
        born = person.birth_date.toordinal() if person.birth_date else 0
        same_birth = born in (0, self._births[ordinal]) or not self._births[ordinal]
        return hash(bare) != self._names[ordinal] or not same_birth


def _digest(person: Person) -> str:
    """Recognise a person without number in a later list by everything that is said."""
    said = (person.name, person.kana, str(person.birth_date), person.postal_code, str(person.email))
    digest = hashlib.sha256("\0".join((*said, *person.address_lines)).encode())
    return f"#{digest.hexdigest()[:32]}"
