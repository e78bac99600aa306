"""The arithmetic of days: when a rule's time is up, counted aloud, step by step.

The day of knowledge is day 1; days are calendar days in Japan; only a rule that says so gives way to closed days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import TOKYO, day_in_japan
from incident_app.domain.words import Words
from incident_app.rulesets import explaining
from incident_app.rulesets.closed_days import ClosedDays, closed_days
from incident_app.rulesets.definition import PROMPTLY, Rule, Ruleset

_END_OF_DAY = time(23, 59, 59)
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True)
class Answer:
    """When a rule's time is up, and how that was counted. Days for days and windows, instants for hours."""

    rule: Rule
    ruleset: str
    """Reference of the ruleset, such as "jp-appi-2022/v1"."""
    counted_from: date | datetime
    raw: date | datetime
    """The last day before closed days were looked at."""
    due: date | datetime
    window_from: date | None
    window_to: date | None
    rolled: bool
    because: tuple[Words, ...]
    calendar: str
    """Version of the calendar that was asked; empty when none was."""

    @property
    def due_at(self) -> datetime:
        """The last instant, in UTC: the end of the due day in Japan, or the hour itself."""
        if isinstance(self.due, datetime):
            return self.due.astimezone(UTC)
        return datetime.combine(self.due, _END_OF_DAY, TOKYO).astimezone(UTC)


def known_day(known: date | datetime) -> date:
    """Return the day in Japan of a knowledge. Raises BadInput for a naive time and a year that cannot be meant."""
    if not _FIRST_YEAR <= known.year <= _LAST_YEAR:
        raise BadInput(
            "known", f"{known.year}年は正しくありません。", f"The year {known.year} cannot be right."
        )
    if not isinstance(known, datetime):
        return known
    if known.tzinfo is None:
        raise BadInput(
            "known",
            "知った時刻には時差を付けてください（例：2026-11-30T09:00+09:00）。",
            "A time of knowledge needs its offset, as in 2026-11-30T09:00+09:00.",
        )
    return day_in_japan(known)


def count(
    ruleset: Ruleset,
    rule: Rule,
    known: date | datetime,
    *,
    unlawful: bool = False,
    closed: ClosedDays | None = None,
) -> Answer:
    """Count one rule from the knowledge of the party that it binds.

    Raises BadInput for a knowledge that cannot be counted from, ValueError for a rule without a number.
    """
    if rule.hours:
        return _count_hours(ruleset, rule, rule.hours, known)
    if rule.window:
        return _count_window(ruleset, rule, rule.window, known)
    days = (rule.days_if_unlawful if unlawful else None) or rule.days
    if days is None:
        raise ValueError(f"{rule.name} has no number to count")
    return _count_days(ruleset, rule, days, known, closed or closed_days())


def count_all(
    ruleset: Ruleset, party: str, known: date | datetime, *, unlawful: bool = False
) -> list[Answer]:
    """Count each dated rule that binds a party on the day of its knowledge, in the file's order.

    Raises BadInput when no rule of the ruleset bound that party on that day.
    """
    day = known_day(known)
    binding = [
        rule
        for rule in ruleset.rules.values()
        if rule.party == party and ruleset.is_in_force(day) and rule.binds_on(day)
    ]
    if not binding:
        raise BadInput(
            "known",
            f"{day}には、{ruleset.title.ja}にこの当事者の規定はありません。",
            f"On {day} no rule of “{ruleset.title.en}” binds this party.",
        )
    return [count(ruleset, rule, known, unlawful=unlawful) for rule in binding if rule.counted != PROMPTLY]


def as_json(answer: Answer, language: str) -> dict[str, Any]:
    """Return an answer as JSON holds it, its sentences in `language` ("ja" or "en")."""
    return {
        "rule": answer.rule.name,
        "article": answer.rule.article,
        "party": answer.rule.party,
        "from": answer.counted_from.isoformat(),
        "raw": answer.raw.isoformat(),
        "due": answer.due.isoformat(),
        "window_from": answer.window_from.isoformat() if answer.window_from else None,
        "window_to": answer.window_to.isoformat() if answer.window_to else None,
        "rolled": answer.rolled,
        "because": [sentence.said_in(language) for sentence in answer.because],
    }


def _count_hours(ruleset: Ruleset, rule: Rule, hours: int, known: date | datetime) -> Answer:
    known_day(known)
    if not isinstance(known, datetime):
        raise BadInput(
            "known",
            f"{rule.label.ja}は時間で数えます。知った時刻も入れてください。",
            f"“{rule.label.en}” counts hours: give the time of knowledge as well.",
        )
    start = known.astimezone(TOKYO)
    due = start + timedelta(hours=hours)
    because = (
        *explaining.hours(rule, hours, start),
        *explaining.not_certain(rule),
        explaining.due(due),
    )
    return Answer(rule, ruleset.reference, start, due, due, None, None, False, because, "")


def _count_window(ruleset: Ruleset, rule: Rule, window: tuple[int, int], known: date | datetime) -> Answer:
    day = known_day(known)
    first, last = (day + (number - 1) * _DAY for number in window)
    because = (
        explaining.day_one(known),
        *explaining.window(rule, window, first, last),
        explaining.DOES_NOT_ROLL,
        *explaining.not_certain(rule),
        explaining.due(last),
    )
    return Answer(rule, ruleset.reference, day, last, last, first, last, False, because, "")


def _count_days(
    ruleset: Ruleset, rule: Rule, days: int, known: date | datetime, closed: ClosedDays
) -> Answer:
    day = known_day(known)
    raw = day + (days - 1) * _DAY
    passed = list(_closed_from(raw, closed)) if rule.rolls else []
    due = raw + len(passed) * _DAY
    because = (
        explaining.day_one(known),
        explaining.length(rule, days),
        explaining.last_day(days, raw),
        *(explaining.closed(passed) if rule.rolls else [explaining.DOES_NOT_ROLL]),
        *explaining.not_certain(rule),
        *([explaining.not_announced(due)] if rule.rolls and not closed.certain(due) else []),
        explaining.due(due),
    )
    calendar = closed.reference if rule.rolls else ""
    return Answer(rule, ruleset.reference, day, raw, due, None, None, due != raw, because, calendar)


def _closed_from(day: date, closed: ClosedDays) -> Iterator[tuple[date, Words]]:
    """Yield the closed days from `day` on, with the reason of each, until the first open one."""
    while why := closed.why_closed(day):
        yield day, why
        day += _DAY
