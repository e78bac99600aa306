"""The command `incident`, as somebody at a terminal uses it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

import incident_app
from incident_app.assets import asset_dir
from incident_app.cli import main
from incident_app.domain.parties import Person, RoleHolding
from incident_app.domain.timeline import TimelineEntry
from incident_app.engine.definition import WorkflowMistake
from incident_app.engine.library import newest, read_shelf
from incident_app.mail.catcher import catch
from incident_app.mail.folder import MailFolder
from incident_app.services.accounts import check_password
from tests.cast import CITY, CONTRACTOR, MINATO, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.domain.tampering import alter, tampering
from tests.services.stories import reported

Run = Callable[..., Result]
HIRE = ("user", "add", "--login", "hayashi@example.jp", "--name", "林 優子", "--organisation", CONTRACTOR)
PASSWORD = ("--password", "a long enough password")
ROLE = ("--contract", "MN-2027-001", "--role", "worker", "--from", "2027-04-01", "--until", "2027-09-30")
LEASE = (
    *("contract", "add", "--number", "MN-2027-001", "--name", "封入業務委託"),
    *("--client", CITY, "--contractor", CONTRACTOR, "--from", "2027-04-01", "--until", "2028-03-31"),
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation whose relay answers to nobody."""
    return {"INCIDENT_DATA": str(tmp_path / "data"), "INCIDENT_SMTP_PORT": "1"}


@pytest.fixture
def incident(environment: dict[str, str], database_url: str) -> Run:
    """Run `incident …` in this process; a traceback fails the test."""

    def incident(*arguments: str, **more: str) -> Result:
        environment["INCIDENT_DATABASE"] = database_url
        return CliRunner().invoke(main, arguments, env=environment | more, catch_exceptions=False)

    return incident


def a_process(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `incident …` as a terminal does."""
    command = [sys.executable, "-c", "from incident_app.cli import main; main()", *arguments]
    return subprocess.run(
        command, env=os.environ | more, capture_output=True, text=True, timeout=60, check=False
    )


def commands(group: click.Group, path: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group by its words."""
    yield tuple(path)
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, [*path, name])
        else:
            yield (*path, name)


def speaks_both(words: str) -> bool:
    ja, _, en = words.strip().partition(" / ")
    return not ja.isascii() and len(en) > 10


# ------------------------------------------------------------ help and slips


@pytest.mark.parametrize("command", list(commands(main)), ids=lambda words: " ".join(words) or "incident")
def test_every_command_says_what_it_does(command: tuple[str, ...]) -> None:
    """Nobody needs the manual to begin."""
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output and len(result.output.splitlines()) > 3


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("db", "upgrade"), {"INCIDENT_PORT": "many"}),
        (("serve",), {"INCIDENT_PORT": "99999"}),
        (("deliver",), {"INCIDENT_SENDER": "事故対応"}),
        (("timeline", "verify"), {"INCIDENT_DATABASE": "sqlite:////nowhere/at/all.db"}),
        (("timeline", "verify"), {"INCIDENT_DATABASE": "what?"}),
        (("timeline", "verify"), {"INCIDENT_DATABASE": "mysql://nowhere/at-all"}),
        (("timeline", "verify"), {"INCIDENT_DATABASE": f"sqlite:///{__file__}"}),
        (("db", "upgrade"), {"INCIDENT_DATA": "/dev/null/data"}),
        (LEASE, {}),
    ],
    ids=[
        *(
            "port",
            "port-range",
            "sender",
            "database-file",
            "database-url",
            "other-database",
            "no-database",
            "data-folder",
        ),
        "no-tables",
    ],
)
def test_a_slip_is_told_in_both_languages_without_a_traceback(
    tmp_path: Path, arguments: Sequence[str], environment: dict[str, str]
) -> None:
    """The reader is an officer at night, not a programmer."""
    told = a_process(*arguments, **{"INCIDENT_DATA": str(tmp_path)} | environment)
    assert told.returncode == 2
    assert "Traceback" not in told.stderr and speaks_both(told.stderr)
    assert told.stdout == ""


# ------------------------------------------------------------ setting up


def test_the_database_can_be_upgraded_again_and_again(bare_database_url: str, tmp_path: Path) -> None:
    """Every start and every update does it."""
    environment = {"INCIDENT_DATA": str(tmp_path), "INCIDENT_DATABASE": bare_database_url}
    for _ in range(2):
        result = CliRunner().invoke(main, ["db", "upgrade"], env=environment, catch_exceptions=False)
        assert result.exit_code == 0 and "up to date" in result.output


def test_from_contract_to_account_with_its_role(incident: Run, sessions: sessionmaker[Session]) -> None:
    """What docs/operations.md tells a new installation to do."""
    assert incident(*LEASE, "--first-report-hours", "12").exit_code == 0
    result = incident(*HIRE, *PASSWORD, *ROLE)
    assert result.exit_code == 0, result.output
    with sessions() as session:
        person = check_password(session, "hayashi@example.jp", PASSWORD[1])
        assert person is not None and person.name == "林 優子" and not person.administrator
        (held,) = session.scalars(select(RoleHolding).where(RoleHolding.person_id == person.id))
        assert (held.contract.number, held.role) == ("MN-2027-001", "worker")
        assert (held.from_on, held.until_on) == (date(2027, 4, 1), date(2027, 9, 30))
        assert held.contract.first_report_hours == 12
        assert held.contract.client.name == CITY


