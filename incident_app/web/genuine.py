"""The page that says whether a letter is genuine: open to everybody, without signing in and without a session."""

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from incident_app.domain.work import THE_PROGRAM, begin_reading, begin_work
from incident_app.services.authenticity import asked_too_often, issued_with, note_question
from incident_app.web.desk import desk

bp = Blueprint("genuine", __name__, url_prefix="/genuine")

TOO_MANY = 429


@bp.get("")
def show() -> Response:
    """The form for a number; with a number, the answer."""
    number = request.args.get("number", "")
    return _answered(number) if number.strip() else _page(asked=False)


@bp.get("/<number>")
def answer(number: str) -> Response:
    """The answer to the QR code on a letter."""
    return _answered(number)


def _answered(number: str) -> Response:
    it, address = desk(), request.remote_addr or ""
    # Looking takes no lock: whoever asks too often holds nobody up.
    with begin_reading(it.sessions, it.clock, THE_PROGRAM) as work:
        too_often = asked_too_often(work, address, it.settings.secret)
        issued = None if too_often else issued_with(work, number)
    if too_often:
        refusal = _page(asked=True, too_often=True)
        refusal.status_code = TOO_MANY
        refusal.headers["Retry-After"] = "60"
        return refusal
    with begin_work(it.sessions, it.clock, THE_PROGRAM) as work:
        note_question(work, address, it.settings.secret)
    return _page(asked=True, issued=issued)


def _page(**shown: object) -> Response:
    page = make_response(render_template("genuine/show.html", **shown))
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
