"""The calendar that a person's own programs read, by its secret address and without signing in."""

from flask import Blueprint, make_response
from werkzeug.wrappers import Response

from incident_app.domain.work import THE_PROGRAM, begin_reading
from incident_app.services.feeding import as_calendar, feed_entries
from incident_app.web.desk import desk

bp = Blueprint("calendar_feed", __name__)


@bp.get("/calendar/<token>.ics")
def read(token: str) -> Response:
    """The open deadlines of the cases that this person may see now."""
    with begin_reading(desk().sessions, desk().clock, THE_PROGRAM) as work:
        entries = feed_entries(work.session, token, work.now)
        answer = make_response(as_calendar(entries, desk().settings.base_url, work.now))
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
