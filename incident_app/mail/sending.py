"""What can come of a message."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the other side said to a message, or that there was no other side."""

    state: Literal["accepted", "temporary", "permanent"]
    """temporary: try again later (RFC 5321 4xx, or nobody answers); permanent: do not (5xx)."""
    code: int
    """The reply code; 0 when the failure was not a reply."""
    reply: str
    """The words of the reply, one line, without the recipient's address."""
