"""A workflow definition with a mistake is refused at start-up, with file, line and reason."""

from pathlib import Path

import pytest

from incident_app.assets import asset_dir
from incident_app.engine.definition import Workflow, WorkflowMistake, read_workflow
from incident_app.engine.needs import NEEDS

WHOLE = (asset_dir("workflows") / "article16" / "v1.toml").read_text(encoding="utf-8")
MEASURE = 'name = "record_measure"'
CONTAINED = 'name = "declare_contained"'
PROMPT = 'name = "prompt_report"'

MISTAKES = {
    "no valid TOML": ("version = 1", "version = = 1", "version = =", "Invalid value"),
    "a key that nobody knows": ("version = 1", "version = 1\ncolour = 1", None, "unknown key: colour"),
    "no title": ('title = "第16条 事故発生時の対応"\n', "", None, "missing: title"),
    "a version in words": ("version = 1", 'version = "1"', None, "version must be a whole number"),
    "an unknown need": (
        '"reason_given"]',
        '"reason"]',
        'name = "withdraw_instruction"',
        "unknown need 'reason'",
    ),
    "an unknown role": (
        'to = "closed"\nby = ["client_officer"]',
        'to = "closed"\nby = ["mayor"]',
        'name = "close_incident"',
        "unknown role 'mayor'",
    ),
    "a role that is no list": (
        'to = "closed"\nby = ["client_officer"]',
        'to = "closed"\nby = "client_officer"',
        'name = "close_incident"',
        "by must be a list",
    ),
    "nobody's step": (
        'to = "closed"\nby = ["client_officer"]',
        'to = "closed"\nby = []',
        'name = "close_incident"',
        "nobody could ever take it",
    ),
    "an unknown track": (
        'track = "containment"',
        'track = "containing"',
        MEASURE,
        "unknown track 'containing'",
    ),
    "an unknown state to come from": (
        'from = ["open"]\nto = "contained"',
        'from = ["opened"]\nto = "contained"',
        CONTAINED,
        "unknown state 'opened'",
    ),
    "an unknown state to go to": ('to = "contained"', 'to = "safe"', CONTAINED, "unknown state 'safe'"),
    "an unknown settled state": (
        'settled = ["contained"]',
        'settled = ["safe"]',
        "[tracks.containment]",
        "unknown state 'safe'",
    ),
    "a state that no step leads to": (
        'contained = ["措置完了", "Contained"]',
        'contained = ["措置完了", "Contained"]\nforgotten = ["忘却", "Forgotten"]',
        "[tracks.containment]",
        "no step leads to state 'forgotten'",
    ),
    "a state said in one language": (
        'contained = ["措置完了", "Contained"]',
        'contained = ["措置完了"]',
        "[tracks.containment]",
        "state 'contained' needs its words in Japanese and in English",
    ),
    "a state whose words are no list": (
        'contained = ["措置完了", "Contained"]',
        'contained = "措置"',
        "[tracks.containment]",
        "state 'contained' needs its words",
    ),
    "a track without a state": (
        '[tracks.containment.states]\nopen = ["措置中", "Under way"]\ncontained = ["措置完了", "Contained"]',
        "[tracks.containment.states]",
        "[tracks.containment]",
        "a track begins in its first state",
    ),
    "a track without its clause": (
        'label_en = "Containment"\nclause = "第16条第2項前段"\n',
        'label_en = "Containment"\n',
        "[tracks.containment]",
        "missing: clause",
    ),
    "a step without its clause": (
        'label_en = "Declare contained"\nclause = "第16条第2項前段"\n',
        'label_en = "Declare contained"\n',
        CONTAINED,
        "missing: clause",
    ),
    "a clause that cites nothing": (
        'label_en = "Declare contained"\nclause = "第16条第2項前段"\n',
        'label_en = "Declare contained"\nclause = "事故"\n',
        CONTAINED,
        "cite the clause",
    ),
    "a key of a step that nobody knows": (
        'to = "contained"\n',
        'to = "contained"\nunless = []\n',
        CONTAINED,
        "unknown key: unless",
    ),
    "containment that waits for something": (
        'to = "contained"\n',
        'to = "contained"\nneeds = ["instruction_stands"]\n',
        CONTAINED,
        "track containment is ungated",
    ),
    "a report that waits for something": (
        'from = ["due"]\n',
        'from = ["due"]\nneeds = ["damage_contained"]\n',
        'name = "report_to_client"',
        "track report is ungated",
    ),
    "two steps of one name": (
        CONTAINED,
        'name = "reopen_incident"',
        'name = "reopen_incident"',
        "stands here twice",
    ),
    "two deadlines of one name": ('name = "first_measure"', PROMPT, PROMPT, "stands here twice"),
    "a deadline met by no step": (
        'met_by = ["report_to_client"]',
        'met_by = ["report"]',
        PROMPT,
        "unknown step 'report'",
    ),
    "a deadline started by no step": (
        'starts_with = ["report_to_client"]',
        'starts_with = ["report"]',
        'name = "instruction_answer"',
        "unknown step 'report'",
    ),
    "an instant that no case knows": (
        'counts_from = "known_at"',
        'counts_from = "some_day"',
        PROMPT,
        "unknown instant 'some_day'",
    ),
    "hours that cannot be read": (
        'within = "24h"',
        'within = "promptly"',
        PROMPT,
        'within must look like "24h"',
    ),
    "a rung that cannot be read": (
        'remind = ["-12h"',
        'remind = ["soon"',
        PROMPT,
        "remind must look like",
    ),
    "a ladder for all that cannot be read": (
        'remind = ["-4h"',
        'remind = ["4h"',
        None,
        "remind must look like",
    ),
    "no ladder for those that have none of their own": (
        'remind = ["-4h", "+0h", "+24h", "+72h"]',
        "",
        None,
        "missing: remind",
    ),
    "a party that owes nothing": (
        'within = "48h"\nparty = "client"',
        'within = "48h"\nparty = "mayor"',
        'name = "instruction_answer"',
        "unknown party 'mayor'",
    ),
}
"""What is wrong: the text that is replaced, by what, how the line begins that is named, and the reason given."""


