"""What a row of a list turns out to be."""

from datetime import date
from typing import NamedTuple

Codes = tuple[str, ...]
"""Keys of `reasons.REASONS`."""


class Person(NamedTuple):
    """An affected individual as one row tells. Shows no content in logs and tracebacks."""

    reference: str
    """宛名番号; where the list gives none, # and a digest of what it says about the person."""
    name: str
    """As written, character by character."""
    kana: str
    birth_date: date | None
    postal_code: str
    """NNN-NNNN, or empty."""
    address_lines: tuple[str, ...]
    phone: str
    """As the list writes it, in plain digits."""
    email: str | None
    items: tuple[str, ...]
    """What leaked of this person."""
    holds: frozenset[str]
    """Why no letter goes out by itself: codes whose verdict is held."""
    guardian: str | None
    """保護者, to whom a minor's letter goes."""

    def __repr__(self) -> str:
        return "Person(…)"


class FirstRow(NamedTuple):
    """A person who stands in the list for the first time."""

    line: int
    codes: Codes
    ordinal: int
    """The person's place among the persons of the list, from 0."""
    person: Person
    looks_like: int | None
    """The earlier person who may be the same ("maybe_same"), by ordinal: a person decides."""


class FurtherRow(NamedTuple):
    """A further row of an earlier person."""

    line: int
    codes: Codes
    ordinal: int
    """The earlier person's."""
    adds: Person
    """What this row says: its items and holds are to be added, e-mail and guardian where they are missing."""


class RejectedRow(NamedTuple):
    """A row that became no person."""

    line: int
    codes: Codes


Finding = FirstRow | FurtherRow | RejectedRow
