"""Quiet hours: when a person's reminders wait for the morning."""

from datetime import datetime, timedelta

from incident_app.domain.parties import TOKYO, Person


def quiet_end(person: Person, at: datetime) -> datetime | None:
    """Return when the quiet hours end in which `at` lies; None when it lies in none.

    They count in Japanese time and may cross midnight; from and until the same means none at all.
    """
    begin, end = person.quiet_from, person.quiet_until
    if begin is None or end is None:
        return None
    here = at.astimezone(TOKYO)
    day, clock = here.date(), here.time()
    if begin <= end:
        quiet = begin <= clock < end
    else:
        quiet = clock >= begin or clock < end
        day += timedelta(days=clock >= begin)
    return datetime.combine(day, end, TOKYO) if quiet else None
