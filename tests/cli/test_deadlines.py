"""`incident deadlines`: the arithmetic and the triage for whoever asks at a terminal."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.cli import main
from incident_app.config import system_clock
from incident_app.domain.deadline import Deadline, Reminder
from incident_app.domain.outgoing import CaseMail
from incident_app.rulesets.library import ruleset_named, rulesets
from tests.builders import an_incident
from tests.cast import TANAKA
from tests.cli.terminal import Run, a_process, speaks_both
from tests.clock import TestClock
from tests.conftest import WorkOf

APPI = ("--ruleset", "jp-appi-2022")
KEYS = [
    *("rule", "article", "party", "from", "raw", "due", "window_from", "window_to", "rolled", "because"),
]


def deadlines(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["deadlines", *arguments], catch_exceptions=False)


def computed(*arguments: str) -> dict[str, dict[str, Any]]:
    result = deadlines("compute", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return {row["rule"]: row for row in json.loads(result.stdout)}


# ------------------------------------------------------------ compute


@pytest.mark.parametrize("known", ["2026-11-30", "2026-11-29T15:30Z", "2026-11-30T00:30+09:00"])
def test_each_rule_of_a_party_is_counted_from_its_knowledge(known: str) -> None:
    """A day and an instant of that day in Japan count alike; in London it is still the day before."""
    rules = computed(*APPI, "--party", "client", "--known", known)
    assert list(rules) == ["preliminary_report", "final_report"]
    for rule in rules.values():
        assert list(rule) == KEYS
        assert (rule["party"], rule["from"]) == ("client", "2026-11-30")
        assert rule["because"] and all(not sentence.isascii() for sentence in rule["because"])
    early, late = rules["preliminary_report"], rules["final_report"]
    assert (early["window_from"], early["window_to"], early["due"]) == (
        "2026-12-02",
        "2026-12-04",
        "2026-12-04",
    )
    assert (late["raw"], late["due"], late["rolled"]) == ("2026-12-29", "2027-01-04", True)
    assert (late["window_from"], late["window_to"]) == (None, None)


def test_an_unlawful_purpose_doubles_the_days_of_the_final_report() -> None:
    """30 days become 60; the preliminary report waits for nothing."""
    asked = (*APPI, "--party", "contractor", "--known", "2026-11-30")
    lawful, unlawful = computed(*asked), computed(*asked, "--unlawful-purpose")
    assert unlawful["final_report"]["raw"] == "2027-01-28"
    assert unlawful["preliminary_report"] == lawful["preliminary_report"]


def test_the_steps_of_the_count_are_said_in_the_language_asked_for() -> None:
    """An officer reads Japanese; a supervisor abroad does not."""
    asked = (*APPI, "--party", "client", "--known", "2026-11-30", "--language", "en")
    sentences = computed(*asked)["final_report"]["because"]
    assert "2026-11-30" in sentences[0] and "day 1" in sentences[0]
    read = deadlines("compute", *asked)
    assert read.exit_code == 0
    for line in ("  window 2026-12-02 – 2026-12-04", "  due 2026-12-04", "  due 2027-01-04"):
        assert line in read.output.splitlines()
    assert all(f"  - {sentence}" in read.output.splitlines() for sentence in sentences)


def test_without_json_it_reads_like_a_note() -> None:
    """Rule, window, due day, then the steps."""
    lines = deadlines("compute", *APPI, "--party", "contractor", "--known", "2026-11-30").output.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("notify_client: "))
    assert lines[at + 1 : at + 3] == ["  期間 2026-12-02 – 2026-12-04", "  期限 2026-12-04"]
    assert lines[at + 3].startswith("  - ") and "2026-11-30" in lines[at + 3]


def test_hours_are_counted_from_the_instant() -> None:
    """72 hours of the GDPR are hours, whatever the calendar says."""
    rules = computed("--ruleset", "gdpr", "--party", "client", "--known", "2027-01-01T00:00Z")
    assert {rule["due"] for rule in rules.values()} == {"2027-01-04T09:00:00+09:00"}


def test_a_party_that_owes_only_promptness_is_told_so() -> None:
    """Silence would look like "nothing is due"."""
    result = deadlines("compute", "--ruleset", "gdpr", "--party", "contractor", "--known", "2026-11-30")
    assert result.exit_code == 0
    assert result.output == "日数や時間を定めた規定はない。\n"


@pytest.mark.parametrize(
    ("known", "ruleset"),
    [
        ("2026-11-29T15:30", "jp-appi-2022"),
        ("2026-11-29 15:30", "jp-appi-2022"),
        ("tomorrow", "jp-appi-2022"),
        ("2026-02-30", "jp-appi-2022"),
        ("", "jp-appi-2022"),
        ("2019-05-01", "jp-appi-2022"),
        ("0001-01-01T00:00+09:00", "jp-appi-2022"),
        ("2026-11-30", "jp-appi-2028"),
        ("2026-11-30", "gdpr"),
    ],
    ids=[
        *("naive", "naive-with-space", "no-date", "no-such-day", "empty"),
        *("before-the-law", "before-all-time", "not-in-force", "a-day-for-hours"),
    ],
)
def test_a_knowledge_that_cannot_be_counted_from_is_refused_by_name(known: str, ruleset: str) -> None:
    """A date that is silently understood otherwise is a deadline that is silently missed."""
    result = deadlines("compute", "--ruleset", ruleset, "--party", "client", "--known", known, "--json")
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("known: ") and speaks_both(result.stderr)


def test_a_mistyped_ruleset_is_answered_with_those_that_there_are() -> None:
    """Their names carry years that nobody remembers."""
    result = deadlines("compute", "--ruleset", "jp-appi", "--party", "client", "--known", "2026-11-30")
    assert result.exit_code == 2 and speaks_both(result.stderr)
    assert all(name in result.stderr for name in rulesets())


def test_counting_needs_no_database_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Anybody may reckon with it, on any machine, before anything is installed."""
    asked = ("deadlines", "compute", *APPI, "--party", "client", "--known", "2026-11-30", "--json")
    told = a_process(*asked, INCIDENT_DATA=str(tmp_path / "data"), INCIDENT_DATABASE="sqlite:////nowhere/db")
    assert told.returncode == 0 and told.stderr == ""
    assert len(json.loads(told.stdout)) == 2
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------ triage


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """One thousand and some persons in a database, and every other question answered with no."""
    file = tmp_path / "facts.toml"
    no = "sensitive ordinance_sensitive property_damage unlawful_purpose my_number my_number_system public_view"
    answers = [f"{name} = false" for name in (*no.split(), "encrypted", "recovered_unseen", "eu_residents")]
    file.write_text("\n".join(["personal = true", "database = true", "persons = 1000", *answers]), "utf-8")
    return file


