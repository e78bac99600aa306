"""`incident check` sees that nobody watches; what else it looks at is tested with the command."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident_app.checking import Finding, findings
from incident_app.config import Settings, read_settings, system_clock
from incident_app.services.watching import beat
from tests.builders import a_bare_incident
from tests.cast import TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.duties import a_duty


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return read_settings(
        {"INCIDENT_DATABASE": database_url, "INCIDENT_DATA": str(tmp_path), "INCIDENT_SMTP_PORT": "1"}
    )


def about_the_watch(settings: Settings) -> Finding:
    return next(finding for finding in findings(settings) if finding.what == "watch over deadlines")


def test_a_new_installation_is_not_called_broken_because_nothing_was_watched_yet(settings: Settings) -> None:
    """The check runs before the first start, too."""
    assert about_the_watch(settings) == Finding("watch over deadlines", True, "has never run")


def test_open_dates_that_nobody_watches_are_a_finding_with_what_to_do(
    settings: Settings, work_of: WorkOf, clock: TestClock
) -> None:
    """Otherwise the first sign of a dead watch is a missed deadline."""
    with work_of(TANAKA) as work:
        a_duty(work, a_bare_incident(work))
    never = about_the_watch(settings)
    assert not never.ok and "incident serve" in never.detail

    clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    with work_of(TANAKA) as work:
        beat(work)
    silent = about_the_watch(settings)
    assert not silent.ok and "last ran 2026-01-01 00:00 UTC" in silent.detail

    clock.now = system_clock() - timedelta(minutes=1)
    with work_of(TANAKA) as work:
        beat(work)
    assert about_the_watch(settings).ok
