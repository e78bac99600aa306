"""The shelf of rulesets: what is shipped, what is in force when, and that two wordings never are at once."""

import hashlib
import shutil
from datetime import date
from pathlib import Path

import pytest

from incident_app.assets import asset_dir
from incident_app.domain.errors import NotFound
from incident_app.domain.parties import CLIENT, CONTRACTOR
from incident_app.rulesets.definition import PROMPTLY, Ruleset, RulesetMistake
from incident_app.rulesets.library import in_force, read_rulesets, ruleset_named, rulesets

FOLDER = asset_dir("workflows") / "rulesets"
SHIPPED = ["gdpr", "jp-appi-2022", "jp-appi-2028", "jp-mynumber"]
RULES = [rule for each in rulesets().values() for rule in each.rules.values()]
GROUNDS = [ground for each in rulesets().values() for ground in each.grounds]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shelf of one's own, with the shipped rulesets."""
    return Path(shutil.copytree(FOLDER, tmp_path / "rulesets"))


def next_wording(folder: Path, begins: str, ends: str | None = None) -> None:
    """Write a wording of the act that begins on a day, and end the present one on another."""
    present = folder / "jp-appi-2022.toml"
    text = present.read_text(encoding="utf-8")
    first = "effective_from = 2022-04-01\n"
    (folder / "jp-appi-2030.toml").write_text(
        text.replace("jp-appi-2022", "jp-appi-2030")
        .replace(first, f"effective_from = {begins}\n")
        .replace("effective_from = 2023-04-01\n", ""),
        encoding="utf-8",
    )
    if ends:
        present.write_text(text.replace(first, f"{first}effective_until = {ends}\n"), encoding="utf-8")


def names(found: list[Ruleset]) -> list[str]:
    return [each.name for each in found]


def test_the_shipped_rulesets_are_whole() -> None:
    """Each is read without a mistake, and bears its name, version and the digest of its file."""
    assert list(rulesets()) == SHIPPED
    assert ruleset_named("jp-appi-2022").reference == "jp-appi-2022/v1"
    for name, ruleset in rulesets().items():
        assert ruleset.digest == hashlib.sha256((FOLDER / f"{name}.toml").read_bytes()).hexdigest()


def test_a_ruleset_that_is_not_there_is_refused_with_those_that_are() -> None:
    """Whoever mistypes a name wants to see the names."""
    with pytest.raises(NotFound) as refusal:
        ruleset_named("jp-appi-2021")
    assert "jp-appi-2021" in refusal.value.ja and "jp-appi-2022" in refusal.value.ja
    assert "jp-appi-2021" in refusal.value.en and "jp-appi-2022" in refusal.value.en


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2018, 5, 24), []),
        (date(2022, 3, 31), ["gdpr"]),
        (date(2022, 4, 1), ["gdpr", "jp-appi-2022", "jp-mynumber"]),
        (date(2028, 7, 17), ["gdpr", "jp-appi-2022", "jp-mynumber"]),
    ],
)
def test_what_is_in_force_depends_on_the_day(day: date, expected: list[str]) -> None:
    """The day of knowledge picks the law; the amendment's empty place is not law on any day."""
    assert names(in_force(day)) == expected


def test_the_empty_place_says_what_is_expected_and_by_when() -> None:
    """It is there to be seen, not to be applied."""
    slot = ruleset_named("jp-appi-2028")

    assert (slot.statute, slot.promulgated_on, slot.in_force_by) == (
        "jp-appi",
        date(2026, 7, 17),
        date(2028, 7, 17),
    )
    assert slot.expected and "第26条第2項" in slot.expected.ja and "Article 26(2)" in slot.expected.en
    assert not slot.is_law and not slot.rules and not slot.grounds


def test_two_wordings_of_one_statute_on_one_day_are_refused(folder: Path) -> None:
    """Two laws at once would give two dates, and somebody would pick the later."""
    next_wording(folder, begins="2030-04-01")
    with pytest.raises(RulesetMistake, match="jp-appi-2022 of the same statute is still in force") as refusal:
        read_rulesets(folder)

    lines = (folder / "jp-appi-2030.toml").read_text(encoding="utf-8").splitlines()
    assert refusal.value.file == str(folder / "jp-appi-2030.toml")
    assert lines[refusal.value.line - 1] == "effective_from = 2030-04-01"


def test_two_wordings_that_share_only_their_last_and_first_day_are_refused(folder: Path) -> None:
    """Both days are included in a period."""
    next_wording(folder, begins="2030-04-01", ends="2030-04-01")
    with pytest.raises(RulesetMistake, match="begins on 2030-04-01"):
        read_rulesets(folder)


@pytest.mark.parametrize("begins", ["2030-04-01", "2030-06-01"], ids=["the next day", "after a gap"])
def test_one_wording_follows_another(folder: Path, begins: str) -> None:
    """Old cases keep the old wording; a gap is allowed, because laws have had them."""
    next_wording(folder, begins=begins, ends="2030-03-31")
    shelf = read_rulesets(folder)

    assert shelf["jp-appi-2022"].is_in_force(date(2030, 3, 31))
    assert not shelf["jp-appi-2022"].is_in_force(date(2030, 4, 1))
    assert shelf["jp-appi-2030"].is_in_force(date.fromisoformat(begins))


def test_every_rule_cites_its_article_and_source() -> None:
    """Each date on a page leads to the text that it rests on."""
    assert len(RULES) == 17
    for rule in RULES:
        assert "第" in rule.article and "条" in rule.article
        assert rule.source and rule.to.ja and rule.to.en and rule.needs
        assert bool(rule.remind) == (rule.counted != PROMPTLY)


def test_every_ground_cites_its_article() -> None:
    """A report names the number under which it is made."""
    assert all("条" in ground.article and ground.label.en for ground in GROUNDS)


def test_the_thresholds_are_those_of_the_law() -> None:
    """1,000 for the contractor, 100 for the client, 100 for my-numbers whoever holds them."""
    numbers = [
        (each.name, ground.party, ground.exceeds)
        for each in rulesets().values()
        for ground in each.grounds
        if ground.exceeds
    ]

    assert numbers == [
        ("jp-appi-2022", CONTRACTOR, 1000),
        ("jp-appi-2022", CLIENT, 100),
        ("jp-mynumber", CONTRACTOR, 100),
        ("jp-mynumber", CLIENT, 100),
    ]


def test_what_rests_on_general_knowledge_says_so() -> None:
    """GDPR was not looked up for this project: every one of its rules is marked."""
    assert all(rule.unconfirmed for rule in ruleset_named("gdpr").rules.values())
    assert all(rule.unconfirmed for rule in RULES if rule.window)
