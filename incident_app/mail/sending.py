"""What every means of sending promises, and what can come of a message.

For each envelope, in order: `before_each`, then the attempt, then `on_result`. The ledger commits
"sending" in the first and the outcome in the second, so that after a crash only the message
in between is in doubt; it goes again under its old Message-ID.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from incident_app.mail.message import Envelope


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the other side said to a message, or that there was no other side."""

    state: Literal["accepted", "temporary", "permanent"]
    """temporary: try again later (RFC 5321 4xx, or nobody answers); permanent: do not (5xx)."""
    code: int
    """The reply code; 0 when the failure was not a reply."""
    reply: str
    """The words of the reply, one line, without the recipient's address."""


BeforeEach = Callable[[Envelope], bool]
"""Asked before anything of the message goes out; False leaves it unsent and without a result."""

OnResult = Callable[[Envelope, Outcome], None]
"""Told once for every envelope that `before_each` let through."""
