"""The rungs of a reminder ladder, and the instant at which each is to be climbed.

A rung is written like "-4h" (four hours before the deadline), "+0h" (the instant it falls overdue)
or "-7d@09:00" (nine in the morning, Japanese time, seven days before the day on which it is due).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from incident_app.domain.parties import TOKYO, day_in_japan

RUNG = re.compile(r"(?P<n>0|[+-]\d{1,3})(?:h|d@(?P<at>(?:[01]\d|2[0-3]):[0-5]\d))")
AGAIN = timedelta(days=7)
"""After the last rung an overdue deadline is brought up again each week, until somebody acts."""


def is_rung(text: str) -> bool:
    """Return whether `text` is written as a rung."""
    return RUNG.fullmatch(text) is not None


def climbed_at(rung: str, due_at: datetime) -> datetime:
    """Return the instant of a rung. Raises ValueError for something that is no rung."""
    found = RUNG.fullmatch(rung)
    if found is None:
        raise ValueError(f"not a rung: {rung!r}")
    if found["at"] is None:
        return due_at + timedelta(hours=int(found["n"]))
    day = day_in_japan(due_at) + timedelta(days=int(found["n"]))
    return datetime.combine(day, time.fromisoformat(found["at"]), TOKYO).astimezone(due_at.tzinfo)


def climb(ladder: Sequence[str], due_at: datetime) -> Iterator[tuple[datetime, str]]:
    """Yield each rung with its instant, the earliest first; after the last one a weekly repetition, without end."""
    rungs = sorted((climbed_at(rung, due_at), rung) for rung in ladder)
    yield from rungs
    last = max(rungs[-1][0] if rungs else due_at, due_at)
    while True:
        last += AGAIN
        yield last, f"+{(last - due_at) // timedelta(hours=1)}h"


def fired(
    ladder: Sequence[str], due_at: datetime, since: datetime, now: datetime
) -> list[tuple[datetime, str]]:
    """Return the rungs from `since` to `now`, both included: none is lost, however long nobody looked."""
    found = []
    for at, rung in climb(ladder, due_at):
        if at > now:
            break
        if at >= since:
            found.append((at, rung))
    return found


def next_after(ladder: Sequence[str], due_at: datetime, now: datetime) -> datetime:
    """Return the instant of the first rung later than `now`."""
    return next(at for at, _ in climb(ladder, due_at) if at > now)


def depth(ladder: Sequence[str], due_at: datetime, at: datetime) -> int:
    """Return how far down the call tree a rung reaches: 1 before the deadline, one more with each rung after it."""
    return 1 + sum(1 for past, _ in _until(ladder, due_at, at) if past >= due_at)


def _until(ladder: Sequence[str], due_at: datetime, at: datetime) -> Iterator[tuple[datetime, str]]:
    for rung in climb(ladder, due_at):
        if rung[0] > at:
            return
        yield rung
