"""`incident workflow`: definitions are read, refused and drawn."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import incident_app
from incident_app.assets import asset_dir
from incident_app.cli import main
from incident_app.engine.definition import WorkflowMistake
from incident_app.engine.library import newest, read_shelf
from tests.cli.terminal import speaks_both


def test_the_definitions_are_listed_with_the_digests_that_anybody_can_compute() -> None:
    """The digest goes into released.toml when a version is put into force."""
    result = CliRunner().invoke(main, ["workflow", "check", "--json"], catch_exceptions=False)
    rows = json.loads(result.output)
    article16 = newest("article16")
    assert {
        "name": "article16",
        "version": 1,
        "steps": len(article16.steps),
        "sha256": article16.digest,
    } in rows


def break_line(folder: Path) -> tuple[Path, int]:
    """Put a need that nobody knows into a step; return the file and the line in which the step begins."""
    file = folder / "article16" / "v1.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    broken = next(n for n, text in enumerate(lines) if text.startswith("needs = ["))
    lines[broken] = 'needs = ["the_moon_is_full"]'
    line = max(n for n, text in enumerate(lines[:broken], 1) if text.startswith("name = "))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file, line


def test_a_mistake_in_a_definition_is_told_with_file_line_and_reason(tmp_path: Path) -> None:
    """The lawyer who edits it finds the place."""
    shutil.copytree(asset_dir("workflows"), tmp_path / "workflows")
    file, line = break_line(tmp_path / "workflows")
    with pytest.raises(WorkflowMistake, match="the_moon_is_full") as refusal:
        read_shelf(tmp_path / "workflows")
    assert (refusal.value.file, refusal.value.line) == (str(file), line)


def an_installation(folder: Path) -> Path:
    """A copy of the program with definitions of its own, which are returned."""
    package = Path(incident_app.__file__).parent
    shutil.copytree(package, folder / "incident_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(asset_dir("workflows"), folder / "workflows")
    return folder / "workflows"


def refused_in(folder: Path, *arguments: str) -> str:
    """The one line with which a command of that installation is refused."""
    told = subprocess.run(
        [sys.executable, "-c", "from incident_app.cli import main; main()", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 2 and told.stdout == ""
    (line,) = told.stderr.splitlines()
    return line


def test_the_command_refuses_an_installation_with_a_broken_definition(tmp_path: Path) -> None:
    """With one line, before any incident begins under it."""
    file, line = break_line(an_installation(tmp_path))
    said = refused_in(tmp_path, "workflow", "check")
    assert said.startswith(f"{file}:{line}: ") and "the_moon_is_full" in said


@pytest.mark.parametrize("command", [("workflow", "check"), ("deadlines", "rulesets")], ids=" ".join)
def test_a_broken_ruleset_is_told_with_file_line_and_reason(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A statute that cannot be read must not look like one that asks for nothing."""
    file = an_installation(tmp_path) / "rulesets" / "jp-appi-2022.toml"
    text = file.read_text(encoding="utf-8")
    line = 1 + text[: text.index('counted = "window"')].count("\n")
    file.write_text(text.replace('counted = "window"', 'counted = "moons"', 1), encoding="utf-8")
    said = refused_in(tmp_path, *command)
    assert said.startswith(f"{file}:{line}: ") and "moons" in said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_drawing_holds_every_step(language: str) -> None:
    """It can be pasted into a page that shows Mermaid."""
    result = CliRunner().invoke(main, ["workflow", "draw", "--language", language], catch_exceptions=False)
    for step in newest("article16").steps.values():
        assert f"{step.label.said_in(language)} ({step.clause})" in result.output


def test_a_workflow_that_is_not_there_cannot_be_drawn() -> None:
    """And the answer repeats the name that was mistyped."""
    result = CliRunner().invoke(main, ["workflow", "draw", "--name", "article61"], catch_exceptions=False)
    assert result.exit_code == 2
    assert "article61" in result.stderr and speaks_both(result.stderr)
