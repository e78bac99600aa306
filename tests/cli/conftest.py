"""A command line of one's own, with a database behind it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from incident_app.cli import main
from tests.cli.terminal import Run
from tests.conftest import MASTER_KEY


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation whose relay answers to nobody."""
    return {
        "INCIDENT_DATA": str(tmp_path / "data"),
        "INCIDENT_SMTP_PORT": "1",
        "INCIDENT_MASTER_KEY": MASTER_KEY,
    }


@pytest.fixture
def incident(environment: dict[str, str], database_url: str) -> Run:
    """Run `incident …` in this process; a traceback fails the test."""

    def incident(*arguments: str, **more: str) -> Result:
        environment["INCIDENT_DATABASE"] = database_url
        return CliRunner().invoke(main, arguments, env=environment | more, catch_exceptions=False)

    return incident
