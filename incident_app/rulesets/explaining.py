"""The sentences of a count, in both languages: which day was day 1, how long, what was closed, what is not certain."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby

from incident_app.domain.parties import TOKYO
from incident_app.domain.words import Words
from incident_app.rulesets.definition import Rule

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DOES_NOT_ROLL = Words("閉庁日に当たっても繰り下げません。", "It does not give way to closed days.")


def day_one(known: date | datetime) -> Words:
    """Say which day is day 1; of an instant, its day in Japan."""
    at = in_words(known)
    return Words(
        f"知った日は{at.ja}です。この日を1日目とし、日本時間の暦日で数えます。",
        f"Known on {at.en}: that day is day 1, and calendar days in Japan count.",
    )


def length(rule: Rule, days: int) -> Words:
    """Say how many days there are, and why so many."""
    if rule.days_if_unlawful is None:
        return Words(f"{rule.article}：{days}日以内です。", f"{rule.article}: within {days} days.")
    if days == rule.days_if_unlawful:
        return Words(
            f"{rule.article}：不正の目的による事態を含むため、{days}日以内です。",
            f"{rule.article}: within {days} days, because an unlawful purpose is among the grounds.",
        )
    return Words(
        f"{rule.article}：不正の目的による事態を含まないため、{days}日以内です。",
        f"{rule.article}: within {days} days, because no unlawful purpose is among the grounds.",
    )


def last_day(days: int, day: date) -> Words:
    """Say on which day the count ends."""
    at = in_words(day)
    return Words(f"{days}日目は{at.ja}です。", f"Day {days} is {at.en}.")


def closed(passed: Sequence[tuple[date, Words]]) -> Iterator[Words]:
    """Say each closed day that was passed, with its reason; days with the same reason stand together."""
    if not passed:
        yield Words("その日は開庁日です。", "Offices are open on that day.")
    for why, run in groupby(passed, key=lambda each: each[1]):
        days = [in_words(day) for day, _ in run]
        if len(days) == 1:
            yield Words(f"{days[0].ja}は閉庁日（{why.ja}）です。", f"{days[0].en} is closed ({why.en}).")
        else:
            yield Words(
                f"{days[0].ja}から{days[-1].ja}までは閉庁日（{why.ja}）です。",
                f"{days[0].en} to {days[-1].en} are closed ({why.en}).",
            )


def window(rule: Rule, days: tuple[int, int], first: date, last: date) -> Iterator[Words]:
    """Say the days of a window, which is a guide to the word "promptly"."""
    yield Words(
        f"{rule.article}：「速やかに」は{days[0]}日目から{days[1]}日目までが目安です。",
        f"{rule.article}: “promptly” is, as a guide, day {days[0]} to day {days[1]}.",
    )
    yield last_day(days[0], first)
    yield last_day(days[1], last)


def hours(rule: Rule, number: int, start: datetime) -> Iterator[Words]:
    """Say from which instant hours count."""
    at = in_words(start)
    yield Words(f"知った時刻は{at.ja}です。", f"Known at {at.en}.")
    yield Words(
        f"{rule.article}：その時から{number}時間以内です。休日も数えます。",
        f"{rule.article}: within {number} hours of it; closed days count as well.",
    )


def not_certain(rule: Rule) -> Iterator[Words]:
    """Say what about the rule itself is not certain, if anything."""
    if rule.unconfirmed:
        yield to_confirm(rule.unconfirmed)


def not_announced(day: date) -> Words:
    """Say that the holidays of a year are not announced yet."""
    return to_confirm(
        Words(
            f"{day.year}年の休日はまだ官報で公告されておらず、見込みで数えた",
            f"the holidays of {day.year} are not announced yet and were counted as expected",
        )
    )


def due(last: date | datetime) -> Words:
    """Say when the time is up."""
    at = in_words(last)
    preposition = "at" if isinstance(last, datetime) else "on"
    return Words(f"期限は{at.ja}です。", f"Due {preposition} {at.en}.")


def to_confirm(what: Words) -> Words:
    """Mark something that is not certain (要確認)."""
    return Words(f"要確認：{what.ja}。", f"To be confirmed: {what.en}.")


def in_words(at: date | datetime) -> Words:
    """Return a day with its weekday; of an instant also the time in Japan."""
    if isinstance(at, datetime):
        local = at.astimezone(TOKYO)
        day = in_words(local.date())
        return Words(f"{day.ja} {local:%H:%M}（日本時間）", f"{day.en} {local:%H:%M} (Japan time)")
    number = at.weekday()
    return Words(f"{at}（{_WEEKDAYS_JA[number]}）", f"{_WEEKDAYS_EN[number]} {at}")
