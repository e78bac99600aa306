"""The sentences of a proposal: why it says what it says, and which answer would settle the rest."""

from collections.abc import Iterator, Sequence

from incident_app.domain.words import Words
from incident_app.rulesets.conditions import (
    CERTAIN,
    OPEN,
    PERSONS,
    RULED_OUT,
    SUSPECTED,
    holds,
    question,
)
from incident_app.rulesets.definition import Exemption, Ground
from incident_app.rulesets.exemptions import look_at
from incident_app.rulesets.explaining import to_confirm
from incident_app.rulesets.facts import UNKNOWN, LegalFacts
from incident_app.rulesets.weighing import Weighed, Weight

_HOW_FAR = {
    CERTAIN: Words("該当します", "met"),
    SUSPECTED: Words("該当するおそれがあります", "suspected"),
    OPEN: Words("該当しないとはまだ言えません", "not ruled out yet"),
    RULED_OUT: Words("該当しません", "not met"),
}


def of_ruleset(weighed: Weighed, facts: LegalFacts, reportable: bool | None) -> Iterator[Words]:
    """Say what a ruleset makes of the facts; grounds that are merely open speak only while nothing is decided."""
    for weight in weighed.met:
        if weight.level > OPEN or reportable is None:
            yield from of_ground(weight, facts)
    for weight in weighed.every:
        if weight.level == RULED_OUT:
            yield from of_ruled_out(weight, facts)
    for exemption in weighed.exempt:
        yield named(exemption)
        yield from of_exemption(exemption, facts)
    for note in weighed.notes:
        yield note.said


def of_ground(weight: Weight, facts: LegalFacts) -> Iterator[Words]:
    """Say how far a ground holds, and by which number when it is one of numbers."""
    ground, far = weight.ground, _HOW_FAR[weight.level]
    number = _number(ground, facts)
    yield Words(
        f"{ground.article}（{ground.label.ja}）：{number.ja}{far.ja}。",
        f"{ground.article} ({ground.label.en}): {number.en}{far.en}.",
    )
    if ground.unconfirmed and weight.level > RULED_OUT:
        yield to_confirm(ground.unconfirmed)


def of_ruled_out(weight: Weight, facts: LegalFacts) -> Iterator[Words]:
    """Say what a ground lacks: the object of the law, or a number of persons that is not exceeded."""
    lacking = [question(each) for each in weight.ground.given if holds(each, facts) == RULED_OUT]
    for each in lacking:
        yield Words(f"{each.ja}：いいえ。", f"{each.en[:1].upper()}{each.en[1:]}: no.")
    if weight.ground.when == PERSONS and not lacking:
        yield from of_ground(weight, facts)


def of_exemption(exemption: Exemption, facts: LegalFacts) -> Iterator[Words]:
    """Say each condition of an exemption that holds, and who looked at it."""
    yield from look_at(exemption, facts)[1]
    if exemption.unconfirmed:
        yield to_confirm(exemption.unconfirmed)


def named(exemption: Exemption) -> Words:
    """Return the exemption with its article."""
    return Words(
        f"{exemption.label.ja}（{exemption.article}）のため対象外です。",
        f"Exempt: {exemption.label.en} ({exemption.article}).",
    )


def of_days(days: int, unlawful: bool, facts: LegalFacts) -> Words:
    """Say how many days the final report has, and why."""
    if unlawful:
        return Words(
            f"不正の目的による事態を含むため、確報の期間は{days}日です。",
            f"The final report has {days} days, because an unlawful purpose is among the grounds.",
        )
    if facts.unlawful_purpose == UNKNOWN:
        return Words(
            f"不正の目的かどうかは未回答です。確報の期間は、短いほうの{days}日とします。",
            f"Whether the purpose was unlawful is not answered: the final report gets the shorter {days} days.",
        )
    return Words(
        f"不正の目的による事態を含まないため、確報の期間は{days}日です。",
        f"The final report has {days} days, because no unlawful purpose is among the grounds.",
    )


def of_conclusion(reportable: bool | None) -> Iterator[Words]:
    """Say the proposal in a sentence. Whatever the law asks, the annex stays."""
    if reportable:
        yield Words("報告対象と見込まれます。", "A statutory report looks due.")
    elif reportable is None:
        yield Words(
            "未回答の事項により決まります。除外されるまでは報告対象として扱ってください。",
            "It hangs on open questions. Treat it as reportable until that is ruled out.",
        )
    else:
        yield Words("法令上の報告対象ではないと見込まれます。", "No statutory report looks due.")
        yield Words(
            "特記事項第16条による乙から甲への報告は、これにかかわらず必要です。",
            "The contractor's report to the client under Article 16 of the annex is due all the same.",
        )


def of_open_answers(weighed: Weighed, facts: LegalFacts) -> Iterator[Words]:
    """Ask for what keeps a ground from being certain or ruled out, and for what is missing to an exemption."""
    for weight in weighed.met:
        for condition in (*weight.ground.given, weight.ground.when):
            if RULED_OUT < holds(condition, facts, weight.ground.exceeds) < CERTAIN:
                yield to_settle(condition)
    for exemption in weighed.ruleset.exemptions if weighed.met else ():
        met, conditions = look_at(exemption, facts)
        if conditions and not met:
            yield _missing_to(exemption, conditions)


def to_settle(condition: str) -> Words:
    """Say that a condition is still to be found out."""
    asked = question(condition)
    return Words(f"未確認：{asked.ja}", f"Open: {asked.en}")


def _missing_to(exemption: Exemption, conditions: Sequence[Words]) -> Words:
    return Words(
        f"未確認：{exemption.label.ja}による除外の要件（{'、'.join(each.ja for each in conditions)}）",
        f"Open: the conditions of “{exemption.label.en}” ({', '.join(each.en for each in conditions)})",
    )


def _number(ground: Ground, facts: LegalFacts) -> Words:
    if ground.exceeds is None:
        return Words("", "")
    ja, en = _persons(facts.persons_low, facts.persons_high)
    return Words(f"本人の数{ja}、基準{ground.exceeds:,}人超。", f"{en}, more than {ground.exceeds:,} asked; ")


def _persons(low: int | None, high: int | None) -> tuple[str, str]:
    if low is None and high is None:
        return "不明", "number of persons unknown"
    if low == high:
        return f"{low:,}人", f"{low:,} persons"
    if high is None:
        return f"{low:,}人以上", f"{low:,} persons or more"
    if low is None:
        return f"最大{high:,}人", f"up to {high:,} persons"
    return f"{low:,}～{high:,}人", f"{low:,} to {high:,} persons"
