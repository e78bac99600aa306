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
from tests.mail.test_bounces import dsn
from tests.services.ledgers import sent_out
from tests.services.stories import reported
from tests.services.test_bouncing import deliveries, id_of, sent


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


def test_mails_that_came_back_are_read_from_a_file_or_a_folder(
    incident: Run, work_of: WorkOf, tmp_path: Path
) -> None:
    """A mail server without a folder for us: somebody saves the reports and names them here; they stay there."""
    with work_of(TANAKA) as work:
        sent(work)
        first = deliveries(work)[0]
        report = dsn(id_of(work, first))
    folder = tmp_path / "came back"
    folder.mkdir()
    (folder / "1.eml").write_bytes(report)
    (folder / "2.eml").write_bytes(b"Subject: holiday\r\n\r\n")
    told = incident("notices", "bounces", str(folder), "--json")
    assert json.loads(told.output) == {
        **{"bounced": 1, "known_already": 0, "not_final": 0, "too_early": 0, "unknown": 0, "unreadable": 1}
    }
    assert "known_already: 1" in incident("notices", "bounces", str(folder / "1.eml")).output
    assert len(list(folder.iterdir())) == 2


def test_progress_is_said_in_a_line_for_each_text(incident: Run, work_of: WorkOf) -> None:
    """For whoever has no browser on that machine; `--watch` ends by itself when nothing waits."""
    with work_of(TANAKA) as work:
        case = sent(work)
        number = case.number
    told = incident("notices", "progress", number, "--watch")
    assert told.exit_code == 0 and f"N1 [{'#' * 30}] 2/2" in told.output and "sent 2" in told.output
    assert incident("notices", "progress", "I-1999-0001").exit_code == 2
    with work_of(TANAKA) as work:
        first = deliveries(work)[0]
        first.state = "queued"
        first.notice.paused_at = work.now
    assert "1/2 paused" in incident("notices", "progress", number).output
