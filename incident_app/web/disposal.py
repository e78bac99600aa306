"""個人情報の廃棄・消去 (Article 7): proposed by one person of 乙, carried out by another."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.destruction import destroyed_at, proposal_of
from incident_app.domain.errors import BadInput
from incident_app.engine.machine import possible_steps
from incident_app.services.destroying import (
    destroy_personal_data,
    finish,
    holdings_of,
    propose_destruction,
)
from incident_app.services.finding import find_incident, find_item
from incident_app.web.desk import desk, land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("disposal", __name__, url_prefix="/incidents/<number>/disposal/<int:item_id>")


@bp.get("")
def show(number: str, item_id: int) -> str:
    """What would be destroyed, who proposed it, and the form of the second person."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        item = find_item(incident, item_id)
        proposal = proposal_of(work.session, item)
        return render_template(
            "books/disposal.html",
            incident=incident,
            item=item,
            holdings=holdings_of(work, incident, desk().settings),
            proposal=proposal,
            by_me=proposal is not None and proposal.actor_id == work.actor.person_id,
            destroyed=destroyed_at(work.session, incident.id),
            steps={choice.step.name: choice for choice in possible_steps(work, incident)},
        )


@bp.post("/proposal")
@again(show)
def propose(number: str, item_id: int) -> Response:
    """The first person proposes."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        propose_destruction(work, incident, find_item(incident, item_id))
        return land(work, url_for("disposal.show", number=number, item_id=item_id))


@bp.post("")
@again(show)
def destroy(number: str, item_id: int) -> Response:
    """The second person destroys; the number of the case is typed, so that nobody does it by a slip of the hand."""
    form = Form(request.form)
    if form.text("number") != number:
        raise BadInput("number", "この事案の番号を入力してください。", "Type the number of this incident.")
    with work_at_desk() as work:
        incident = find_incident(work, number)
        item = find_item(incident, item_id)
        destroy_personal_data(work, incident, item, desk().settings, witness=form.text("witness"))
        answer = land(work, url_for("disposal.show", number=number, item_id=item_id))
    # Only now: until the commit the data is still needed. What does not go now goes in the night.
    finish(desk().sessions, desk().clock, desk().settings)
    return answer
