"""What a field can hold besides plain text: a gap, a fact with its state, the rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

STATES = {"known": "確定", "estimated": "約・範囲", "under_investigation": "調査中"}
"""How far a fact of Article 16(1) is established, and the word that is printed for it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A gap, printed as a marked 「（未記入：…）」 wherever the value would have stood."""

    label: str

    def __str__(self) -> str:
        return f"（未記入：{self.label}）"

    def __html__(self) -> str:
        return Markup('<span class="missing">{}</span>').format(str(self))


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the four facts of Article 16(1): how far it is established, in words, as of when."""

    state: str | Missing
    """The printed word; one of STATES' where the sheet has such a state."""
    text: object
    as_of: object
    """An aware datetime, or an empty text."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. No rows means that there is truly nothing; an unknown table is Missing."""

    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, object]]
