"""`incident notices reconcile` and `incident keys check`: do the books add up, and does every key still open?"""

import json
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy import select

from incident_app.cli.shared import as_json, in_language, in_words, sessions_of
from incident_app.config import read_settings, system_clock
from incident_app.domain.errors import NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.work import THE_PROGRAM, begin_reading, begin_work
from incident_app.services.bouncing import AT_ONCE, OUTCOMES, reports_in, take_files
from incident_app.services.keys import DESTROYED, LOST, states_of_keys
from incident_app.services.progress import Progress, progress_of_notice
from incident_app.services.reconciling import reconcile

_BAR = 30
"""Characters."""
_AGAIN = 5
"""Seconds."""


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


@notices.command("progress")
@click.argument("number")
@click.option("--watch", is_flag=True, help="Say it again every five seconds until nothing waits.")
@in_words
def notices_progress(number: str, watch: bool) -> None:
    """Say how far the notices of one incident have come, how fast they go, and how long the rest takes."""
    with sessions_of(read_settings()) as sessions:
        while True:
            with begin_reading(sessions, system_clock, THE_PROGRAM) as work:
                incident = work.session.scalars(select(Incident).where(Incident.number == number)).first()
                if incident is None:
                    raise NotFound
                made = [
                    (notice.number, progress_of_notice(work, incident, notice)) for notice in incident.notices
                ]
            for notice_number, progress in made:
                if progress.started:
                    click.echo(_line(notice_number, progress))
            if not watch or not any(progress.waiting for _, progress in made):
                return
            time.sleep(_AGAIN)


def _line(number: int, progress: Progress) -> str:
    done = progress.started - progress.waiting
    bar = "#" * (_BAR * done // progress.started)
    left = progress.pace.minutes_left(progress.waiting)
    how = f"{progress.pace.a_minute:,.0f}/min" + (f", {left} min left" if left and progress.waiting else "")
    said = "paused" if progress.pace.paused_at else how
    states = ", ".join(f"{state} {count:,}" for state, count in progress.states.items())
    return f"N{number} [{bar:<{_BAR}}] {done:,}/{progress.started:,} {said} ({states})"


@notices.command("bounces")
@click.argument("place", type=click.Path(exists=True, path_type=Path))
@as_json
@in_words
def notices_bounces(place: Path, as_json: bool) -> None:
    """Read mails that came back (RFC 3464) from a file, a folder or a Maildir; the files stay where they are.

    What did not arrive is bounced, and a letter goes instead where the instruction allows one.
    """
    found: Counter[str] = Counter()
    with sessions_of(read_settings()) as sessions:
        mails = reports_in(place)
        for start in range(0, len(mails), AT_ONCE):
            with begin_work(sessions, system_clock, THE_PROGRAM) as work:
                found.update(take_files(work, mails[start : start + AT_ONCE]).values())
    counts = {outcome: found[outcome] for outcome in OUTCOMES}
    click.echo(
        json.dumps(counts) if as_json else "\n".join(f"{name}: {count}" for name, count in counts.items())
    )


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
