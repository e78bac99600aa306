"""The command `incident`."""

import logging

import click

from incident_app import __version__
from incident_app.cli import books, deadlines, paper, parties, record, roster, rules, running


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Carry incidents through Article 16 of the contract annex (第16条 事故発生時の対応).

    Settings come from INCIDENT_* variables; docs/operations.md lists them.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("alembic", "weasyprint"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


books.notices.add_command(paper.test_sheet)
for _command in (
    *(running.serve, running.db, running.deliver, running.check),
    *(parties.user, parties.contract),
    *(rules.workflow, deadlines.deadlines),
    *(record.timeline, roster.roster, books.notices, books.keys),
):
    main.add_command(_command)
