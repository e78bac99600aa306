"""Notices to individuals (Article 16(2), second half): the text, from the draft to both approvals."""

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.incident import Incident
from incident_app.domain.instruction import NOTIFY, SUBSTITUTE, InstructionItem
from incident_app.domain.notice import INDIVIDUAL, NOTICE_KINDS, SUBSTITUTE_NOTICE, Notice
from incident_app.domain.parties import Person, day_in_japan
from incident_app.domain.work import Work
from incident_app.engine.machine import possible_steps
from incident_app.notices.catalogue import Field
from incident_app.services.drafting import name_for_notice, words_for_notice
from incident_app.services.finding import find_incident, find_item, find_notice
from incident_app.services.letters import preview_notice
from incident_app.services.notifying import (
    NOTICE_FIELDS,
    approve_text,
    draft_notice,
    post_substitute,
    send_back_text,
    start_deliveries,
    submit_text,
)
from incident_app.services.pausing import may_pause
from incident_app.services.progress import outlook_of, print_runs_of, progress_of_notice
from incident_app.services.proofs import may_see_letters, proofs_of
from incident_app.web import masking, words
from incident_app.web.deliveries import bp
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed

__all__ = ["bp"]

PAGE_IN_FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
)


@bp.get("/new")
def new(number: str) -> str:
    """The draft form, filled from the earlier draft and the case; after "preview", with how it would read."""
    form = Form(request.values)
    kind = form.text("kind") if form.text("kind") in NOTICE_KINDS else INDIVIDUAL
    with look_at_desk() as work:
        incident = find_incident(work, number)
        shown: str | None = None
        missing: list[Field] = []
        if "preview" in request.form:
            rendered, missing = preview_notice(work, incident, _unsaved(incident, form, kind))
            shown = rendered.text
        return render_template(
            "notices/new.html",
            incident=incident,
            kind=kind,
            said=words_for_notice(incident, kind),
            in_whose_name=name_for_notice(incident, kind),
            shown=shown,
            missing=missing,
            words=words,
        )


@bp.post("")
@again(new)
def create(number: str) -> Response | str:
    """Keep a draft as the next text version; the button that shows how it reads keeps nothing."""
    if "preview" in request.form:
        return new(number)
    form = Form(request.form)
    with work_at_desk() as work:
        notice = draft_notice(
            work,
            find_incident(work, number),
            kind=form.text("kind"),
            in_whose_name=form.text("in_whose_name"),
            values=_values(form),
        )
        return land(work, _one(number, notice.number))


@bp.get("/<int:notice_number>")
def show(number: str, notice_number: int) -> str:
    """The text as a letter, who approved it, and how far it has come."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        notice = find_notice(incident, notice_number)
        return render_template(
            "notices/show.html",
            incident=incident,
            notice=notice,
            missing=preview_notice(work, incident, notice)[1],
            approved_text_by=_name(work, notice.text_approved_by_id),
            approved_by=_name(work, notice.approved_by_id),
            progress=progress_of_notice(work, incident, notice),
            may_pause=may_pause(work, incident),
            runs=print_runs_of(work, notice),
            proofs=proofs_of(work, notice),
            may_see_letters=may_see_letters(work, incident),
            may={choice.step.name for choice in possible_steps(work, incident)},
            me=work.actor.person_id,
            words=words,
            masking=masking,
        )


@bp.get("/<int:notice_number>/letter")
def letter(number: str, notice_number: int) -> Response:
    """The page itself with an invented person, for a frame."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        rendered, _ = preview_notice(work, incident, find_notice(incident, notice_number))
    answer = make_response(rendered.html)
    answer.headers["Content-Security-Policy"] = PAGE_IN_FRAME
    return answer


