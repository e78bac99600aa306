"""The facts on which the law hangs. What nobody has answered is "unknown", which is not a no."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from incident_app.domain.errors import BadInput

YES: Final = "yes"
NO: Final = "no"
UNKNOWN: Final = "unknown"
LEAK, DAMAGE, LOSS = KINDS = ("leak", "damage", "loss")
_PAIR = 2


@dataclass(frozen=True, slots=True)
class LegalFacts:
    """What is known of a case that decides whether, to whom and how soon the law asks for a report."""

    personal: str = UNKNOWN
    """It concerns information about living individuals."""
    database: str = UNKNOWN
    """個人データ: it came from a database, which is the object of Article 26."""
    kinds: frozenset[str] = frozenset({LEAK})
    """What happened: leak, damage, loss."""
    sensitive: str = UNKNOWN
    """要配慮個人情報."""
    ordinance_sensitive: str = UNKNOWN
    """条例要配慮個人情報."""
    property_damage: str = UNKNOWN
    """Misuse can cost somebody money."""
    unlawful_purpose: str = UNKNOWN
    """It was, or may have been, done with an unlawful purpose."""
    persons_low: int | None = None
    """At least so many persons."""
    persons_high: int | None = None
    """At most so many persons."""
    my_number: str = UNKNOWN
    """特定個人情報."""
    my_number_system: str = UNKNOWN
    """It lay in a system of Article 2(1) of the my-number rules."""
    public_view: str = UNKNOWN
    """An unspecified number of people could see it."""
    encrypted: str = UNKNOWN
    cipher: str = ""
    """How it was encrypted, as in "AES-256"."""
    key_separate: str = UNKNOWN
    """The key was kept apart and protected."""
    key_exposed: str = UNKNOWN
    remote_wiped: str = UNKNOWN
    """The data or the key was deleted from afar."""
    recovered_unseen: str = UNKNOWN
    """All of it came back before anybody saw it: then nothing leaked."""
    copy_exists: str = UNKNOWN
    """The same content is held elsewhere: then nothing is lost or damaged."""
    eu_residents: str = UNKNOWN
    low_risk: str = UNKNOWN
    """GDPR: a risk to the individuals is unlikely."""
    assessed_by: str = ""
    """Who looked at the exemption."""


ANSWERED = frozenset(each.name for each in fields(LegalFacts) if each.default == UNKNOWN)
"""The facts that are answered with yes, no or unknown."""
_NAMES = frozenset(each.name for each in fields(LegalFacts))


def read_facts(file: Path) -> LegalFacts:
    """Read facts from TOML: true and false for yes and no, `persons = 1001` or `persons = [500, 1500]`.

    Raises BadInput that names the file and the field.
    """
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as mistake:
        raise BadInput(
            "facts", f"{file} を読めません：{mistake}", f"{file} cannot be read: {mistake}"
        ) from mistake
    try:
        return facts_from(_without_shorthand(said))
    except BadInput as mistake:
        raise BadInput(mistake.field, f"{file}：{mistake.ja}", f"{file}: {mistake.en}") from mistake


def facts_from(said: Mapping[str, Any]) -> LegalFacts:
    """Return the facts from a mapping as `said_by` makes it; what it does not hold is unknown.

    Raises BadInput that names the field.
    """
    facts = LegalFacts(**{name: _checked(name, value) for name, value in said.items()})
    if facts.persons_high is not None and (facts.persons_low or 0) > facts.persons_high:
        raise _refused("persons", "下限が上限を超えています", "the range runs backwards")
    return facts


def said_by(facts: LegalFacts) -> dict[str, Any]:
    """Return the facts as JSON holds them; `facts_from` reads them back."""
    said = {each.name: getattr(facts, each.name) for each in fields(facts)}
    return {**said, "kinds": sorted(facts.kinds)}


def _without_shorthand(said: Mapping[str, Any]) -> dict[str, Any]:
    full = {
        name: {True: YES, False: NO}[value] if name in ANSWERED and isinstance(value, bool) else value
        for name, value in said.items()
    }
    if "persons" in full:
        persons = full.pop("persons")
        if not isinstance(persons, list):
            persons = [persons, persons]
        if len(persons) != _PAIR:
            raise _refused("persons", "人数か [下限, 上限] で書いてください", "write a number or [low, high]")
        full["persons_low"], full["persons_high"] = persons
    return full


def _checked(name: str, value: Any) -> Any:
    if name not in _NAMES:
        raise _refused(name, "そのような項目はありません", "there is no such field")
    if name == "kinds":
        return _kinds(value)
    if name in ("persons_low", "persons_high"):
        if value is not None and (type(value) is not int or value < 0):
            raise _refused("persons", "0以上の整数で書いてください", "must be a whole number, 0 or more")
        return value
    if name in ANSWERED and value not in (YES, NO, UNKNOWN):
        raise _refused(name, "true、false、unknown のいずれかです", 'must be true, false or "unknown"')
    if type(value) is not str:
        raise _refused(name, "文字で書いてください", "must be a text")
    return value


def _kinds(value: Any) -> frozenset[str]:
    known = ", ".join(KINDS)
    if not isinstance(value, list) or not value or any(kind not in KINDS for kind in value):
        raise _refused("kinds", f"{known} の一覧で書いてください", f"must be a list of {known}")
    return frozenset(value)


def _refused(name: str, ja: str, en: str) -> BadInput:
    return BadInput(name, f"{name}：{ja}。", f"{name}: {en}.")
