"""`incident timeline`: is the record still what was written?"""

import json
import sys
from dataclasses import asdict

import click
from sqlalchemy import select

from incident_app.cli.shared import as_json, in_words, sessions_of
from incident_app.config import read_settings, system_clock
from incident_app.domain.errors import NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.timeline import entries_of, verify
from incident_app.domain.work import THE_PROGRAM, begin_reading


@click.group()
def timeline() -> None:
    """The sealed record of each incident."""


@timeline.command("verify")
@click.argument("number", required=False)
@as_json
@in_words
def timeline_verify(number: str | None, as_json: bool) -> None:
    """Check the seals of one incident, or of all. Exit code 1 when anything was altered."""
    with sessions_of(read_settings()) as sessions, begin_reading(sessions, system_clock, THE_PROGRAM) as work:
        chosen = select(Incident).order_by(Incident.id)
        incidents = list(work.session.scalars(chosen.where(Incident.number == number) if number else chosen))
        if number and not incidents:
            raise NotFound
        flaws = [asdict(flaw) for incident in incidents for flaw in verify(work.session, incident)]
        entries = sum(len(entries_of(work.session, incident.id)) for incident in incidents)
    if as_json:
        click.echo(json.dumps({"incidents": len(incidents), "entries": entries, "flaws": flaws}))
    else:
        for flaw in flaws:
            click.echo("{incident} #{position}: {what}".format(**flaw))
        click.echo(f"{len(incidents)} incidents, {entries} entries, {len(flaws)} flaws")
    sys.exit(1 if flaws else 0)
