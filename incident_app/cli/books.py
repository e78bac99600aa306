"""`incident notices reconcile` and `incident keys check`: do the books add up, and does every key still open?"""

import json
import sys
from dataclasses import asdict

import click
from sqlalchemy import select

from incident_app.cli.shared import as_json, in_language, in_words, sessions_of
from incident_app.config import read_settings, system_clock
from incident_app.domain.errors import NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.work import THE_PROGRAM, begin_reading
from incident_app.services.keys import DESTROYED, LOST, states_of_keys
from incident_app.services.reconciling import reconcile


@click.group()
def notices() -> None:
    """What became of the notices to the affected individuals."""


@notices.command("reconcile")
@click.argument("number")
@as_json
@in_language
@in_words
def notices_reconcile(number: str, as_json: bool, language: str) -> None:
    """Hold persons, deliveries, print runs and sealed files of one incident against each other.

    Opens every sealed row and reads every file; changes nothing. Exit code 1 when something does not add up.
    """
    settings = read_settings()
    with sessions_of(settings) as sessions, begin_reading(sessions, system_clock, THE_PROGRAM) as work:
        incident = work.session.scalars(select(Incident).where(Incident.number == number)).first()
        if incident is None:
            raise NotFound
        findings = reconcile(work, incident, settings.sealed_folder)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(finding.said_in(language))
        click.echo(f"{number}: {len(findings)} findings")
    sys.exit(1 if findings else 0)


@click.group()
def keys() -> None:
    """The keys that personal data is sealed with, one for each incident."""


@keys.command("check")
@as_json
@in_words
def keys_check(as_json: bool) -> None:
    """Open every incident's key with the master key. Exit code 1 when one does not open."""
    with sessions_of(read_settings()) as sessions, begin_reading(sessions, system_clock, THE_PROGRAM) as work:
        states = states_of_keys(work.session)
    if as_json:
        click.echo(json.dumps(states))
    else:
        for number, state in states.items():
            click.echo(f"{number}: {state}")
        gone = sum(state == DESTROYED for state in states.values())
        click.echo(f"{len(states)} keys, {gone} destroyed")
    sys.exit(1 if LOST in states.values() else 0)
