"""A person's own notifications: quiet hours and the calendar address."""

from datetime import time

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import Person
from incident_app.services.feeding import live_feed, make_feed, revoke_feed, set_quiet_hours
from incident_app.web.desk import desk, land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("me", __name__, url_prefix="/me")


@bp.get("")
def show() -> str:
    """Quiet hours, and whether there is a calendar address."""
    return _page()


@bp.post("/quiet-hours")
@again(show)
def quiet() -> Response:
    """Set the quiet hours, or end them."""
    form = Form(request.form)
    with work_at_desk() as work:
        set_quiet_hours(work, _clock(form, "quiet_from"), _clock(form, "quiet_until"))
        return land(work, url_for("me.show"))


@bp.post("/calendar")
def make() -> str:
    """Make a calendar address and show it, this one time: only its digest is kept."""
    with work_at_desk() as work:
        token = make_feed(work)
        land(work, url_for("me.show"))
    return _page(f"{desk().settings.base_url}{url_for('calendar_feed.read', token=token)}")


@bp.post("/calendar/end")
def revoke() -> Response:
    """End the calendar address."""
    with work_at_desk() as work:
        revoke_feed(work)
        return land(work, url_for("me.show"))


def _page(address: str = "") -> str:
    with look_at_desk() as work:
        return render_template(
            "me.html",
            person=work.session.get_one(Person, current_user.person_id),
            feed=live_feed(work.session, current_user.person_id),
            address=address,
        )


def _clock(form: Form, field: str) -> time | None:
    words = form.text(field)
    if not words:
        return None
    try:
        return time.fromisoformat(words).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise BadInput(field, "時刻は 22:00 のように入力してください。", "Enter a time like 22:00.") from None
