"""A whole list at once, for callers that hold every person in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from incident_app.roster.findings import Codes, FirstRow, FurtherRow, Person
from incident_app.roster.gathering import gather
from incident_app.roster.reading import Roster
from incident_app.roster.reasons import Verdict, verdict_of


@dataclass(frozen=True, slots=True)
class RowReport:
    """What was found in one row; without personal data, so that it may be shown and kept."""

    line: int
    verdict: Verdict
    codes: Codes


@dataclass(frozen=True, slots=True)
class Gathering:
    """What an import of the list would bring."""

    rows: int
    persons: Sequence[Person]
    reports: Sequence[RowReport]
    """One for each row that is remarkable, in the order of the file."""
    rejected: int
    faults: dict[str, int]


def gather_persons(roster: Roster, on: date) -> Gathering:
    """Make persons of rows; ages are reckoned on the day `on`."""
    gathering = gather(roster, on=on)
    persons: list[Person] = []
    reports = []
    for finding in gathering:
        if isinstance(finding, FirstRow):
            persons.append(finding.person)
        elif isinstance(finding, FurtherRow):
            persons[finding.ordinal] = _merged(persons[finding.ordinal], finding.adds)
        if finding.codes:
            reports.append(RowReport(finding.line, verdict_of(finding.codes), finding.codes))
    return Gathering(gathering.rows, persons, reports, gathering.rejected, gathering.faults)


def _merged(earlier: Person, adds: Person) -> Person:
    return earlier._replace(
        email=earlier.email or adds.email,
        items=tuple(dict.fromkeys((*earlier.items, *adds.items))),
        holds=earlier.holds | adds.holds,
        guardian=earlier.guardian or adds.guardian,
    )
