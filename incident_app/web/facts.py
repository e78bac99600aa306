"""The four facts of Article 16(1), and the description of the case."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.incident import CONTENT, FACTS
from incident_app.services.describing import DESCRIPTION, describe_case, record_fact
from incident_app.services.finding import find_incident
from incident_app.services.opening import KINDS, Said
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("facts", __name__, url_prefix="/incidents/<number>")


@bp.get("/facts/new")
def new(number: str) -> str:
    """The form for something new about one fact, with what was said so far."""
    chosen = request.values.get("fact", CONTENT)
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            "facts/new.html", incident=incident, facts=FACTS, chosen=chosen if chosen in FACTS else CONTENT
        )


@bp.post("/facts")
@again(new)
def create(number: str) -> Response:
    """Say something new about one fact."""
    form = Form(request.form)
    said = Said(
        form.text("state"), form.text("text"), form.number("low"), form.number("high"), form.moment("as_of")
    )
    with work_at_desk() as work:
        record_fact(work, find_incident(work, number), form.text("fact"), said)
        return land(work, url_for("incidents.show", number=number))


@bp.get("/description")
def describe(number: str) -> str:
    """The form for cause, secondary damage, recovery and what kind of information is concerned."""
    with look_at_desk() as work:
        return render_template("facts/describe.html", incident=find_incident(work, number), kinds=KINDS)


@bp.post("/description")
@again(describe)
def update(number: str) -> Response:
    """Update the description."""
    form = Form(request.form)
    with work_at_desk() as work:
        describe_case(
            work,
            find_incident(work, number),
            concerns_personal=form.yes("concerns_personal"),
            concerns_confidential=form.yes("concerns_confidential"),
            kinds=form.texts("kinds"),
            occurred_at=form.moment("occurred_at"),
            **{name: form.text(name) for name in DESCRIPTION},
        )
        return land(work, url_for("incidents.show", number=number))
