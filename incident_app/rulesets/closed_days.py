"""The days on which the offices of the state are closed, by which the final report rolls.

Saturdays, Sundays, national holidays and the days around New Year (行政機関の休日に関する法律第1条). The closing days
of a city are another list, and no date towards the commission is counted by them.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.metadata import version as package_version
from pathlib import Path

import holidays

from incident_app.assets import asset_dir
from incident_app.domain.errors import BadInput
from incident_app.domain.words import Words
from incident_app.rulesets.tables import Table, read_table

CLOSED_DAYS = "closed_days.toml"
_WEEKDAYS = {6: Words("土曜日", "Saturday"), 7: Words("日曜日", "Sunday")}


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """One calendar in one version; it answers for the years that it knows and refuses the others."""

    reference: str
    """What is stored with everything that was counted by it."""
    first_year: int
    last_year: int
    certain_until: date
    """The last day whose holidays are announced; later ones follow the rules of the equinoxes."""
    named: dict[date, Words]
    """Holidays and New Year days, with the additions and without the removals of the file."""
    weekdays: frozenset[int]
    """ISO numbers: 6 is Saturday, 7 is Sunday."""
    removed: frozenset[date]

    def why_closed(self, day: date) -> Words | None:
        """Return why offices are closed on a day, None when they are open.

        Raises BadInput for a year that the calendar does not know.
        """
        if not self.first_year <= day.year <= self.last_year:
            years = f"{self.first_year}–{self.last_year}"
            raise BadInput(
                "known",
                f"{day.year}年の休日は休日データ（{years}年）にないため、期限を数えられません。",
                f"The holiday calendar knows {years}, not {day.year}: the date cannot be counted.",
            )
        if day in self.named:
            return self.named[day]
        if day.isoweekday() in self.weekdays and day not in self.removed:
            return _WEEKDAYS[day.isoweekday()]
        return None

    def is_closed(self, day: date) -> bool:
        """Return whether offices are closed on a day. Raises BadInput as `why_closed` does."""
        return self.why_closed(day) is not None

    def certain(self, day: date) -> bool:
        """Return whether the holidays of that day's year are already announced."""
        return day <= self.certain_until


@cache
def closed_days() -> ClosedDays:
    """Return the calendar of this installation. Raises RulesetMistake when its file is wrong."""
    return read_closed_days(asset_dir("workflows") / "rulesets" / CLOSED_DAYS)


def read_closed_days(file: Path) -> ClosedDays:
    """Read the calendar's file and lay it over the national holidays."""
    table, digest = read_table(file)
    version, first, last = table.whole("version"), table.whole("first_year"), table.whole("last_year")
    if last < first:
        raise table.mistake("last_year", "last_year lies before first_year")
    table.text("source")
    added = [_added(entry) for entry in table.tables("add")]
    removed = frozenset(_removed(entry) for entry in table.tables("remove"))
    named = {
        **_national_holidays(first, last),
        **_every_year(table, first, last),
        **dict(added),
    }
    calendar = ClosedDays(
        reference=f"JP holidays {package_version('holidays')} + {CLOSED_DAYS} v{version} {digest[:12]}",
        first_year=first,
        last_year=last,
        certain_until=table.day("certain_until"),
        named={day: why for day, why in named.items() if day not in removed},
        weekdays=frozenset(_weekdays(table)),
        removed=removed,
    )
    table.no_more()
    return calendar


def _national_holidays(first: int, last: int) -> dict[date, Words]:
    years = range(first, last + 1)
    japanese, english = (
        holidays.country_holidays("JP", years=years, expand=False, language=language)
        for language in ("ja", "en_US")
    )
    return {day: Words(name, english[day]) for day, name in japanese.items()}


def _every_year(table: Table, first: int, last: int) -> dict[date, Words]:
    label = table.words("every_year_label")
    try:
        return {
            date.fromisoformat(f"{year}-{day}"): label
            for year in range(first, last + 1)
            for day in table.texts("every_year")
        }
    except ValueError as mistake:
        raise table.mistake("every_year", 'every_year holds days such as "12-29"') from mistake


def _weekdays(table: Table) -> tuple[int, ...]:
    numbers = table.wholes("weekdays")
    if not set(numbers) <= _WEEKDAYS.keys():
        raise table.mistake("weekdays", "weekdays may hold 6 (Saturday) and 7 (Sunday)")
    return numbers


def _added(table: Table) -> tuple[date, Words]:
    entry = table.day("day"), table.words("label")
    table.text("source")
    table.no_more()
    return entry


def _removed(table: Table) -> date:
    day = table.day("day")
    table.text("source")
    table.no_more()
    return day
