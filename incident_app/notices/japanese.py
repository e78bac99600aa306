"""How a Japanese office writes days, hours and names."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone

_JAPAN = timezone(timedelta(hours=9), "JST")  # no summer time since 1951: a fixed offset needs no tz database
_ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1873, 1, 1), "明治"),
)
_MEIJI_BEGAN = 1868  # years count from here; days before 1873 follow another calendar and are not written
_WINDOW_EMS = 20  # 65 mm in letters of 9 points, see letter.css
_NARROW = 0.65
_NUMBER = re.compile(r"[0-9０-９]+")
HONORIFICS = ("様", "御中", "殿")
"""What follows a name, once."""


def in_japan(moment: datetime) -> datetime:
    """Return the same instant as clocks in Japan show it.

    Raises ValueError for a datetime without a zone: nobody could say which instant it is.
    """
    if moment.tzinfo is None:
        raise ValueError("a datetime needs a zone before it can be told in Japanese time")
    return moment.astimezone(_JAPAN)


def wareki(day: date) -> str:
    """Return the day in the Japanese calendar, such as 令和8年11月23日; an era's first year is 元年.

    A datetime is first told in Japanese time. Raises ValueError for days before 1873.
    """
    day = _day(day)
    return f"{_era_and_year(day)}{day.month}月{day.day}日"


def both_calendars(day: date) -> str:
    """Return the day in both calendars, with the minute if it has one: 2026年（令和8年）11月23日 14時05分."""
    return _written(day, f"{_day(day).year}年（{_era_and_year(_day(day))}）")


def plain(day: date) -> str:
    """Return the day, with the minute if it has one, such as 2026年11月23日 14時05分."""
    return _written(day, f"{_day(day).year}年")


def honorific(name: str, word: str = "様") -> str:
    """Return the name with 様 (a person), 御中 (an organisation) or 殿, and never with two of them.

    Raises ValueError for any other word.
    """
    if word not in HONORIFICS:
        raise ValueError(f"an honorific is one of {'・'.join(HONORIFICS)}, not {word!r}")
    name = name.rstrip()
    if name.endswith(HONORIFICS):
        return name
    return f"{name} {word}"


def window_lines(lines: Iterable[str]) -> list[str]:
    """Return the lines of an address as they fit the window of an envelope, broken before a number where possible.

    A letter breaks them nowhere else, so that 3番12号 never becomes 3番1 and 2号.
    """
    return [piece for line in lines for piece in _pieces(line)]


def _pieces(line: str) -> Iterator[str]:
    while (end := _fitting(line)) < len(line):
        before_number = [found.start() for found in _NUMBER.finditer(line, 1) if found.start() <= end]
        cut = before_number[-1] if before_number and before_number[-1] >= end // 2 else end
        yield line[:cut].rstrip()
        line = line[cut:].lstrip()
    yield line


def _fitting(line: str) -> int:
    """Return how many signs of a line fit; a narrow one takes a little more than half of a wide one."""
    room: float = _WINDOW_EMS
    for at, sign in enumerate(line):
        room -= 1 if unicodedata.east_asian_width(sign) in "WFA" else _NARROW
        if room < 0:
            return at
    return len(line)


def _day(day: date) -> date:
    return in_japan(day).date() if isinstance(day, datetime) else day


def _era_and_year(day: date) -> str:
    for began, era in _ERAS:
        if day >= began:
            year = day.year - (_MEIJI_BEGAN if era == "明治" else began.year) + 1
            return f"{era}{'元' if year == 1 else year}年"
    raise ValueError(f"{day.isoformat()} lies before the calendar that Japan uses today")


def _written(day: date, year: str) -> str:
    here = _day(day)
    words = f"{year}{here.month}月{here.day}日"
    if isinstance(day, datetime):
        moment = in_japan(day)
        words += f" {moment.hour}時{moment.minute:02d}分"
    return words
