"""A clock that tests set."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar


@dataclass
class TestClock:
    """Stands still until it is told to go on. Starts on 30 November 2026 at two in the morning in Japan."""

    __test__: ClassVar[bool] = False  # pytest: a helper, although its name says Test

    now: datetime = datetime(2026, 11, 29, 17, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Go on by days=, hours=, minutes=, seconds= …"""
        self.now += timedelta(**by)
