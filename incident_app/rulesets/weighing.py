"""One ruleset held against the facts: how far each ground of a party holds, and what takes the case out."""

from dataclasses import dataclass

from incident_app.rulesets.conditions import CERTAIN, OPEN, PRESUMED, RULED_OUT, SUSPECTED, holds
from incident_app.rulesets.definition import Exemption, Ground, Note, Ruleset
from incident_app.rulesets.exemptions import taken_out
from incident_app.rulesets.facts import LegalFacts


@dataclass(frozen=True, slots=True)
class Weight:
    """A ground and how far it holds, from `conditions.RULED_OUT` to `conditions.CERTAIN`."""

    ruleset: Ruleset
    ground: Ground
    level: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """What one ruleset says of the facts for one party."""

    ruleset: Ruleset
    every: tuple[Weight, ...]
    exempt: tuple[Exemption, ...]
    notes: tuple[Note, ...]

    @property
    def in_question(self) -> tuple[Weight, ...]:
        """The grounds that are not ruled out, whether or not an exemption holds."""
        return tuple(each for each in self.every if each.level > RULED_OUT)

    @property
    def met(self) -> tuple[Weight, ...]:
        """The grounds on which a report may be due; none when the case is taken out."""
        return () if self.exempt else self.in_question


def applies(ruleset: Ruleset, facts: LegalFacts) -> int:
    """Return how far the ruleset concerns the case at all, such as the GDPR people in the EU."""
    return holds(ruleset.applies_if, facts) if ruleset.applies_if else CERTAIN


def weigh(ruleset: Ruleset, facts: LegalFacts, party: str) -> Weighed:
    """Hold a ruleset against the facts for one party."""
    every = tuple(
        Weight(
            ruleset,
            ground,
            min(holds(ground.when, facts, ground.exceeds), _given(ground.given, facts)),
        )
        for ground in ruleset.grounds
        if ground.party == party
    )
    in_question = any(each.level > RULED_OUT for each in every)
    due = any(each.level > OPEN for each in every)
    return Weighed(
        ruleset,
        every,
        exempt=taken_out(ruleset.exemptions, facts) if in_question else (),
        notes=tuple(
            note
            for note in ruleset.notes
            if note.party == party and not due and _given(note.given, facts) > RULED_OUT
        ),
    )


def _given(conditions: tuple[str, ...], facts: LegalFacts) -> int:
    return min((_presumed(each, facts) for each in conditions), default=CERTAIN)


def _presumed(condition: str, facts: LegalFacts) -> int:
    """What lists of persons nearly always are is taken for so until somebody says that it is not."""
    level = holds(condition, facts)
    return SUSPECTED if level == OPEN and condition in PRESUMED else level
