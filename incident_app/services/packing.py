"""The rows of a list made ready for an import: each person as the bytes that are sealed, some thousands at a time."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date

from incident_app.domain.individual import HOLDS, Particulars
from incident_app.roster.findings import FirstRow, FurtherRow, Person
from incident_app.roster.gathering import gather
from incident_app.services.listing import Findings, KeptList, findings_of

Plain = tuple[bytes, tuple[str, ...]]
"""What Particulars.to_bytes gives, and the kinds of HOLDS."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Persons in the order of the list, and what further rows add to persons of this chunk or of earlier ones."""

    first: list[Plain]
    further: list[tuple[int, Plain]]
    """The person's place among the persons of the list, from 0, and what the row says."""
    found: Findings
    """Of all that was read so far."""


def read_chunks(kept: KeptList, on: date, at_once: int) -> Generator[Chunk]:
    """Yield the persons of a list in chunks of `at_once` rows; ages are reckoned on the day `on`.

    Raises RosterRefused, NotFound, SealBroken.
    """
    with kept.open() as roster:
        gathering = gather(roster, on=on)
        first: list[Plain] = []
        further: list[tuple[int, Plain]] = []
        for finding in gathering:
            if isinstance(finding, FirstRow):
                first.append(_plain(finding.person))
            elif isinstance(finding, FurtherRow):
                further.append((finding.ordinal, _plain(finding.adds)))
            if gathering.rows % at_once == 0:
                yield Chunk(first, further, findings_of(gathering))
                first, further = [], []
        yield Chunk(first, further, findings_of(gathering))


def particulars_of(person: Person) -> Particulars:
    """Return what is sealed of a person of a list."""
    # A minor's letter goes to the guardian, by name where the list knows it.
    guardian = person.guardian or ("保護者" if "minor" in person.holds else None)
    return Particulars(*person[:9], guardian, "organisation" in person.holds)


def _plain(person: Person) -> Plain:
    held = tuple(kind for kind in HOLDS if kind in person.holds) if person.holds else ()
    return particulars_of(person).to_bytes(), held
