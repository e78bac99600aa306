"""The facts on which the law hangs, from a file, from a form and back from the database."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.assets import asset_dir
from incident_app.domain.errors import BadInput
from incident_app.rulesets.facts import KINDS, NO, UNKNOWN, YES, LegalFacts, facts_from, read_facts, said_by

TEXTS = ("cipher", "assessed_by")
NUMBERS = ("persons_low", "persons_high")
ANSWERS = [each.name for each in fields(LegalFacts) if each.name not in (*TEXTS, *NUMBERS, "kinds")]


def read(text: str, folder: Path) -> LegalFacts:
    file = folder / "facts.toml"
    file.write_text(text, encoding="utf-8")
    return read_facts(file)


def test_what_nobody_answered_is_unknown() -> None:
    """An empty form is not twenty times no."""
    facts = facts_from({})

    assert facts == LegalFacts()
    assert {getattr(facts, name) for name in ANSWERS} == {UNKNOWN}
    assert (facts.persons_low, facts.persons_high, facts.kinds) == (None, None, frozenset({"leak"}))


def test_a_file_says_yes_no_unknown_and_how_many(tmp_path: Path) -> None:
    """It is written by people, so true and false will do."""
    facts = read(
        'personal = true\ndatabase = false\nsensitive = "unknown"\npersons = 1001\nkinds = ["leak", "loss"]\n'
        'cipher = "AES-256"\nassessed_by = "情報政策課長"\n',
        tmp_path,
    )

    assert (facts.personal, facts.database, facts.sensitive) == (YES, NO, UNKNOWN)
    assert (facts.persons_low, facts.persons_high) == (1001, 1001)
    assert facts.kinds == {"leak", "loss"}
    assert (facts.cipher, facts.assessed_by) == ("AES-256", "情報政策課長")


def test_a_number_may_be_a_range(tmp_path: Path) -> None:
    """On the first day nobody knows more than 500 to 1,500."""
    facts = read("persons = [500, 1500]\n", tmp_path)
    assert (facts.persons_low, facts.persons_high) == (500, 1500)


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("colour = true", "colour", "no such field"),
        ("personal = 1", "personal", "must be true, false"),
        ('personal = "maybe"', "personal", "must be true, false"),
        ("personal = []", "personal", "must be true, false"),
        ("cipher = true", "cipher", "must be a text"),
        ("assessed_by = 3", "assessed_by", "must be a text"),
        ("persons = -1", "persons", "0 or more"),
        ("persons = 1.5", "persons", "0 or more"),
        ("persons = true", "persons", "0 or more"),
        ('persons = "many"', "persons", "0 or more"),
        ("persons = [1500, 500]", "persons", "backwards"),
        ("persons = [1, 2, 3]", "persons", "a number or [low, high]"),
        ("persons = []", "persons", "a number or [low, high]"),
        ("kinds = []", "kinds", "must be a list"),
        ('kinds = "leak"', "kinds", "must be a list"),
        ('kinds = ["theft"]', "kinds", "must be a list"),
        ("personal = = 1", "facts", "line 1"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_file_and_field(
    tmp_path: Path, text: str, field: str, reason: str
) -> None:
    """A misspelt key that was passed over would leave a question open that somebody had answered."""
    with pytest.raises(BadInput) as refusal:
        read(text, tmp_path)

    assert refusal.value.field == field
    assert str(tmp_path / "facts.toml") in refusal.value.ja
    assert str(tmp_path / "facts.toml") in refusal.value.en and reason in refusal.value.en


def test_a_file_that_is_not_there_or_not_utf8_is_refused(tmp_path: Path) -> None:
    """In words, not with a stack of calls."""
    other = tmp_path / "cp932.toml"
    other.write_bytes('cipher = "暗号"'.encode("cp932"))
    for file in (tmp_path / "none.toml", other):
        with pytest.raises(BadInput, match="cannot be read"):
            read_facts(file)


@pytest.mark.parametrize(
    "said",
    [{"persons_low": 0, "persons_high": -1}, {"persons_high": True}, {"personal": True}, {"kinds": [[]]}],
)
def test_what_comes_from_a_form_or_the_database_is_checked_as_well(said: dict[str, Any]) -> None:
    """Shorthand is for files; what is kept has one way to be written."""
    with pytest.raises(BadInput):
        facts_from(said)


def test_at_most_so_many_persons_may_stand_alone() -> None:
    """A list of 900 rows holds at most 900 people, however many twice."""
    assert facts_from({"persons_high": 900}).persons_low is None


answers = st.sampled_from([YES, NO, UNKNOWN])


@given(
    st.fixed_dictionaries(dict.fromkeys(ANSWERS, answers)),
    st.sets(st.sampled_from(KINDS), min_size=1),
    st.one_of(st.none(), st.integers(0, 500)),
    st.one_of(st.none(), st.integers(500, 10**8)),
    st.text(),
)
def test_facts_come_back_from_the_database_as_they_went_in(
    said: dict[str, str], kinds: set[str], low: int | None, high: int | None, who: str
) -> None:
    """What a decision rested on must be readable years later."""
    facts = LegalFacts(**said, kinds=frozenset(kinds), persons_low=low, persons_high=high, assessed_by=who)
    assert facts_from(json.loads(json.dumps(said_by(facts)))) == facts


def test_the_grammar_names_every_fact() -> None:
    """Whoever writes a file of facts has the README, not the source."""
    readme = (asset_dir("workflows") / "rulesets" / "README.md").read_text(encoding="utf-8")
    expected = {"persons", *(each.name for each in fields(LegalFacts))} - {*NUMBERS}
    assert [name for name in sorted(expected) if f"`{name}`" not in readme] == []
