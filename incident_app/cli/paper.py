"""`incident notices test-sheet`: does the address show through the window of this envelope?"""

from pathlib import Path

import click

from incident_app.cli.shared import in_words
from incident_app.config import read_settings
from incident_app.notices.envelope import read_envelope
from incident_app.notices.trial_sheet import trial_sheet


@click.command("test-sheet")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_words
def test_sheet(file: Path) -> None:
    """Write a sheet (PDF) to FILE: fold it, put it into the envelope of INCIDENT_ENVELOPE, and look through the window.

    Needs no database and shows a made-up address.
    """
    envelope = read_envelope(read_settings().envelope)
    file.write_bytes(trial_sheet(envelope))
    click.echo("{:g} x {:g} mm".format(*envelope.safe))