def test_each_party_is_told_whether_it_must_report(facts: Path) -> None:
    """A thousand persons are not more than a thousand for 乙, and far more than a hundred for 甲."""
    result = deadlines("triage", "--facts", str(facts), "--json")
    assert result.exit_code == 0, result.stderr
    contractor, client = json.loads(result.stdout)
    assert list(contractor) == list(client) == ["party", "reportable", "grounds", "days", "because"]
    assert (contractor["party"], contractor["reportable"], contractor["grounds"]) == ("contractor", False, [])
    assert (client["party"], client["reportable"], client["days"]) == ("client", True, 30)
    assert ["第43条" in ground for ground in client["grounds"]] == [True]


def test_the_rulesets_to_ask_can_be_chosen(facts: Path) -> None:
    """Without a choice those in force today are asked; the place of an amendment to come decides nothing."""
    grounds = {
        names: json.loads(
            deadlines("triage", "--facts", str(facts), "--json", *names).stdout,
        )[1]["grounds"]
        for names in ((), APPI, ("--ruleset", "jp-mynumber"), ("--ruleset", "jp-appi-2028"))
    }
    assert grounds[()] == grounds[APPI] != []
    assert grounds["--ruleset", "jp-mynumber"] == grounds["--ruleset", "jp-appi-2028"] == []


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("ja", ["乙: 報告を要しない", "甲: 報告を要する"]),
        ("en", ["contractor: need not report", "client: must report"]),
    ],
)
def test_the_triage_reads_like_a_note(facts: Path, language: str, lines: list[str]) -> None:
    """The answer stands first, its reasons below."""
    read = deadlines("triage", "--facts", str(facts), "--language", language).output.splitlines()
    rows = json.loads(deadlines("triage", "--facts", str(facts), "--language", language, "--json").stdout)
    assert [line for line in read if not line.startswith("  - ")] == lines
    assert [line[4:] for line in read if line.startswith("  - ")] == [
        sentence for row in rows for sentence in row["because"]
    ]


