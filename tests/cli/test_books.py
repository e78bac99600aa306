"""`incident notices reconcile` and `incident keys check`: what a machine asks every night."""

import json
from pathlib import Path

from sqlalchemy import update

from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.notice import Delivery
from tests.builders import an_individual
from tests.cast import TANAKA
from tests.cli.terminal import Run, speaks_both
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.ledgers import sent_out
from tests.services.stories import reported


@only_on_sqlite
def test_books_that_do_not_add_up_are_told_and_end_with_one(
    incident: Run, work_of: WorkOf, environment: dict[str, str]
) -> None:
    """The words name rows; the exit code wakes somebody."""
    folder = Path(environment["INCIDENT_DATA"]) / "sealed"
    with work_of(TANAKA) as work:
        number = sent_out(work, folder).number
    clean = incident("notices", "reconcile", number)
    assert clean.exit_code == 0 and clean.output == f"{number}: 0 findings\n"

    with work_of(TANAKA) as work:
        work.session.execute(update(Delivery).where(Delivery.channel == "email").values(reply=""))

    told = incident("notices", "reconcile", number, "--language", "en")
    assert told.exit_code == 1 and "delivery 4, 5: sent or bounced without" in told.output
    assert "送付 4, 5: " in incident("notices", "reconcile", number).output
    for_machines = incident("notices", "reconcile", number, "--json")
    assert for_machines.exit_code == 1
    assert json.loads(for_machines.output) == [{"rule": "no_answer", "rows": ["4", "5"]}]


@only_on_sqlite
def test_books_of_an_incident_that_is_not_there_are_not_proved(incident: Run) -> None:
    """ "0 findings" about a mistyped number would be a lie."""
    result = incident("notices", "reconcile", "I-1999-0001")
    assert result.exit_code == 2 and speaks_both(result.stderr)


def test_a_key_that_another_master_key_wrapped_is_found(incident: Run, work_of: WorkOf) -> None:
    """A restored backup without its master key is found now, not when the letters are due."""
    with work_of(TANAKA) as work:
        opens, gone = reported(work), reported(work)
        for case in (opens, gone):
            an_individual(work, case)
        work.session.execute(
            update(IncidentKey)
            .where(IncidentKey.incident_id == gone.id)
            .values(wrapped=None, destroyed_at=work.now)
        )
    told = incident("keys", "check", "--json")
    assert told.exit_code == 0
    assert json.loads(told.output) == {opens.number: "opens", gone.number: "destroyed"}
    assert "2 keys, 1 destroyed" in incident("keys", "check").output

    other = incident("keys", "check", INCIDENT_MASTER_KEY="another key")
    assert other.exit_code == 1 and f"{opens.number}: does not open" in other.output
