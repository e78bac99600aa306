"""Days, hours and honorifics as a Japanese office writes them."""

from datetime import UTC, date, datetime

import pytest

from incident_app.notices.japanese import both_calendars, honorific, in_japan, plain, wareki


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 11, 23), "令和8年11月23日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1912, 7, 29), "明治45年7月29日"),
    ],
)
def test_a_day_carries_the_name_of_its_era(day: date, written: str) -> None:
    """Eras change in the middle of a year; the first year of each is 元年."""
    assert wareki(day) == written


def test_a_day_before_the_calendar_is_refused() -> None:
    """Before 1873 Japan counted days differently: better no date than a wrong one."""
    with pytest.raises(ValueError, match="calendar"):
        wareki(date(1872, 12, 31))


def test_a_day_is_the_day_in_japan() -> None:
    """Half past midnight in Japan is still yesterday in UTC, and deadlines count from the day in Japan."""
    midnight = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)

    assert wareki(midnight) == "令和8年11月30日"
    assert both_calendars(midnight) == "2026年（令和8年）11月30日 0時30分"
    assert plain(midnight) == "2026年11月30日 0時30分"


def test_a_day_without_an_hour_gets_none() -> None:
    """A date of a document has no minute; printing 0時00分 would invent one."""
    assert both_calendars(date(2026, 11, 23)) == "2026年（令和8年）11月23日"


def test_an_instant_without_a_zone_is_refused() -> None:
    """Nine hours are the difference between in time and too late."""
    with pytest.raises(ValueError, match="zone"):
        in_japan(datetime.fromisoformat("2026-11-23T09:00"))


def test_nobody_is_honoured_twice() -> None:
    """City lists often carry the honorific already."""
    assert honorific("髙﨑　𠮷子") == "髙﨑　𠮷子 様"
    assert honorific("髙﨑　𠮷子 様　") == "髙﨑　𠮷子 様"
    assert honorific("架空商事株式会社", "御中") == "架空商事株式会社 御中"
    assert honorific("架空商事株式会社御中") == "架空商事株式会社御中"


def test_an_honorific_that_is_none_is_refused() -> None:
    """A wrong word after a name must not reach a letter."""
    with pytest.raises(ValueError, match="honorific"):
        honorific("髙﨑　𠮷子", "くん")
