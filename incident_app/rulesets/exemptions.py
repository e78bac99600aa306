"""What takes a case out of a ruleset, condition by condition, and who looked at it."""

from collections.abc import Callable

from incident_app.domain.words import Words
from incident_app.rulesets.definition import Exemption
from incident_app.rulesets.facts import DAMAGE, KINDS, LEAK, LOSS, NO, UNKNOWN, YES, LegalFacts

Looked = tuple[bool, tuple[Words, ...]]
"""Whether all conditions of an exemption are met, and each in words; no words: it does not come into question."""

_ANSWERS = {YES: Words("はい", "yes"), NO: Words("いいえ", "no"), UNKNOWN: Words("不明", "unknown")}


def _encryption(facts: LegalFacts) -> Looked:
    """The key must be out of reach or gone: encryption alone exempts nothing."""
    if facts.encrypted == NO:
        return False, ()
    key_is_safe = facts.key_separate == YES and facts.key_exposed != YES
    met = facts.encrypted == YES and (key_is_safe or facts.remote_wiped == YES) and bool(facts.assessed_by)
    return met, (
        _answer("暗号化", "encrypted", facts.encrypted, facts.cipher),
        _answer("鍵の分離保管", "key kept apart", facts.key_separate),
        _answer("鍵の露出", "key exposed", facts.key_exposed),
        _answer("遠隔消去", "wiped from afar", facts.remote_wiped),
        _assessor(facts),
    )


def _recovered_unseen(facts: LegalFacts) -> Looked:
    if LEAK not in facts.kinds or facts.recovered_unseen == NO:
        return False, ()
    return facts.recovered_unseen == YES, (
        _answer(
            "第三者に見られる前にすべて回収", "all recovered before anybody saw it", facts.recovered_unseen
        ),
    )


def _copy_exists(facts: LegalFacts) -> Looked:
    if not facts.kinds & {DAMAGE, LOSS} or facts.copy_exists == NO:
        return False, ()
    return facts.copy_exists == YES, (
        _answer("同じ内容のデータをほかに保管", "same content held elsewhere", facts.copy_exists),
    )


def _low_risk(facts: LegalFacts) -> Looked:
    if facts.low_risk == NO:
        return False, ()
    return facts.low_risk == YES and bool(facts.assessed_by), (
        _answer("本人のリスクが生じる可能性が低い", "a risk to individuals is unlikely", facts.low_risk),
        _assessor(facts),
    )


TAKES_OUT: dict[str, tuple[Callable[[LegalFacts], Looked], frozenset[str]]] = {
    "encryption": (_encryption, frozenset(KINDS)),
    "recovered_unseen": (_recovered_unseen, frozenset({LEAK})),
    "copy_exists": (_copy_exists, frozenset({DAMAGE, LOSS})),
    "low_risk": (_low_risk, frozenset(KINDS)),
}
"""By the name of an exemption's condition: how it is looked at, and which kinds of event it takes out."""


def look_at(exemption: Exemption, facts: LegalFacts) -> Looked:
    """Return whether an exemption holds, and each of its conditions in words."""
    return TAKES_OUT[exemption.when][0](facts)


def taken_out(exemptions: tuple[Exemption, ...], facts: LegalFacts) -> tuple[Exemption, ...]:
    """Return the exemptions by which no kind of event is left; none when one is left."""
    met = tuple(each for each in exemptions if look_at(each, facts)[0])
    left = facts.kinds.difference(*(TAKES_OUT[each.when][1] for each in met))
    return () if left else met


def _answer(ja: str, en: str, answer: str, detail: str = "") -> Words:
    words = _ANSWERS[answer]
    more = (f"（{detail}）", f" ({detail})") if detail else ("", "")
    return Words(f"{ja}：{words.ja}{more[0]}", f"{en}: {words.en}{more[1]}")


def _assessor(facts: LegalFacts) -> Words:
    return Words(
        f"評価者：{facts.assessed_by or '未記入'}", f"assessed by: {facts.assessed_by or 'nobody yet'}"
    )
