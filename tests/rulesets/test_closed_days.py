"""The calendar of closed offices: what is in it, how it is corrected, and what it does not know."""

from datetime import date
from pathlib import Path

import pytest

from incident_app.assets import asset_dir
from incident_app.domain.errors import BadInput
from incident_app.domain.words import Words
from incident_app.rulesets.closed_days import ClosedDays, closed_days, read_closed_days
from incident_app.rulesets.definition import RulesetMistake

WHOLE = (asset_dir("workflows") / "rulesets" / "closed_days.toml").read_text(encoding="utf-8")


def read(text: str, folder: Path) -> ClosedDays:
    file = folder / "closed_days.toml"
    file.write_text(text, encoding="utf-8")
    return read_closed_days(file)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 12, 28), None),
        (date(2026, 12, 29), Words("年末年始の休日", "New Year days")),
        (date(2027, 1, 1), Words("年末年始の休日", "New Year days")),
        (date(2027, 1, 3), Words("年末年始の休日", "New Year days")),
        (date(2027, 1, 4), None),
        (date(2026, 5, 6), Words("振替休日", "Substitute Holiday")),
        (date(2026, 9, 22), Words("国民の休日", "National Holiday")),
        (date(2026, 5, 23), Words("土曜日", "Saturday")),
        (date(2026, 5, 24), Words("日曜日", "Sunday")),
        (date(2026, 5, 3), Words("憲法記念日", "Constitution Day")),
    ],
)
def test_a_day_is_closed_for_a_reason(day: date, why: Words | None) -> None:
    """The explanation names the reason, so the calendar gives one."""
    assert closed_days().why_closed(day) == why
    assert closed_days().is_closed(day) == (why is not None)


@pytest.mark.parametrize("year", [2021, 2036])
def test_a_year_that_it_does_not_know_is_refused(year: int) -> None:
    """Silence about holidays would count a wrong date."""
    with pytest.raises(BadInput) as refusal:
        closed_days().is_closed(date(year, 6, 1))

    assert refusal.value.field == "known"
    assert f"{year}年" in refusal.value.ja and str(year) in refusal.value.en


def test_the_last_day_that_is_announced_is_certain() -> None:
    """The equinoxes of a year are announced in the February before it."""
    assert closed_days().certain(date(2027, 12, 31))
    assert not closed_days().certain(date(2028, 1, 1))


def test_a_single_day_can_be_added_and_removed(tmp_path: Path) -> None:
    """Parliament has moved holidays within months; nobody can wait for a new package."""
    calendar = read(
        WHOLE
        + '[[add]]\nday = 2027-06-01\nlabel = "臨時の休日"\nlabel_en = "extra holiday"\nsource = "law"\n'
        + '[[remove]]\nday = 2027-07-19\nsource = "law"\n[[remove]]\nday = 2027-06-05\nsource = "law"\n',
        tmp_path,
    )

    assert calendar.why_closed(date(2027, 6, 1)) == Words("臨時の休日", "extra holiday")
    assert calendar.why_closed(date(2027, 7, 19)) is None
    assert calendar.why_closed(date(2027, 6, 5)) is None
    assert calendar.why_closed(date(2027, 6, 6)) == Words("日曜日", "Sunday")


def test_the_version_changes_with_every_change(tmp_path: Path) -> None:
    """A date that was counted by another list must be tellable from this one."""
    same, other = read(WHOLE, tmp_path).reference, read(WHOLE + "# a word\n", tmp_path).reference

    assert same == closed_days().reference != other
    assert "closed_days.toml v1 " in same


MISTAKES = {
    "years that run backwards": ("last_year = 2035", "last_year = 2021", "last_year", "before first_year"),
    "a weekday that is none": ("[6, 7]", "[6, 8]", "weekdays", "6 (Saturday) and 7 (Sunday)"),
    "a day that no year has": ('"12-29"', '"13-29"', "every_year", 'days such as "12-29"'),
    "an unknown key": ("version = 1", "version = 1\ncolour = 1", "colour", "unknown key: colour"),
    "no source": ("source = ", "sauce = ", None, "missing: source"),
    "a certain day in words": ("2027-12-31 ", '"2027-12-31" ', "certain_until", "must be a day"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_line_and_reason(tmp_path: Path, mistake: str) -> None:
    """The list is edited by hand once a year, so it is read with care."""
    old, new, key, reason = MISTAKES[mistake]
    broken = WHOLE.replace(old, new, 1)
    with pytest.raises(RulesetMistake) as refusal:
        read(broken, tmp_path)

    lines = broken.splitlines()
    assert reason in refusal.value.what
    assert refusal.value.line == next(
        (n for n, line in enumerate(lines, 1) if key and line.startswith(key)), 1
    )
