"""What can be refused, and how it is said.

    Refused                 something was asked that cannot be done; says what to do next, in two languages
    ├── BadInput            a value cannot be right; knows its field, so that the form can show it there
    ├── NotFound            does not exist, or is none of this person's business (both look the same)
    ├── NotPermitted        exists, but this person's role does not carry the step
    ├── StepRefused         a need of the step is unmet; lists all of them
    └── Overtaken           somebody else was faster; look again

Messages hold words of the case and of the rules, never personal data of affected individuals.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class Refused(Exception):
    """Something cannot be done, said in Japanese and English."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(ja, en)
        self.ja = ja
        self.en = en

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"

    def said_in(self, language: str) -> str:
        """Return the message in `language` ("ja" or "en")."""
        return self.en if language == "en" else self.ja


class BadInput(Refused):
    """A value that was typed cannot be right."""

    def __init__(self, field: str, ja: str, en: str) -> None:
        super().__init__(ja, en)
        self.field = field


class NotFound(Refused):
    """No such thing within what this person may see."""

    def __init__(
        self,
        ja: str = "見つかりません。番号を確かめてください。",
        en: str = "Not found. Please check the number.",
    ) -> None:
        super().__init__(ja, en)


class NotPermitted(Refused):
    """The person's role on this contract does not carry the step."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """One need that is not met: its name in the workflow, and what is missing in words."""

    need: str
    ja: str
    en: str


class StepRefused(Refused):
    """A step was not taken, because of these unmet needs; nothing has changed."""

    def __init__(self, step: str, unmet: Sequence[Unmet]) -> None:
        super().__init__(" ".join(u.ja for u in unmet), " ".join(u.en for u in unmet))
        self.step = step
        self.unmet = tuple(unmet)


class Overtaken(Refused):
    """Another person changed the same thing a moment earlier."""

    def __init__(self) -> None:
        super().__init__(
            "ほかの人が先に手続を進めました。最新の状態を確かめてから、もう一度お試しください。",
            "Somebody else was a moment faster. Look at the latest state, then try again.",
        )
