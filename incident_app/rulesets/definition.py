"""What a ruleset is made of: rules with a date, grounds on which a report is due, and what takes a case out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from incident_app.domain.words import FileMistake, Words

DAYS, WINDOW, HOURS, PROMPTLY = COUNTED = ("days", "window", "hours", "promptly")
IN_FORCE, NOT_IN_FORCE = STATUSES = ("in_force", "not_in_force")


class RulesetMistake(FileMistake):
    """A file of rules that cannot be used."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a party owes once it knows: by what article, to whom, and how its time is counted."""

    name: str
    label: Words
    article: str
    party: str
    """Who owes it: "contractor" (乙) or "client" (甲)."""
    to: Words
    counted: str
    """"days" and "window" count calendar days in Japan, "hours" from the instant; "promptly" has no number."""
    days: int | None
    """The day of knowledge is day 1."""
    days_if_unlawful: int | None
    window: tuple[int, int] | None
    """First and last day of a window, such as (3, 5)."""
    hours: int | None
    rolls: bool
    """A last day on which offices are closed gives way to the next open day."""
    remind: tuple[str, ...]
    """Its reminders, as `domain.ladder` reads them."""
    needs: Words | None
    """What the report has to hold."""
    unconfirmed: Words | None
    """要確認: what about this rule is not certain."""
    source: str
    effective_from: date
    effective_until: date | None
    """The last day; None: until further notice."""

    def binds_on(self, day: date) -> bool:
        """Return whether the rule is in force on a day."""
        return self.effective_from <= day <= (self.effective_until or date.max)


@dataclass(frozen=True, slots=True)
class Ground:
    """A kind of event that makes a report due for a party."""

    name: str
    label: Words
    article: str
    party: str
    when: str
    """The condition that makes it, one of `conditions.CONDITIONS`."""
    given: tuple[str, ...]
    """What must hold besides: the object of the law, such as "database"."""
    exceeds: int | None
    """For the condition "persons": more than so many."""
    unlawful: bool
    """An unlawful purpose: it makes the time of the final report the longer one."""
    unconfirmed: Words | None


@dataclass(frozen=True, slots=True)
class Exemption:
    """What takes a case out of a ruleset although a ground is met; `when` names one of `exemptions.TAKES_OUT`."""

    name: str
    label: Words
    article: str
    when: str
    unconfirmed: Words | None


@dataclass(frozen=True, slots=True)
class Note:
    """What a party should know when none of its grounds is met, such as that small events are welcome too."""

    party: str
    given: tuple[str, ...]
    said: Words


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One statute in one wording, from a day to a day, with the digest of the file that it was read from."""

    name: str
    statute: str
    version: int
    title: Words
    digest: str
    status: str
    """"in_force", or "not_in_force" for the empty place of an amendment to come."""
    effective_from: date | None
    effective_until: date | None
    source: str
    checked_on: date
    applies_if: str | None
    """A condition that must be known to hold; while it is unknown it is an open question and no ground."""
    promulgated_on: date | None
    in_force_by: date | None
    expected: Words | None
    """What an amendment to come is expected to change."""
    rules: Mapping[str, Rule]
    """By party and name, as in "contractor final_report"."""
    grounds: tuple[Ground, ...]
    exemptions: tuple[Exemption, ...]
    notes: tuple[Note, ...]

    @property
    def reference(self) -> str:
        """What is stored with everything that was counted by it, such as "jp-appi-2022/v1"."""
        return f"{self.name}/v{self.version}"

    @property
    def is_law(self) -> bool:
        """Return whether it is law in some period; the place of an amendment to come is not."""
        return self.status == IN_FORCE

    def is_in_force(self, day: date) -> bool:
        """Return whether the ruleset is law on a day."""
        if not self.is_law or self.effective_from is None:
            return False
        return self.effective_from <= day <= (self.effective_until or date.max)
