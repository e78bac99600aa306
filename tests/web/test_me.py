"""A person's own notifications, and the calendar that their programs read."""

import re

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.outgoing import FormReceipt
from tests.builders import an_incident, the_person
from tests.cast import TANAKA
from tests.conftest import WorkOf
from tests.web.conftest import ClientOf, Visitor

ADDRESS = re.compile(r"<code>(http[^<]*/calendar/[^<]+\.ics)</code>")


def made(visitor: Visitor) -> str:
    """Make an address and return its path."""
    page = visitor.send("/me", "/me/calendar").text
    found = ADDRESS.search(page)
    assert found, "the address is shown"
    return "/calendar/" + found[1].rpartition("/")[2]


def test_the_address_is_shown_once_and_read_without_signing_in(
    client_of: ClientOf, work_of: WorkOf, sessions: sessionmaker[Session]
) -> None:
    """A calendar program has no hands to sign in with; the address is its key."""
    with work_of(TANAKA) as work:
        number = an_incident(work).number
    tanaka = client_of(TANAKA)
    path = made(tanaka)
    assert ".ics" not in tanaka.read("/me")
    with sessions() as session:
        assert not any("calendar/" in receipt.location for receipt in session.scalars(select(FormReceipt)))
    tanaka.http.delete_cookie("session")
    answer = tanaka.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert events and all(str(event["summary"]).startswith(number) for event in events)


def test_an_address_that_was_ended_or_never_was_answers_alike(client_of: ClientOf) -> None:
    """Nobody can find out which addresses there were."""
    tanaka = client_of(TANAKA)
    path = made(tanaka)
    assert tanaka.send("/me", "/me/calendar/end").status_code == 303
    ended, unknown = tanaka.get(path), tanaka.get("/calendar/never-was.ics")
    assert (ended.status_code, unknown.status_code) == (404, 404)


def test_a_second_press_makes_no_second_address(client_of: ClientOf) -> None:
    """The address that was shown goes on working."""
    tanaka = client_of(TANAKA)
    form = tanaka.hidden("/me", "/me/calendar")
    page = tanaka.post("/me/calendar", **form).text
    found = ADDRESS.search(page)
    assert found
    assert tanaka.post("/me/calendar", **form).headers["Location"] == "/me"
    assert tanaka.get("/calendar/" + found[1].rpartition("/")[2]).status_code == 200


def test_quiet_hours_are_kept_and_can_be_ended(client_of: ClientOf, sessions: sessionmaker[Session]) -> None:
    """What was set is seen when the page is opened again."""
    tanaka = client_of(TANAKA)
    tanaka.send("/me", "/me/quiet-hours", quiet_from="22:00", quiet_until="07:30")
    assert 'value="22:00"' in tanaka.read("/me") and 'value="07:30"' in tanaka.read("/me")
    tanaka.send("/me", "/me/quiet-hours", quiet_from="", quiet_until="")
    with sessions() as session:
        assert the_person(session, TANAKA).quiet_from is None


@pytest.mark.parametrize("typed", ["25:00", "soon"])
def test_a_time_that_is_none_is_refused_beside_its_field(client_of: ClientOf, typed: str) -> None:
    """A slip shows where it is, with what was typed."""
    answer = client_of(TANAKA).send("/me", "/me/quiet-hours", quiet_from=typed, quiet_until="07:00")
    assert answer.status_code == 422
    assert 'id="wrong-quiet_from"' in answer.text and typed in answer.text
