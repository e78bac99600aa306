"""`incident check` sees that nobody watches; what else it looks at is tested with the command."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident_app.checking import Finding, findings
from incident_app.config import Settings, read_settings, system_clock
from incident_app.services.watching import beat
from tests.builders import a_bare_incident, an_individual
from tests.cast import TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.duties import a_duty


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return read_settings(
        {"INCIDENT_DATABASE": database_url, "INCIDENT_DATA": str(tmp_path), "INCIDENT_SMTP_PORT": "1"}
    )


def about(what: str, settings: Settings) -> Finding:
    return next(finding for finding in findings(settings) if finding.what == what)


def about_the_watch(settings: Settings) -> Finding:
    return about("watch over deadlines", settings)


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


def test_a_key_that_does_not_open_is_a_finding_that_names_the_incident(
    settings: Settings, work_of: WorkOf
) -> None:
    """The installation was moved without its master key: said before somebody needs an address."""
    assert about("incident keys", settings) == Finding("incident keys", True, "0 keys")
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        an_individual(work, incident)
    found = about("incident keys", settings)  # the settings' master key is not the tests'
    assert not found.ok and incident.number in found.detail and "INCIDENT_MASTER_KEY_FILE" in found.detail
