"""Reading what people typed: Japanese local time in, aware UTC out; every mistake knows its field."""

import unicodedata
from datetime import UTC, date, datetime
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import TOKYO

T = TypeVar("T")
LONGEST_NUMBER = 9
"""Digits; more would not fit the database's integers."""


class Form:
    """One form that was sent."""

    def __init__(self, sent: MultiDict[str, str]) -> None:
        self.sent = sent

    def text(self, field: str) -> str:
        """Return the words of a field; line ends as \\n, no control characters."""
        words = self.sent.get(field, "").replace("\r\n", "\n").replace("\r", "\n")
        return "".join(c for c in words if c in "\n\t" or unicodedata.category(c) != "Cc").strip()

    def texts(self, field: str) -> list[str]:
        """Return the words of a field that stands in the form several times."""
        return [words.strip() for words in self.sent.getlist(field)]

    def yes(self, field: str) -> bool:
        """Return whether a box is ticked."""
        return field in self.sent

    def number(self, field: str) -> int | None:
        """Return a whole number, or None when nothing was typed; full-width digits and commas are fine."""
        words = unicodedata.normalize("NFKC", self.text(field)).replace(",", "")
        if not words:
            return None
        if not words.isdecimal() or len(words) > LONGEST_NUMBER:
            raise BadInput(field, "数字で入力してください。", "Please enter a whole number.")
        return int(words)

    def moment(self, field: str) -> datetime | None:
        """Return an instant typed as Japanese local time, or None when nothing was typed."""
        words = self.text(field)
        if not words:
            return None
        try:
            return datetime.fromisoformat(words).replace(tzinfo=TOKYO).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadInput(
                field,
                "日時は 2026-11-30 02:00 のように入力してください。",
                "Enter date and time like 2026-11-30 02:00.",
            ) from None

    def day(self, field: str) -> date | None:
        """Return a day, or None when nothing was typed."""
        words = self.text(field)
        if not words:
            return None
        try:
            return date.fromisoformat(words)
        except ValueError:
            raise BadInput(
                field, "日付は 2026-11-30 のように入力してください。", "Enter a date like 2026-11-30."
            ) from None

    def seen(self) -> int | None:
        """Return the version of the track that this person was looking at."""
        return self.number("seen")


def needed(field: str, value: T | None) -> T:
    """Return the value of a field that cannot be left out; raises BadInput when it was."""
    if value is None:
        raise BadInput(field, "入力してください。", "Please fill this in.")
    return value