@only_on_sqlite
@pytest.mark.parametrize(
    "arguments",
    [
        (*HIRE, *PASSWORD, "--role", "worker"),
        (*HIRE, *PASSWORD, "--contract", MINATO.number),
        (*HIRE, *PASSWORD, "--contract", "MN-9999", "--role", "worker"),
        (*HIRE, "--password", "short"),
        (*HIRE[:3], "hayashi", *HIRE[4:], *PASSWORD),
        (*LEASE, "--number", MINATO.number),
    ],
    ids=["role-alone", "contract-alone", "no-such-contract", "short-password", "no-address", "number-twice"],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    incident: Run, sessions: sessionmaker[Session], arguments: Sequence[str]
) -> None:
    """Half an account would be worse than none."""
    result = incident(*arguments)
    assert result.exit_code == 2
    assert speaks_both(result.stderr)
    with sessions() as session:
        assert session.scalars(select(Person).where(Person.name == "林 優子")).first() is None


@only_on_sqlite
def test_a_password_can_be_asked_for_unseen(
    incident: Run, environment: dict[str, str], database_url: str
) -> None:
    """One that is written on the command line stays in its history."""
    environment["INCIDENT_DATABASE"] = database_url
    asked = CliRunner().invoke(main, HIRE, env=environment, input=f"{PASSWORD[1]}\n{PASSWORD[1]}\n")
    assert asked.exit_code == 0
    assert PASSWORD[1] not in asked.output


# ------------------------------------------------------------ workflows


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


def test_the_command_refuses_an_installation_with_a_broken_definition(tmp_path: Path) -> None:
    """With one line, before any incident begins under it."""
    package = Path(incident_app.__file__).parent
    shutil.copytree(package, tmp_path / "incident_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(asset_dir("workflows"), tmp_path / "workflows")
    file, line = break_line(tmp_path / "workflows")
    told = subprocess.run(
        [sys.executable, "-c", "from incident_app.cli import main; main()", "workflow", "check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 2 and told.stdout == ""
    assert told.stderr.startswith(f"{file}:{line}: ") and "the_moon_is_full" in told.stderr
    assert len(told.stderr.splitlines()) == 1


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


# ------------------------------------------------------------ looking after it


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


def test_an_altered_record_is_found_and_named(incident: Run, work_of: WorkOf, engine: Engine) -> None:
    """By anybody, at any time; the exit code lets a machine ask every night."""
    with work_of(TANAKA) as work:
        number = reported(work).number
        entry = work.session.scalars(select(TimelineEntry).where(TimelineEntry.position == 2)).one().id
    clean = incident("timeline", "verify")
    assert clean.exit_code == 0 and "1 incidents" in clean.output and "0 flaws" in clean.output

    with tampering(engine) as connection:
        alter(connection, entry, "actor_name", "somebody else")

    told = incident("timeline", "verify", number, "--json")
    assert told.exit_code == 1
    (flaw,) = json.loads(told.output)["flaws"]
    assert (flaw["incident"], flaw["position"]) == (number, 2) and "actor" in flaw["what"]
    in_words = incident("timeline", "verify")
    assert in_words.exit_code == 1 and f"{number} #2: " in in_words.output


@only_on_sqlite
def test_an_incident_that_is_not_there_is_not_proved(incident: Run) -> None:
    """ "No flaws" about a mistyped number would be a lie."""
    result = incident("timeline", "verify", "I-1999-0001")
    assert result.exit_code == 2 and speaks_both(result.stderr)


def findings(result: Result) -> dict[str, dict[str, Any]]:
    return {finding["what"]: finding for finding in json.loads(result.stdout)}


def test_the_check_names_what_does_not_answer(incident: Run) -> None:
    """Everything is looked at, also after the first fault."""
    result = incident("check", "--json")
    found = findings(result)
    assert result.exit_code == 1
    assert not found["mail relay"]["ok"] and "127.0.0.1:1 " in found["mail relay"]["detail"]
    assert "INCIDENT_SMTP" in found["mail relay"]["detail"]
    for what in ("workflows", "notice templates", "fonts and PDF", "database", "guards"):
        assert found[what]["ok"], found[what]


def test_the_check_prints_its_findings_and_nothing_else(tmp_path: Path) -> None:
    """What the libraries tell each other is no help to anybody."""
    told = a_process("check", INCIDENT_DATA=str(tmp_path), INCIDENT_SMTP_PORT="1")
    assert told.returncode == 1 and told.stderr == ""
    assert [line[:3] for line in told.stdout.splitlines()] == ["OK "] * 4 + ["NG "] * 2


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
