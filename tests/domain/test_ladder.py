"""The ladder of a deadline: when each reminder comes, that none is left out, and how far down the call tree it goes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.domain.ladder import climbed_at, depth, fired, is_rung, next_after

DUE = datetime(2026, 12, 1, 14, 59, 59, tzinfo=UTC)
"""The end of 1 December in Japan."""
HOUR = timedelta(hours=1)
START = DUE - timedelta(days=40)

rungs = st.one_of(
    st.builds("{:+d}h".format, st.integers(-999, 999)),
    st.builds("{:+d}d@{:02d}:{:02d}".format, st.integers(-30, 30), st.integers(0, 23), st.integers(0, 59)),
)
ladders = st.lists(rungs, max_size=8, unique=True)
pauses = st.lists(
    st.one_of(
        st.timedeltas(timedelta(seconds=1), timedelta(minutes=2)),
        st.timedeltas(timedelta(seconds=1), timedelta(days=9)),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("rung", "instant"),
    [
        ("-4h", "2026-12-01T10:59:59+00:00"),
        ("+0h", "2026-12-01T14:59:59+00:00"),
        ("+72h", "2026-12-04T14:59:59+00:00"),
        ("-7d@09:00", "2026-11-24T00:00:00+00:00"),
        ("0d@09:00", "2026-12-01T00:00:00+00:00"),
        ("+1d@00:30", "2026-12-01T15:30:00+00:00"),
    ],
)
def test_a_rung_counts_hours_from_the_instant_or_days_from_the_day_in_japan(rung: str, instant: str) -> None:
    """The end of a day in Japan lies on the same day in UTC; half past midnight in Japan lies on the day before."""
    assert is_rung(rung)
    assert climbed_at(rung, DUE) == datetime.fromisoformat(instant)


@pytest.mark.parametrize("text", ["", "4h", "-4", "-4m", "-7d", "-7d@9:00", "-7d@24:00", "+1000h", " -4h"])
def test_what_is_no_rung_is_refused(text: str) -> None:
    """A slip in a workflow or a ruleset is found when it is read, and not on the night when it should ring."""
    assert not is_rung(text)
    with pytest.raises(ValueError, match="not a rung"):
        climbed_at(text, DUE)


def test_after_a_silence_of_three_days_every_rung_that_passed_is_there() -> None:
    """Others look for what is due exactly now, and lose what came up while nobody looked."""
    passed = fired(["+0h", "-4h", "+24h", "+72h"], DUE, DUE - 4 * HOUR, DUE + 70 * HOUR)

    assert passed == [(DUE - 4 * HOUR, "-4h"), (DUE, "+0h"), (DUE + 24 * HOUR, "+24h")]


def test_an_overdue_deadline_is_brought_up_every_week_without_end() -> None:
    """A ladder that ends would let a forgotten duty rest in peace."""
    later = fired(["-4h", "+72h"], DUE, DUE + 73 * HOUR, DUE + timedelta(days=25))

    assert [rung for _, rung in later] == ["+240h", "+408h", "+576h"]
    assert [at for at, _ in later] == [DUE + timedelta(days=3 + 7 * week) for week in (1, 2, 3)]
    assert fired([], DUE, START, DUE + timedelta(days=8)) == [(DUE + timedelta(days=7), "+168h")]


@given(ladders, pauses)
def test_however_often_somebody_looks_each_rung_comes_exactly_once(
    ladder: list[str], pauses: list[timedelta]
) -> None:
    """Looking each minute, or once after a month: the same rungs, in their order, none twice and none lost."""
    now, look_at, found = START, next_after(ladder, DUE, START), []
    for pause in pauses:
        now += pause
        if look_at <= now:
            found += fired(ladder, DUE, look_at, now)
            look_at = next_after(ladder, DUE, now)

    in_hand = [(climbed_at(rung, DUE), rung) for rung in ladder]
    last = max([DUE, *(at for at, _ in in_hand)])
    weekly = [last + timedelta(days=7 * week) for week in range(1, 80)]
    assert [at for at, _ in found] == sorted(
        at for at in [*(at for at, _ in in_hand), *weekly] if START < at <= now
    )
    assert {rung for _, rung in found if rung in ladder} == {
        rung for at, rung in in_hand if START < at <= now
    }
    assert len(set(found)) == len(found)
    assert look_at > now


@given(ladders)
def test_no_two_rungs_of_a_deadline_have_the_same_name(ladder: list[str]) -> None:
    """The name is half of the key that keeps a reminder from being written twice: a clash would swallow one."""
    names = [rung for _, rung in fired(ladder, DUE, START, DUE + timedelta(days=120))]

    assert len(set(names)) == len(names)


def test_the_call_goes_one_place_further_down_with_each_rung_from_the_deadline_on() -> None:
    """Before the date one person is enough; when it has passed and nothing happens, more must know."""
    ladder = ["-24h", "-4h", "+0h", "+24h", "+72h"]
    reach = [depth(ladder, DUE, at) for at, _ in fired(ladder, DUE, START, DUE + timedelta(days=18))]

    assert reach == [1, 1, 2, 3, 4, 5, 6]
