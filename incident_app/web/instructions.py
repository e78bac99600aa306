"""甲の指示 (Article 16(1))."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.engine.machine import possible_steps
from incident_app.services.finding import documents_of, find_incident, find_instruction, find_item
from incident_app.services.instructing import (
    amend_instruction,
    confirm_instruction,
    fulfil_item,
    issue_instruction,
    request_instruction,
    transcribe_instruction,
    withdraw_instruction,
)
from incident_app.web import starters, words
from incident_app.web.desk import desk, land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed

bp = Blueprint("instructions", __name__, url_prefix="/incidents/<number>/instructions")


@bp.get("/new")
def new(number: str) -> str:
    """The officer's form, for several items."""
    return _items_page("instructions/new.html", number)


@bp.post("")
@again(new)
def create(number: str) -> Response | str:
    """A client officer instructs the contractor; the buttons that add an item only show the form again."""
    if "add" in request.form:
        return new(number)
    form = _arranged_form()
    with work_at_desk() as work:
        issue_instruction(
            work,
            find_incident(work, number),
            starters.orders_of(form),
            prohibitions=form.text("prohibitions"),
            how_to_report=form.text("how_to_report"),
            seen=form.seen(),
        )
        return land(work, url_for("incidents.show", number=number))


@bp.get("/transcript/new")
def new_transcript(number: str) -> str:
    """The form for an instruction that was given by phone or on paper."""
    return _items_page("instructions/transcript.html", number)


@bp.post("/transcript")
@again(new_transcript)
def transcribe(number: str) -> Response | str:
    """乙 writes down what 甲 said."""
    if "add" in request.form:
        return new_transcript(number)
    form = _arranged_form()
    with work_at_desk() as work:
        transcribe_instruction(
            work,
            find_incident(work, number),
            starters.orders_of(form),
            given_by=form.text("given_by"),
            given_at=needed("given_at", form.moment("given_at")),
            channel=form.text("channel"),
            prohibitions=form.text("prohibitions"),
            how_to_report=form.text("how_to_report"),
            seen=form.seen(),
        )
        return land(work, url_for("incidents.show", number=number))


@bp.get("/<int:instruction_number>")
def show(number: str, instruction_number: int) -> str:
    """One instruction: its items, its sheets, and what may be done with it."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        instruction = find_instruction(incident, instruction_number)
        sheets = [
            document
            for document in documents_of(work, incident)
            if document.template == "instruction_sheet" and document.number == instruction.number
        ]
        return render_template(
            "instructions/show.html",
            incident=incident,
            instruction=instruction,
            sheets=sheets,
            seen=incident.track("instruction").version,
            may={choice.step.name for choice in possible_steps(work, incident)},
            words=words,
        )


@bp.post("/<int:instruction_number>/confirmation")
def confirm(number: str, instruction_number: int) -> Response:
    """甲 confirms what 乙 wrote down."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        confirm_instruction(work, incident, find_instruction(incident, instruction_number), seen=form.seen())
        return land(work, url_for("incidents.show", number=number))


@bp.get("/<int:instruction_number>/amendment")
def amend_form(number: str, instruction_number: int) -> str:
    """The form that ends some items and adds others."""
    return _items_page("instructions/amend.html", number, instruction_number)


@bp.post("/<int:instruction_number>/amendment")
@again(amend_form)
def amend(number: str, instruction_number: int) -> Response | str:
    """甲 changes its instruction."""
    if "add" in request.form:
        return amend_form(number, instruction_number)
    form = _arranged_form()
    with work_at_desk() as work:
        incident = find_incident(work, number)
        amend_instruction(
            work,
            incident,
            find_instruction(incident, instruction_number),
            end={int(item) for item in form.texts("end") if item.isdecimal()},
            add=starters.orders_of(form),
            reason=form.text("reason"),
            seen=form.seen(),
        )
        return land(work, _one(number, instruction_number))


@bp.get("/<int:instruction_number>/withdrawal")
def withdraw_form(number: str, instruction_number: int) -> str:
    """The form that asks why."""
    return _page("instructions/withdraw.html", number, instruction_number)


@bp.post("/<int:instruction_number>/withdrawal")
@again(withdraw_form)
def withdraw(number: str, instruction_number: int) -> Response:
    """甲 takes its instruction back."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        instruction = find_instruction(incident, instruction_number)
        withdraw_instruction(work, incident, instruction, form.text("reason"), seen=form.seen())
        return land(work, _one(number, instruction_number))


@bp.get("/items/<int:item_id>/fulfilment")
def fulfil_form(number: str, item_id: int) -> str:
    """The form for how an item was carried out."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            "instructions/fulfil.html", incident=incident, item=find_item(incident, item_id), words=words
        )


@bp.post("/items/<int:item_id>/fulfilment")
@again(fulfil_form)
def fulfil(number: str, item_id: int) -> Response:
    """乙 reports an item fulfilled."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        fulfil_item(work, incident, find_item(incident, item_id), form.text("note"))
        return land(work, url_for("incidents.show", number=number))


@bp.get("/request")
def request_form(number: str) -> str:
    """The form in which 乙 asks for instruction."""
    with look_at_desk() as work:
        return render_template("instructions/request.html", incident=find_incident(work, number))


@bp.post("/request", endpoint="request")
@again(request_form)
def ask(number: str) -> Response:
    """乙 asks 甲 what it is to do."""
    form = Form(request.form)
    with work_at_desk() as work:
        request_instruction(work, find_incident(work, number), form.text("text"))
        return land(work, url_for("incidents.show", number=number))


def _arranged_form() -> Form:
    return Form(starters.arranged(request.form, desk().clock()))


def _items_page(template: str, number: str, instruction_number: int | None = None) -> str:
    """Show a form with rows of items: as they were typed, or the first one that a link asks for."""
    return _page(
        template, number, instruction_number, typed=starters.arranged(request.values, desk().clock())
    )


def _page(template: str, number: str, instruction_number: int | None = None, **more: object) -> str:
    with look_at_desk() as work:
        incident = find_incident(work, number)
        instruction = None if instruction_number is None else find_instruction(incident, instruction_number)
        seen = incident.track("instruction").version
        return render_template(
            template, incident=incident, instruction=instruction, seen=seen, words=words, **more
        )


def _one(number: str, instruction_number: int) -> str:
    return url_for("instructions.show", number=number, instruction_number=instruction_number)
