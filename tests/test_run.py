"""The command `./run` and the lists it installs from."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))


def _names(lines: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ;]", line)[0].lower() for line in lines}


def _locked(name: str) -> set[str]:
    lines = (CHECKOUT / name).read_text(encoding="utf-8").splitlines()
    return _names([line for line in lines if re.match(r"\w", line)])


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_declared_package_is_locked_and_no_address_stands_in_the_list(name: str) -> None:
    """A new machine gets what the list holds and nothing else, from the index that its user chose."""
    wanted = _names(PROJECT["project"]["dependencies"]) | _names(PROJECT["dependency-groups"]["setup"])
    if name == "requirements-dev.lock":
        wanted |= _names(PROJECT["dependency-groups"]["dev"])

    assert wanted - _locked(name) == set()
    assert "://" not in (CHECKOUT / name).read_text(encoding="utf-8")


def test_the_tests_run_with_the_versions_that_people_get() -> None:
    """A version tested is the version installed: the second list only adds to the first."""
    pins = [
        {line for line in (CHECKOUT / name).read_text(encoding="utf-8").splitlines() if "==" in line}
        for name in ("requirements.lock", "requirements-dev.lock")
    ]

    assert pins[0] < pins[1]


def test_a_command_that_does_not_exist_gets_the_list_of_those_that_do() -> None:
    """A slip of the fingers installs nothing and starts nothing."""
    told = subprocess.run([CHECKOUT / "run", "tset"], capture_output=True, text=True, cwd="/", check=False)

    assert told.returncode == 2
    assert "./run [command]" in told.stderr
