"""A ruleset with a mistake is refused at start-up, with file, line and reason."""

from datetime import date
from pathlib import Path

import pytest

from incident_app.assets import asset_dir
from incident_app.domain.words import Words
from incident_app.rulesets.definition import Ruleset, RulesetMistake
from incident_app.rulesets.reading import read_ruleset

FOLDER = asset_dir("workflows") / "rulesets"
WHOLE = (FOLDER / "jp-appi-2022.toml").read_text(encoding="utf-8")
SLOT = (FOLDER / "jp-appi-2028.toml").read_text(encoding="utf-8")
LADDER = 'remind = ["-1d@09:00", "0d@09:00", "+0h", "+1d@09:00", "+3d@09:00"]'

MISTAKES = {
    "no valid TOML": ("version = 1", "version = = 1", "Invalid value"),
    "an unknown key of the file": ("version = 1", "colour = 1\nversion = 1", "unknown key: colour"),
    "an unknown key of a rule": ("rolls = true", "roll = 1\nrolls = true", "unknown key: roll"),
    "an unknown key of a ground": (
        'when = "sensitive"',
        'exceeds = 3\nwhen = "sensitive"',
        "unknown key: exceeds",
    ),
    "an unknown key of an exemption": (
        'when = "encryption"',
        'rolls = true\nwhen = "encryption"',
        "unknown key",
    ),
    "an empty source": ('source = "e-Gov', 'source = " " # e-Gov', "source may not be empty"),
    "a version in words": ("version = 1", 'version = "1"', "version must be a whole number"),
    "a version that is true": ("version = 1", "version = true", "version must be a whole number"),
    "a version of nought": ("version = 1", "version = 0", "version must be 1 or more"),
    "an unknown status": ('status = "in_force"', 'status = "soon"', "unknown status 'soon'"),
    "a first day in words": ("effective_from = 2022-04-01", 'effective_from = "soon"', "must be a day"),
    "a first instant": (
        "effective_from = 2022-04-01",
        "effective_from = 2022-04-01T00:00:00",
        "must be a day",
    ),
    "a period that runs backwards": (
        "effective_from = 2022-04-01",
        "effective_until = 2022-03-31\neffective_from = 2022-04-01",
        "lies before effective_from",
    ),
    "another name than the file's": ('name = "jp-appi-2022"', 'name = "appi"', "calls itself appi"),
    "an unknown fact to apply": ("version = 1", 'applies_if = "x"\nversion = 1', "unknown applies_if 'x'"),
    "an unknown party": ('party = "contractor"', 'party = "mayor"', "unknown party 'mayor'"),
    "an unknown way to count": ('counted = "days"', 'counted = "weeks"', "unknown counted 'weeks'"),
    "days in a window": ("window = [3, 5]", "days = 5\nwindow = [3, 5]", "unknown key: days"),
    "more days in a window": (
        "window = [3, 5]",
        "days_if_unlawful = 60\nwindow = [3, 5]",
        "that counts days",
    ),
    "a window that runs backwards": ("window = [3, 5]", "window = [5, 3]", "its first and its last day"),
    "a window of three days": ("window = [3, 5]", "window = [3, 4, 5]", "its first and its last day"),
    "a window in words": ("window = [3, 5]", 'window = ["3", "5"]', "a list of whole numbers"),
    "a rung that is none": (LADDER, 'remind = ["-7d"]', "remind must look like"),
    "a reminder that is no list": (LADDER, 'remind = "+0h"', "a list of texts"),
    "a reminder in numbers": (LADDER, "remind = [4]", "a list of texts"),
    "a date that nobody is reminded of": (LADDER, "remind = []", "at least once"),
    "a rule before its ruleset": (
        "effective_from = 2023-04-01",
        "effective_from = 2021-04-01",
        "outside the period of its ruleset",
    ),
    "an unknown condition": ('when = "sensitive"', 'when = "bad_luck"', "unknown when 'bad_luck'"),
    "an unknown fact that is given": ('given = ["personal"]', 'given = ["x"]', "unknown given 'x'"),
    "an unlawful purpose in words": ("unlawful = true", 'unlawful = "yes"', "must be true or false"),
    "an unknown exemption": ('when = "encryption"', 'when = "good_faith"', "unknown when 'good_faith'"),
}
"""What is wrong: the text that is replaced, by what (its first line is the one to be named), and the reason given."""

MISSING = {
    "title_en": "title_en = ",
    "effective_from": "effective_from = 2022",
    "rolls": "rolls = ",
    "exceeds": "exceeds = ",
    "remind": "remind = ",
    "article": "article = ",
    "said": "said = ",
}