def read(text: str, folder: Path) -> Workflow:
    file = folder / "v1.toml"
    file.write_text(text, encoding="utf-8")
    return read_workflow(file, frozenset(NEEDS))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_file_line_and_reason(tmp_path: Path, mistake: str) -> None:
    """Transitions accepts typos and fails at night; the definition is read by officers and lawyers by day."""
    old, new, line, reason = MISTAKES[mistake]
    assert old in WHOLE
    broken = WHOLE.replace(old, new, 1)
    with pytest.raises(WorkflowMistake) as refusal:
        read(broken, tmp_path)

    lines = broken.splitlines()
    expected = next(n for n, each in enumerate(lines, 1) if each.startswith(line)) if line else 1
    assert (refusal.value.file, refusal.value.line) == (str(tmp_path / "v1.toml"), expected)
    assert reason in refusal.value.what
    assert str(refusal.value).startswith(f"{tmp_path / 'v1.toml'}:{expected}: ")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """An office saves as CP932 before anybody notices."""
    file = tmp_path / "v1.toml"
    file.write_bytes(WHOLE.replace("—", "-").encode("cp932"))
    with pytest.raises(WorkflowMistake, match="UTF-8"):
        read_workflow(file, frozenset(NEEDS))


def test_the_workflow_of_article_16_is_whole(tmp_path: Path) -> None:
    """Six duties in the clause's order, each step with its paragraph, each label in two languages."""
    workflow = read(WHOLE, tmp_path)
    assert list(workflow.tracks) == [
        "report",
        "containment",
        "instruction",
        "notification",
        "publication",
        "closure",
    ]
    by_law = {"state_legal_facts", "decide_reportability", "draft_statutory_report", "record_filing"}
    at_the_end = {"propose_destruction", "destroy_personal_data"}
    for step in workflow.steps.values():
        rests_on = "個人情報の保護に関する法律第" if step.name in by_law else "第16条"
        assert step.clause.startswith("第7条" if step.name in at_the_end else rests_on)
    labels = [
        entry.label
        for part in (workflow.tracks, workflow.steps, workflow.deadlines)
        for entry in part.values()
    ]
    assert all(label.ja != label.said_in("en") for label in labels)
    assert all(track.settled <= set(track.states) for track in workflow.tracks.values())


def test_one_changed_letter_is_another_digest(tmp_path: Path) -> None:
    """A case is tied to the very text that it began under."""
    assert read(WHOLE, tmp_path).digest != read(WHOLE + "#", tmp_path).digest


def test_every_need_is_asked_for_by_some_step(tmp_path: Path) -> None:
    """A need that no step asks for would be a rule that does not hold."""
    asked = {need for step in read(WHOLE, tmp_path).steps.values() for need in step.needs}
    assert asked == set(NEEDS)


def test_each_side_owes_something_and_every_deadline_has_its_ladder(tmp_path: Path) -> None:
    """甲's silence is a deadline too; and a date that nobody is reminded of is no date."""
    deadlines = read(WHOLE, tmp_path).deadlines
    assert {name for name, rule in deadlines.items() if rule.party == "client"} == {
        "instruction_answer",
        "report_receipt",
        "text_answer",
        "consultation_answer",
    }
    assert all("+0h" in rule.remind for rule in deadlines.values())
    assert deadlines["first_measure"].remind == ("-4h", "+0h", "+24h", "+72h"), "the ladder of the file"
