"""What holds of every date there is, tried with thousands of them and against a second way of counting."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count as numbers

from hypothesis import given
from hypothesis import strategies as st

from incident_app.domain.parties import CONTRACTOR
from incident_app.rulesets.closed_days import closed_days
from incident_app.rulesets.counting import count, count_all
from incident_app.rulesets.library import rulesets

APPI = rulesets()["jp-appi-2022"]
FINAL, PRELIMINARY = (APPI.rules[f"contractor {name}"] for name in ("final_report", "preliminary_report"))

days = st.dates(date(2022, 4, 1), date(2035, 10, 1))
instants = st.datetimes(datetime(2022, 4, 2), datetime(2035, 9, 30), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))

HOLIDAYS_BY_HAND = {
    2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
    2027: "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
    2028: "0101 0110 0211 0223 0320 0429 0503 0504 0505 0717 0811 0918 0922 1009 1103 1123",
}


def is_open_by_hand(day: date) -> bool:
    written = f"{day:%m%d}"
    around_new_year = written >= "1229" or written <= "0103"
    return day.weekday() < 5 and written not in HOLIDAYS_BY_HAND[day.year].split() and not around_new_year


def due_by_hand(known: date, days: int) -> date:
    """Walk from day to day with a number in hand, as one does with a finger on the calendar."""
    for number in numbers(1):
        today = known + timedelta(days=number - 1)
        if number >= days and is_open_by_hand(today):
            return today
    raise AssertionError("a walk without end")


@given(st.dates(date(2026, 1, 1), date(2028, 10, 1)), st.booleans())
def test_a_second_way_of_counting_agrees(known: date, unlawful: bool) -> None:
    """Two independent ways with their own tables of holidays do not make the same mistake."""
    assert count(APPI, FINAL, known, unlawful=unlawful).due == due_by_hand(known, 60 if unlawful else 30)


@given(days, st.booleans())
def test_the_final_report_moves_only_over_closed_days(known: date, unlawful: bool) -> None:
    """Due is never before raw, never on a closed day, and no further than the run of closed days."""
    answer = count(APPI, FINAL, known, unlawful=unlawful)
    passed = [answer.raw + timedelta(days=n) for n in range(answer.due.toordinal() - answer.raw.toordinal())]

    assert answer.due >= answer.raw
    assert not closed_days().is_closed(answer.due)
    assert all(closed_days().is_closed(day) for day in passed)
    assert answer.rolled == bool(passed)


@given(days)
def test_the_preliminary_report_never_rolls(known: date) -> None:
    """Day 3 to day 5, whatever is closed."""
    answer = count(APPI, PRELIMINARY, known)

    assert (answer.window_from, answer.window_to) == (known + timedelta(days=2), known + timedelta(days=4))
    assert answer.raw == answer.due == answer.window_to


@given(instants, offsets)
def test_no_time_zone_can_shift_a_day(known: datetime, offset: timezone) -> None:
    """One instant has one answer, however it is written down: in UTC, in Tokyo, in Kiribati."""
    assert count_all(APPI, CONTRACTOR, known.astimezone(offset)) == count_all(APPI, CONTRACTOR, known)


@given(days)
def test_later_knowledge_is_never_due_earlier(known: date) -> None:
    """Rolling must not overtake."""
    assert count(APPI, FINAL, known).due_at <= count(APPI, FINAL, known + timedelta(days=1)).due_at


@given(days, st.booleans())
def test_every_explanation_ends_in_its_date_in_both_languages(known: date, unlawful: bool) -> None:
    """What is read last is what is to be remembered."""
    for answer in count_all(APPI, CONTRACTOR, known, unlawful=unlawful):
        assert f"期限は{answer.due}" in answer.because[-1].ja
        assert answer.because[-1].en.endswith(f"{answer.due}.")
        assert all(words.ja and words.en for words in answer.because)
