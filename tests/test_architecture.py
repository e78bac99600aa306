"""The house rules that import-linter cannot express, read from the source itself."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "incident_app"
SOURCES = sorted(PACKAGE.rglob("*.py"))


def room(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("flask", r"(web/.*|app\.py|cli/.*)"),
        ("flask_login", r"(web/.*|app\.py)"),
        ("transitions", r"engine/machine\.py"),
        ("weasyprint", r"notices/.*"),
        ("aiosmtplib", r"mail/.*"),
        ("smtplib", r"nowhere"),
    ],
)
def test_a_package_is_used_only_in_its_room(package: str, allowed: str) -> None:
    """A library that is met in one room can be replaced in one room."""
    users = [room(file) for file in SOURCES if package in imports_of(file)]

    assert [user for user in users if not re.fullmatch(allowed, user)] == []


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (r"\.commit\(|sessions\.begin\(|\.begin\(\)", r"domain/work\.py|services/schema\.py"),
        (r"TimelineEntry\(\n", r"domain/timeline\.py"),
        (r"datetime\.now\(|date\.today\(|time\.time\(|utcnow\(", r"config\.py"),
        (r"\bcurrent_app\b|\bfrom flask import .*\b(g|session)\b", r"web/.*"),
        (r"UPDATE timeline_entry|DELETE FROM timeline_entry", r"nowhere"),
    ],
)
def test_a_thing_is_done_only_in_its_room(text: str, allowed: str) -> None:
    """One place commits, one place writes the record, one place reads the clock."""
    places = [room(file) for file in SOURCES if re.search(text, file.read_text(encoding="utf-8"))]

    assert [place for place in places if not re.fullmatch(allowed, place)] == []


def test_no_file_is_longer_than_a_room_should_be() -> None:
    """A reader keeps one file in mind at a time."""
    long = {room(f): n for f in SOURCES if (n := len(f.read_text(encoding="utf-8").splitlines())) > 320}

    assert long == {}


def test_the_tests_are_at_least_as_long_as_the_code() -> None:
    """Counted in lines that say something; a fall below tells that something grew untested."""

    def lines(files: list[Path]) -> int:
        return sum(
            bool(line.strip()) for file in files for line in file.read_text(encoding="utf-8").splitlines()
        )

    assert lines(sorted((ROOT / "tests").rglob("*.py"))) >= lines(SOURCES)


def test_nothing_in_the_checkout_names_a_registry_or_a_machine() -> None:
    """What is shipped is the same everywhere: no index address, no path of the machine it was made on."""
    tracked = [
        file
        for suffix in ("py", "toml", "lock", "md", "html", "j2", "css", "po", "mako")
        for file in ROOT.rglob(f"*.{suffix}")
        if not {".venv", "var", ".git", "build"} & set(file.relative_to(ROOT).parts)
    ]
    address = re.compile(r"https?://[^ \"'<>]*/(simple|packages)/|--(extra-)?index-url")
    guilty = [str(file) for file in tracked if address.search(file.read_text(encoding="utf-8"))]

    # This file holds the pattern itself.
    assert [file for file in guilty if not file.endswith("test_architecture.py")] == []
