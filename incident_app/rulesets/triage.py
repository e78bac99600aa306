"""Triage: from the facts of a case to whether a party must report, under which article, and how soon.

It proposes; a person decides. Whatever the law says, the report to 甲 under Article 16 of the annex stays due.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from incident_app.domain.words import Words
from incident_app.rulesets import reasons
from incident_app.rulesets.conditions import CERTAIN, OPEN, RULED_OUT, holds
from incident_app.rulesets.definition import Ruleset
from incident_app.rulesets.facts import LegalFacts
from incident_app.rulesets.weighing import Weighed, Weight, applies, weigh

DAYS, DAYS_IF_UNLAWFUL = 30, 60


@dataclass(frozen=True, slots=True)
class Found:
    """A ground that is met, suspected, or not ruled out."""

    article: str
    label: Words
    name: str
    ruleset: str
    possible: bool
    """Not certain."""
    unknown: bool
    """Hangs on a question that nobody has answered; a suspicion, such as "500 to 1,500 persons", does not."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the program proposes to one party, with its reasons and what would settle the rest."""

    party: str
    reportable: bool | None
    """None: what is known does not decide it; treat it as reportable until it is ruled out."""
    grounds: tuple[Found, ...]
    days: int
    """Days of the final report: 30, or 60 when the purpose is known or suspected to be unlawful."""
    unlawful: bool
    exemption: Words | None
    exempt_because: tuple[Words, ...]
    because: tuple[Words, ...]
    open: tuple[Words, ...]
    rulesets: tuple[str, ...]
    """References of the rulesets that were looked at."""

    @property
    def carrying(self) -> tuple[Found, ...]:
        """The grounds that the answer rests on: those met or suspected; all when nothing is decided."""
        return tuple(each for each in self.grounds if self.reportable is None or not each.unknown)


def propose(facts: LegalFacts, party: str, sets: Iterable[Ruleset]) -> Proposal:
    """Hold the facts against one party's grounds in all these rulesets; what is not in force is left out.

    Without any ruleset in force nothing is decided.
    """
    looked_at = [each for each in sets if each.is_law]
    weighed = [weigh(each, facts, party) for each in looked_at if applies(each, facts) == CERTAIN]
    met = [weight for each in weighed for weight in each.met]
    strongest = max((each.level for each in met), default=RULED_OUT)
    reportable = None if strongest == OPEN or not looked_at else strongest > OPEN
    unlawful = any(each.ground.unlawful and holds(each.ground.when, facts) > OPEN for each in met)
    days = DAYS_IF_UNLAWFUL if unlawful else DAYS
    exempt = [exemption for each in weighed for exemption in each.exempt]
    counts_days = any(rule.days for each in met for rule in each.ruleset.rules.values())
    because = [
        *(words for each in weighed for words in reasons.of_ruleset(each, facts, reportable)),
        *([reasons.of_days(days, unlawful, facts)] if counts_days else []),
        *reasons.of_conclusion(reportable),
    ]
    return Proposal(
        party=party,
        reportable=reportable,
        grounds=tuple(_found(each) for each in met),
        days=days,
        unlawful=unlawful,
        exemption=reasons.named(exempt[0]) if exempt else None,
        exempt_because=_once(words for each in exempt for words in reasons.of_exemption(each, facts)),
        because=_once(because),
        open=_once(_open(looked_at, weighed, facts, party)),
        rulesets=tuple(each.reference for each in looked_at),
    )


def as_json(proposal: Proposal, language: str) -> dict[str, Any]:
    """Return a proposal as JSON holds it; what is open stands at the end of its sentences."""
    return {
        "party": proposal.party,
        "reportable": proposal.reportable,
        "grounds": [each.article for each in proposal.carrying],
        "days": proposal.days,
        "because": [words.said_in(language) for words in (*proposal.because, *proposal.open)],
    }


def said_by(proposal: Proposal) -> dict[str, Any]:
    """Return what is stored with a decision: two proposals that say the same give the same.

    Grounds that only hang on an unanswered question are not among it, so that an answer of "no" changes nothing.
    """
    return {
        "reportable": proposal.reportable,
        "grounds": sorted(f"{each.ruleset} {each.name}" for each in proposal.grounds if not each.unknown),
        "days": proposal.days,
        "exemption": proposal.exemption is not None,
        "rulesets": sorted(proposal.rulesets),
    }


def _found(weight: Weight) -> Found:
    return Found(
        article=weight.ground.article,
        label=weight.ground.label,
        name=weight.ground.name,
        ruleset=weight.ruleset.reference,
        possible=weight.level < CERTAIN,
        unknown=weight.level == OPEN,
    )


def _open(looked_at: list[Ruleset], weighed: list[Weighed], facts: LegalFacts, party: str) -> Iterator[Words]:
    if not looked_at:
        yield Words(
            "未確認：この日に有効な法令データがありません", "Open: no ruleset was in force on that day"
        )
    for each in weighed:
        yield from reasons.of_open_answers(each, facts)
    for ruleset in looked_at:
        concerns_party = any(ground.party == party for ground in ruleset.grounds)
        if ruleset.applies_if and concerns_party and applies(ruleset, facts) == OPEN:
            yield reasons.to_settle(ruleset.applies_if)


def _once(sentences: Iterable[Words]) -> tuple[Words, ...]:
    return tuple(dict.fromkeys(sentences))
