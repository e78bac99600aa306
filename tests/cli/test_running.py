"""`incident db`, `deliver` and `check`: the installation and what runs in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from incident_app.cli import main
from incident_app.mail.catcher import catch
from incident_app.mail.folder import MailFolder
from tests.cast import TANAKA, YAMADA
from tests.cli.terminal import Run, a_process
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import reported


def test_the_database_can_be_upgraded_again_and_again(bare_database_url: str, tmp_path: Path) -> None:
    """Every start and every update does it."""
    environment = {"INCIDENT_DATA": str(tmp_path), "INCIDENT_DATABASE": bare_database_url}
    for _ in range(2):
        result = CliRunner().invoke(main, ["db", "upgrade"], env=environment, catch_exceptions=False)
        assert result.exit_code == 0 and "up to date" in result.output


def test_one_round_of_mail_is_told_in_numbers(
    incident: Run, work_of: WorkOf, environment: dict[str, str], tmp_path: Path
) -> None:
    """A timer may call it every few minutes instead of a worker that never ends."""
    with work_of(TANAKA) as work:
        reported(work)
    folder = MailFolder(tmp_path / "mail")
    with catch("127.0.0.1", 0, folder) as server:
        result = incident("deliver", "--json", INCIDENT_SMTP_PORT=str(server.port))
    assert result.exit_code == 0
    assert json.loads(result.output) == [{"accepted": 1, "refused": 0, "waiting": 0, "printed": 0}]
    assert [mail.to for mail in folder.read()] == [YAMADA.email]


def findings(result: Result) -> dict[str, dict[str, Any]]:
    return {finding["what"]: finding for finding in json.loads(result.stdout)}


def test_the_check_names_what_does_not_answer(incident: Run) -> None:
    """Everything is looked at, also after the first fault."""
    result = incident("check", "--json")
    found = findings(result)
    assert result.exit_code == 1
    assert not found["mail relay"]["ok"] and "127.0.0.1:1 " in found["mail relay"]["detail"]
    assert "INCIDENT_SMTP" in found["mail relay"]["detail"]
    for what in ("workflows", "rulesets", "notice templates", "fonts and PDF", "database", "guards"):
        assert found[what]["ok"], found[what]


def test_the_check_prints_its_findings_and_nothing_else(tmp_path: Path) -> None:
    """What the libraries tell each other is no help to anybody."""
    told = a_process("check", INCIDENT_DATA=str(tmp_path), INCIDENT_SMTP_PORT="1")
    assert told.returncode == 1 and told.stderr == ""
    assert [line[:3] for line in told.stdout.splitlines()] == ["OK "] * 6 + ["NG "] * 2


@only_on_sqlite
def test_the_check_is_content_when_all_is_well(incident: Run, tmp_path: Path) -> None:
    """Exit code 0 means: this installation can do its work."""
    with catch("127.0.0.1", 0, MailFolder(tmp_path / "mail")) as server:
        result = incident("check", INCIDENT_SMTP_PORT=str(server.port))
    assert result.exit_code == 0, result.output
    assert all(line.startswith("OK ") for line in result.output.splitlines())


@only_on_sqlite
@pytest.mark.parametrize(
    ("url", "advice"), [("what?", "INCIDENT_DATABASE"), ("sqlite://", "incident db upgrade")]
)
def test_the_check_says_what_to_do_about_the_database(incident: Run, url: str, advice: str) -> None:
    """Nothing that is broken keeps it from looking at the rest."""
    result = CliRunner().invoke(
        main,
        ["check", "--json"],
        env={"INCIDENT_DATABASE": url, "INCIDENT_SECRET": "s", "INCIDENT_SMTP_PORT": "1"},
        catch_exceptions=False,
    )
    found = findings(result)
    assert result.exit_code == 1
    assert not found["database"]["ok"] and advice in found["database"]["detail"]
    assert "mail relay" in found
