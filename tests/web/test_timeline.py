"""The sealed record and its corrections, over HTTP."""

import pytest
from sqlalchemy import update

from incident_app.domain.timeline import TimelineEntry, entries_of
from incident_app.services.containing import record_measure
from incident_app.services.finding import find_incident
from tests.builders import an_incident
from tests.cast import ITO, KIMURA, SUZUKI, TANAKA
from tests.clock import TestClock
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import events_of
from tests.web.conftest import ClientOf


@pytest.fixture
def number(work_of: WorkOf, clock: TestClock) -> str:
    """A case with one measure that was written down half an hour later."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        happened = work.now
        number = str(incident.number)
    clock.advance(minutes=30)
    with work_of(TANAKA) as work:
        record_measure(work, find_incident(work, number), "端末を回線から切り離した", taken_at=happened)
    return number


def test_the_record_shows_both_times_the_words_and_the_seal(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """When it happened and when it was written are two facts; an auditor needs both."""
    page = client_of(ITO).read(f"/incidents/{number}/timeline")
    assert "2026-11-30 02:00" in page and "2026-11-30 02:30" in page
    assert "端末を回線から切り離した" in page
    with work_of(TANAKA) as work:
        newest = entries_of(work.session, find_incident(work, number).id)[-1]
    assert newest.seal in page


def test_one_kind_of_entry_can_be_looked_at_alone(client_of: ClientOf, number: str) -> None:
    """A long case has hundreds of lines."""
    page = client_of(TANAKA).read(f"/incidents/{number}/timeline?event=incident_opened")
    assert "entry-1" in page and "entry-2" not in page


def test_a_correction_is_a_new_entry_that_names_the_old_one(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Nothing is rubbed out: the mistake and its correction stand side by side."""
    base = f"/incidents/{number}/timeline"
    fields = {"position": "2", "text": "切り離したのは翌朝"}
    answer = client_of(SUZUKI).send(f"{base}/correction?position=2", f"{base}/correction", **fields)
    assert answer.status_code == 303
    page = client_of(ITO).read(base)
    assert "端末を回線から切り離した" in page and "切り離したのは翌朝" in page
    assert 'href="#entry-3"' in page and 'href="#entry-2"' in page
    with work_of(TANAKA) as work:
        assert events_of(work, find_incident(work, number))[-1] == "correct_record"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"position": "99"}, "position"), ({"position": ""}, "position"), ({"text": " "}, "text")],
)
def test_a_correction_names_an_entry_and_says_something(
    client_of: ClientOf, work_of: WorkOf, number: str, wrong: dict[str, str], field: str
) -> None:
    """A correction of nothing, or to nothing, would only blur the record."""
    page = f"/incidents/{number}/timeline/correction"
    answer = client_of(TANAKA).send(page, page, **{"position": "2", "text": "翌朝"} | wrong)
    assert answer.status_code == 422 and f'id="wrong-{field}"' in answer.text
    with work_of(TANAKA) as work:
        assert "correct_record" not in events_of(work, find_incident(work, number))


def test_the_record_is_for_those_who_may_see_the_case(client_of: ClientOf, number: str) -> None:
    """An auditor reads and corrects nothing; another client finds nothing."""
    page = f"/incidents/{number}/timeline/correction"
    fields = {"position": "1", "text": "誤り"}
    assert client_of(ITO).send(page, page, **fields).status_code == 403
    assert client_of(KIMURA).get(page).status_code == 404
    assert client_of(KIMURA).get(f"/incidents/{number}/timeline").status_code == 404


def test_every_correction_of_an_entry_is_named_and_reached_from_a_filtered_page(
    client_of: ClientOf, number: str
) -> None:
    """A second correction must not hide the first, and a link must not lead to a line that is filtered out."""
    base = f"/incidents/{number}/timeline"
    for text in ("切り離したのは翌朝", "翌朝七時"):
        fields = {"position": "2", "text": text}
        client_of(SUZUKI).send(f"{base}/correction?position=2", f"{base}/correction", **fields)
    page = client_of(ITO).read(f"{base}?event=record_measure")
    assert f'href="{base}#entry-3"' in page and f'href="{base}#entry-4"' in page


@only_on_sqlite
@pytest.mark.parametrize(
    "forged",
    [
        {"sealed_text": "破"},
        {"sealed_text": "{}"},
        {"sealed_text": "[1]"},
        {"event": "nothing"},
        {"event": "correct_record"},
    ],
)
def test_a_record_that_cannot_be_read_any_more_still_opens(
    client_of: ClientOf, work_of: WorkOf, number: str, forged: dict[str, str]
) -> None:
    """Tampering must end in a verdict on the page, never in an error page that shows nothing."""
    with work_of(TANAKA) as work:
        work.session.connection().exec_driver_sql("DROP TRIGGER timeline_entry_no_update")
        work.session.execute(update(TimelineEntry).where(TimelineEntry.position == 2).values(forged))
    page = client_of(ITO).read(f"/incidents/{number}/timeline")
    assert 'role="alert"' in page and 'id="entry-1"' in page and 'id="entry-2"' in page


@only_on_sqlite
def test_a_record_that_was_altered_is_shown_as_such(
    client_of: ClientOf, work_of: WorkOf, number: str
) -> None:
    """Whoever gets past the triggers still meets the seals, and every reader sees it."""
    assert 'class="sound"' in client_of(ITO).read(f"/incidents/{number}/timeline")
    with work_of(TANAKA) as work:
        work.session.connection().exec_driver_sql("DROP TRIGGER timeline_entry_no_update")
        forged = update(TimelineEntry).where(TimelineEntry.position == 2).values(actor_name="別人")
        work.session.execute(forged)
    page = client_of(ITO).read(f"/incidents/{number}/timeline")
    assert 'class="sound"' not in page and 'role="alert"' in page
