"""協議 (Article 16(3)): nothing is published, and nothing withheld, before 甲 was asked."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.engine.machine import possible_steps
from incident_app.services.finding import find_consultation, find_incident
from incident_app.services.publishing import answer_consultation, propose_consultation
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("consultations", __name__, url_prefix="/incidents/<number>/consultations")


@bp.get("/new")
def new(number: str) -> str:
    """The form that asks for a consultation."""
    with look_at_desk() as work:
        return render_template("consultations/new.html", incident=find_incident(work, number), words=words)


@bp.post("")
@again(new)
def create(number: str) -> Response:
    """Ask for a consultation."""
    form = Form(request.form)
    with work_at_desk() as work:
        consultation = propose_consultation(
            work, find_incident(work, number), proposal=form.text("proposal"), points=form.text("points")
        )
        return land(work, _one(number, consultation.number))


@bp.get("/<int:consultation_number>")
def show(number: str, consultation_number: int) -> str:
    """What was proposed and answered, and what may follow."""
    return _page("consultations/show.html", number, consultation_number)


@bp.get("/<int:consultation_number>/answer")
def answer_form(number: str, consultation_number: int) -> str:
    """The form for 甲's answer."""
    return _page("consultations/answer.html", number, consultation_number)


@bp.post("/<int:consultation_number>/answer")
@again(answer_form)
def answer(number: str, consultation_number: int) -> Response:
    """甲 answers."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        answer_consultation(
            work,
            incident,
            find_consultation(incident, consultation_number),
            outcome=form.text("outcome"),
            answer=form.text("answer"),
            attendees=form.text("attendees"),
            next_review_on=form.day("next_review_on"),
            seen=form.seen(),
        )
        return land(work, _one(number, consultation_number))


def _page(template: str, number: str, consultation_number: int) -> str:
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            template,
            incident=incident,
            consultation=find_consultation(incident, consultation_number),
            may={choice.step.name for choice in possible_steps(work, incident)},
            seen=incident.track("publication").version,
            words=words,
        )


def _one(number: str, consultation_number: int) -> str:
    return url_for("consultations.show", number=number, consultation_number=consultation_number)
