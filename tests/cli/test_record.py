"""`incident timeline`: an altered record is found."""

import json

from sqlalchemy import Engine, select

from incident_app.domain.timeline import TimelineEntry
from tests.cast import TANAKA
from tests.cli.terminal import Run, speaks_both
from tests.conftest import WorkOf, only_on_sqlite
from tests.domain.tampering import alter, tampering
from tests.services.stories import reported


def test_an_altered_record_is_found_and_named(incident: Run, work_of: WorkOf, engine: Engine) -> None:
    """By anybody, at any time; the exit code lets a machine ask every night."""
    with work_of(TANAKA) as work:
        number = reported(work).number
        entry = work.session.scalars(select(TimelineEntry).where(TimelineEntry.position == 2)).one().id
    clean = incident("timeline", "verify")
    assert clean.exit_code == 0 and "1 incidents" in clean.output and "0 flaws" in clean.output

    with tampering(engine) as connection:
        alter(connection, entry, "actor_name", "somebody else")

    told = incident("timeline", "verify", number, "--json")
    assert told.exit_code == 1
    (flaw,) = json.loads(told.output)["flaws"]
    assert (flaw["incident"], flaw["position"]) == (number, 2) and "actor" in flaw["what"]
    in_words = incident("timeline", "verify")
    assert in_words.exit_code == 1 and f"{number} #2: " in in_words.output


@only_on_sqlite
def test_an_incident_that_is_not_there_is_not_proved(incident: Run) -> None:
    """ "No flaws" about a mistyped number would be a lie."""
    result = incident("timeline", "verify", "I-1999-0001")
    assert result.exit_code == 2 and speaks_both(result.stderr)