@bp.post("/<int:notice_number>/submission")
def submit(number: str, notice_number: int) -> Response:
    """Lay the text before 甲."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        submit_text(work, incident, find_notice(incident, notice_number))
        return land(work, _one(number, notice_number))


@bp.post("/<int:notice_number>/text-approval", endpoint="approve_text")
def approve(number: str, notice_number: int) -> Response:
    """甲 approves the text."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        approve_text(work, incident, find_notice(incident, notice_number))
        return land(work, _one(number, notice_number))


@bp.get("/<int:notice_number>/return-to-drafter")
def send_back_form(number: str, notice_number: int) -> str:
    """The form that asks what should change."""
    return _page("notices/send_back.html", number, notice_number)


@bp.post("/<int:notice_number>/return-to-drafter")
@again(send_back_form)
def send_back(number: str, notice_number: int) -> Response:
    """甲 wants other words."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        send_back_text(work, incident, find_notice(incident, notice_number), form.text("reason"))
        return land(work, _one(number, notice_number))


@bp.get("/<int:notice_number>/start")
def start_form(number: str, notice_number: int) -> str:
    """The second person's page: under which item, and what will go out by which way."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        notice = find_notice(incident, notice_number)
        items = [(item, outlook_of(work, incident, notice, item)) for item in _items_for(incident, notice)]
        return render_template(
            "notices/start.html",
            incident=incident,
            notice=notice,
            items=items,
            proofs=proofs_of(work, notice),
            missing=preview_notice(work, incident, notice)[1],
            seen=incident.track("notification").version,
            words=words,
        )


@bp.post("/<int:notice_number>/start")
@again(start_form)
def start(number: str, notice_number: int) -> Response:
    """The second person approves, and the deliveries begin."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        notice = find_notice(incident, notice_number)
        item = find_item(incident, needed("item", form.number("item")))
        start_deliveries(work, incident, notice, item, seen=form.seen())
        return land(work, _one(number, notice_number))


@bp.get("/<int:notice_number>/posting")
def post_form(number: str, notice_number: int) -> str:
    """The form for where and how long a substitute notice is posted."""
    return _page("notices/post.html", number, notice_number)


@bp.post("/<int:notice_number>/posting")
@again(post_form)
def post(number: str, notice_number: int) -> Response:
    """Post a substitute notice."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        post_substitute(
            work,
            incident,
            find_notice(incident, notice_number),
            find_item(incident, needed("item", form.number("item"))),
            place=form.text("place"),
            from_on=needed("from_on", form.day("from_on")),
            until_on=form.day("until_on"),
            seen=form.seen(),
        )
        return land(work, _one(number, notice_number))


def _page(template: str, number: str, notice_number: int) -> str:
    with look_at_desk() as work:
        incident = find_incident(work, number)
        notice = find_notice(incident, notice_number)
        return render_template(
            template,
            incident=incident,
            notice=notice,
            items=_items_for(incident, notice),
            missing=preview_notice(work, incident, notice)[1],
            today=day_in_japan(work.now),
            seen=incident.track("notification").version,
            words=words,
        )


def _items_for(incident: Incident, notice: Notice) -> list[InstructionItem]:
    """Return the items that order this kind of notice."""
    ordered = SUBSTITUTE if notice.kind == SUBSTITUTE_NOTICE else NOTIFY
    return [item for item in incident.items_in_force if item.kind == ordered]


def _values(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in NOTICE_FIELDS}


def _unsaved(incident: Incident, form: Form, kind: str) -> Notice:
    """Return the text that a draft would become, to be looked at only."""
    name = form.text("in_whose_name")
    return Notice(
        number=len(incident.notices) + 1,
        kind=kind,
        in_whose_name=name if name in words.NAMES else name_for_notice(incident, kind),
        values=_values(form),
    )


def _name(work: Work, person_id: int | None) -> str:
    person = work.session.get(Person, person_id) if person_id else None
    return person.name if person else ""


def _one(number: str, notice_number: int) -> str:
    return url_for("notices.show", number=number, notice_number=notice_number)
