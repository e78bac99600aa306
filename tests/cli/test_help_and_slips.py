"""What every command owes to whoever types it: help, and words instead of a traceback."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from incident_app.cli import main
from tests.cli.terminal import LEASE, a_process, speaks_both


def commands(group: click.Group, path: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group by its words."""
    yield tuple(path)
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, [*path, name])
        else:
            yield (*path, name)


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
        (("serve",), {"INCIDENT_ENVELOPE": "barcode=8"}),
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
            "envelope",
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