def read(text: str, folder: Path, name: str = "jp-appi-2022") -> Ruleset:
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return read_ruleset(file)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_file_line_and_reason(tmp_path: Path, mistake: str) -> None:
    """Statutes are edited by lawyers and officers; they are told where, not only that."""
    old, new, reason = MISTAKES[mistake]
    before, after = WHOLE.split(old, 1)
    with pytest.raises(RulesetMistake) as refusal:
        read(before + new + after, tmp_path)

    file, line = str(tmp_path / "jp-appi-2022.toml"), before.count("\n") + 1
    assert (refusal.value.file, refusal.value.line) == (file, line)
    assert reason in refusal.value.what
    assert str(refusal.value).startswith(f"{file}:{line}: ")


@pytest.mark.parametrize("key", MISSING)
def test_a_missing_key_is_named_at_the_head_of_its_table(tmp_path: Path, key: str) -> None:
    """There is no line of its own to point at."""
    lines = WHOLE.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(MISSING[key]))
    head = max((number for number in range(at) if lines[number].startswith("[[")), default=0)
    with pytest.raises(RulesetMistake, match=f"missing: {key}") as refusal:
        read("\n".join(lines[:at] + lines[at + 1 :]), tmp_path)
    assert refusal.value.line == head + 1


def test_a_rule_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Of two final reports one would be forgotten; each party may have one of its own."""
    twice = WHOLE.replace('name = "preliminary_report"', 'name = "final_report"', 1)
    with pytest.raises(RulesetMistake, match="'final_report' stands here twice for the contractor"):
        read(twice, tmp_path)


def test_a_rule_may_not_outlive_its_ruleset(tmp_path: Path) -> None:
    """What a new wording ends is ended whole."""
    ended = WHOLE.replace(
        "effective_from = 2022-04-01", "effective_from = 2022-04-01\neffective_until = 2027-03-31"
    )
    outlived = ended.replace(
        "effective_from = 2023-04-01", "effective_from = 2023-04-01\neffective_until = 2028-01-01"
    )

    rule = read(ended, tmp_path).rules["client final_report"]
    assert rule.effective_until == date(2027, 3, 31)
    with pytest.raises(RulesetMistake, match="outside the period"):
        read(outlived, tmp_path)


@pytest.mark.parametrize("text", ['rules = ["x"]\n' + SLOT, "rules = [{name = 'x'}]\n" + SLOT])
def test_rules_that_do_not_stand_under_lines_of_their_own_are_refused(tmp_path: Path, text: str) -> None:
    """Every refusal points at a line, so every rule has lines."""
    with pytest.raises(RulesetMistake, match=r"\[\[rules\]\]"):
        read(text, tmp_path, "jp-appi-2028")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """An office saves as CP932 before anybody notices."""
    file = tmp_path / "jp-appi-2022.toml"
    file.write_bytes(WHOLE.encode("cp932", "replace"))
    with pytest.raises(RulesetMistake, match="UTF-8"):
        read_ruleset(file)


@pytest.mark.parametrize("table", ["rules", "grounds", "exemptions", "notes"])
def test_the_place_of_an_amendment_may_hold_no_rules(tmp_path: Path, table: str) -> None:
    """What is not in force must not be there to be applied by accident."""
    entry = WHOLE[WHOLE.index(f"[[{table}]]") :].split("\n\n", 1)[0]
    with pytest.raises(RulesetMistake, match="what is not in force may hold no rules") as refusal:
        read(f"{SLOT}\n{entry}\n", tmp_path, "jp-appi-2028")
    assert SLOT.splitlines()[refusal.value.line - 1].startswith("status")


def test_the_place_of_an_amendment_may_have_no_period(tmp_path: Path) -> None:
    """A date in it would look like law."""
    with pytest.raises(RulesetMistake, match="unknown key: effective_from"):
        read(f"effective_from = 2028-07-17\n{SLOT}", tmp_path, "jp-appi-2028")


def test_a_rule_is_read_whole(tmp_path: Path) -> None:
    """What the page shows beside a date stands in the file, word for word."""
    rule = read(WHOLE, tmp_path).rules["contractor final_report"]

    assert rule.label == Words("確報", "Final report")
    assert rule.label.said_in("ja") == "確報" and rule.label.said_in("en") == "Final report"
    assert rule.article == "個人情報の保護に関する法律第26条第1項、同法施行規則第8条第2項"
    assert (rule.days, rule.days_if_unlawful, rule.window, rule.hours, rule.rolls) == (
        30,
        60,
        None,
        None,
        True,
    )
    assert rule.remind == ("-7d@09:00", "-3d@09:00", "-1d@09:00", "0d@09:00", "+0h", "+1d@09:00", "+3d@09:00")
    assert (rule.effective_from, rule.effective_until) == (date(2022, 4, 1), None)