def test_what_nobody_has_answered_is_neither_yes_nor_no(tmp_path: Path) -> None:
    """An empty file decides nothing, and says what would."""
    file = tmp_path / "facts.toml"
    file.write_text("", "utf-8")
    rows = json.loads(deadlines("triage", "--facts", str(file), "--json").stdout)
    assert [row["reportable"] for row in rows] == [None, None]
    assert "乙: 未定（報告を要するものとして扱う）" in deadlines("triage", "--facts", str(file)).output


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("colour = true", "colour"),
        ("persons = [1500, 500]", "persons"),
        ("persons = -1", "persons"),
        ('sensitive = "perhaps"', "sensitive"),
        ("persons = ", "facts"),
    ],
)
def test_facts_that_cannot_be_read_are_refused_with_file_and_field(
    tmp_path: Path, text: str, field: str
) -> None:
    """A fact that is quietly left out could be the one that decides."""
    file = tmp_path / "facts.toml"
    file.write_text(text, "utf-8")
    result = deadlines("triage", "--facts", str(file), "--json")
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith(f"{field}: ") and str(file) in result.stderr
    assert speaks_both(result.stderr)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is the caller's own file, not the program's data folder."""
    result = deadlines("triage", "--facts", str(tmp_path / "none.toml"))
    assert result.exit_code == 2 and "none.toml" in result.stderr and "INCIDENT_DATA" not in result.stderr


# ------------------------------------------------------------ rulesets


def test_the_rulesets_are_listed_with_the_digests_that_anybody_can_compute() -> None:
    """What was law on a day can be proved by the file of that day."""
    rows = json.loads(deadlines("rulesets", "--json").stdout)
    assert [row["name"] for row in rows] == list(rulesets())
    appi = ruleset_named("jp-appi-2022")
    assert {
        "name": "jp-appi-2022",
        "version": appi.version,
        "status": "in_force",
        "sha256": appi.digest,
        "rules": len(appi.rules),
    } in rows
    assert "jp-appi-2028 v1: not_in_force, 0 rules" in deadlines("rulesets").output


# ------------------------------------------------------------ the watch


def test_one_round_of_the_watch_reminds_once(
    incident: Run, work_of: WorkOf, clock: TestClock, sessions: sessionmaker[Session]
) -> None:
    """A timer may call it instead of a watch that never ends; a second round has nothing left to say."""
    with work_of(TANAKA) as work:
        an_incident(work)
    with time_machine.travel(clock.now + timedelta(days=2), tick=False):
        with sessions() as session:
            due = session.scalars(select(Deadline.id).where(Deadline.next_fire <= system_clock())).all()
        first, second = incident("deadlines", "sweep", "--json"), incident("deadlines", "sweep")
    assert first.exit_code == second.exit_code == 0
    assert json.loads(first.stdout) == [{"claimed": len(due), "told": len(due)}]
    assert second.output == "到来 reached 0, 通知 told 0\n"
    with sessions() as session:
        reminded = session.scalars(select(CaseMail.reminder_id).where(CaseMail.reminder_id.is_not(None)))
        of = select(Reminder.deadline_id).where(Reminder.id.in_(reminded.all()))
        assert set(session.scalars(of)) == set(due) != set()
