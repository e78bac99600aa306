"""Whether a condition of the law holds: for certain, as far as is suspected, not known, or not."""

from incident_app.domain.words import Words
from incident_app.rulesets.facts import NO, UNKNOWN, YES, LegalFacts

RULED_OUT, OPEN, SUSPECTED, CERTAIN = range(4)
"""In this order: several conditions together hold as far as the weakest of them. A suspicion (おそれ) is enough for a report, an unanswered question is not."""

PERSONS = "persons"
QUESTIONS = {
    "personal": Words("生存する個人に関する情報か", "whether it is information about living individuals"),
    "database": Words("データベース等の個人データか", "whether it came from a database (personal data)"),
    "sensitive": Words(
        "要配慮個人情報（病歴、障害、犯罪の経歴など）を含むか",
        "whether it holds sensitive information (illness, disability, criminal record …)",
    ),
    "ordinance_sensitive": Words(
        "条例要配慮個人情報を含むか", "whether it holds information that an ordinance calls sensitive"
    ),
    "property_damage": Words(
        "不正に利用されると財産的被害が生じるおそれがあるか（口座、カード番号など）",
        "whether misuse could cost somebody money (accounts, card numbers …)",
    ),
    "unlawful_purpose": Words(
        "不正の目的をもって行われたおそれがあるか（不正アクセス、盗難、持ち出しなど）",
        "whether it may have been done with an unlawful purpose (intrusion, theft, taking out …)",
    ),
    "my_number": Words("特定個人情報（マイナンバー）を含むか", "whether it holds my-numbers"),
    "my_number_system": Words(
        "番号法規則第2条第1号のシステム等の情報か",
        "whether it lay in a system of Article 2(1) of the my-number rules",
    ),
    "public_view": Words(
        "不特定多数の者が閲覧できる状態になったか", "whether an unspecified number of people could see it"
    ),
    "eu_residents": Words("EU域内の本人を含むか", "whether people in the EU are among the individuals"),
}
"""The facts that are answered with yes or no, each as a question."""
PRESUMED = frozenset({"personal", "database"})
"""Taken as suspected while nobody has answered: what a contractor holds for a public body comes from a list of persons."""
HOW_MANY = Words("本人の数", "how many persons it concerns")
CONDITIONS = frozenset({PERSONS, *QUESTIONS})


def holds(condition: str, facts: LegalFacts, exceeds: int | None = None) -> int:
    """Return how far a condition holds, from RULED_OUT to CERTAIN. `exceeds` belongs to "persons"."""
    if condition == PERSONS:
        return _more_than(exceeds or 0, facts)
    answer = getattr(facts, condition)
    if condition == "personal" and answer == UNKNOWN and _is_personal_by_its_kind(facts):
        answer = YES
    return {YES: CERTAIN, UNKNOWN: OPEN, NO: RULED_OUT}[answer]


def question(condition: str) -> Words:
    """Return what has to be found out about a condition."""
    return HOW_MANY if condition == PERSONS else QUESTIONS[condition]


def _more_than(limit: int, facts: LegalFacts) -> int:
    """Thresholds are "exceeds": exactly 1,000 is not more than 1,000. A possible maximum above it is a suspicion."""
    if facts.persons_low is not None and facts.persons_low > limit:
        return CERTAIN
    if facts.persons_high is None:
        return OPEN
    return SUSPECTED if facts.persons_high > limit else RULED_OUT


def _is_personal_by_its_kind(facts: LegalFacts) -> bool:
    return YES in (facts.sensitive, facts.ordinance_sensitive, facts.my_number) or bool(facts.persons_low)
