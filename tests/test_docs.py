"""What the documents promise is held against the program."""

import dataclasses
from pathlib import Path

import click
import pytest

from incident_app.cli import main
from incident_app.config import Settings

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", [field.name for field in dataclasses.fields(Settings)])
def test_every_setting_is_explained(setting: str) -> None:
    """A setting that nobody can find is one that nobody sets."""
    assert f"`INCIDENT_{setting.upper()}`" in OPERATIONS


def test_every_command_says_what_it_is_for() -> None:
    """`--help` is read at night."""

    def silent(command: click.Command, name: str) -> list[str]:
        below = command.commands.items() if isinstance(command, click.Group) else ()
        return ([] if command.help else [name]) + [
            found for sub, inner in below for found in silent(inner, f"{name} {sub}")
        ]

    assert silent(main, "incident") == []


def test_the_readme_names_every_room() -> None:
    """The map is of this house."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = [entry.name for entry in (ROOT / "incident_app").iterdir() if (entry / "__init__.py").is_file()]

    assert [room for room in rooms if f"{room}/" not in readme] == []


def test_every_link_in_the_readme_leads_somewhere() -> None:
    """A picture or a page that is named is there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [part.split(")")[0] for part in readme.split("](")[1:]]

    assert [target for target in targets if not (ROOT / target).exists()] == []
