"""The sealed record of a case (経過記録), and corrections to it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput
from incident_app.domain.timeline import EVENTS, TimelineEntry, entries_of, verify
from incident_app.engine.definition import Workflow
from incident_app.engine.library import workflow_of
from incident_app.engine.machine import possible_steps
from incident_app.services.describing import correct_record
from incident_app.services.finding import find_incident
from incident_app.services.reporting import ITEM_WORDS
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form
from incident_app.web.pages import event_label, said

bp = Blueprint("timeline", __name__, url_prefix="/incidents/<number>/timeline")

_CODES: Mapping[str, words.Words] = {
    "channel": words.SPOKEN_CHANNELS,
    "changed": words.LEGAL_FACTS,
    "fact": ITEM_WORDS,
    "fields": words.PARTICULARS,
    "hold": words.HOLDS,
    "kind": {**words.NOTICE_KINDS, **words.STATUTORY_KINDS},
    "kinds": {
        "leak": ("漏えい", "Leak"),
        "damage": ("き損", "Damage"),
        "loss": ("滅失", "Loss"),
        "suspected": ("おそれ", "Suspected"),
    },
    "outcome": words.OUTCOMES,
    "party": words.PARTIES,
    "state": {
        "known": ("確定", "Known"),
        "estimated": ("概数・範囲", "Estimated, a range"),
        "under_investigation": ("調査中", "Under investigation"),
    },
    "source": words.SOURCES,
    "way": words.HOLD_WAYS,
    "why": words.RETURN_REASONS,
}
"""What the codes in the record are called, by the name of the fact that holds them."""


@bp.get("")
def show(number: str) -> str:
    """Every entry, or those of one kind, with the verdict on the whole chain."""
    chosen = request.args.get("event", "")
    with look_at_desk() as work:
        incident = find_incident(work, number)
        entries = entries_of(work.session, incident.id)
        told = {entry.position: _told(entry) for entry in entries}
        corrections = [(facts["corrects"], place) for place, facts in told.items() if "corrects" in facts]
        return render_template(
            "timeline/show.html",
            incident=incident,
            entries=[entry for entry in entries if chosen in ("", entry.event)],
            names={entry.event: _name(workflow_of(incident), entry.event) for entry in entries},
            chosen=chosen,
            told=told,
            corrections=corrections,
            in_words=_in_words,
            flaws=verify(work.session, incident),
            newest=entries[-1] if entries else None,
            may_correct=any(c.step.name == "correct_record" for c in possible_steps(work, incident)),
            words=words,
        )


@bp.get("/correction")
def correct_new(number: str) -> str:
    """The form that puts an entry right."""
    position = request.values.get("position", "")
    with look_at_desk() as work:
        incident = find_incident(work, number)
        entry = next((e for e in entries_of(work.session, incident.id) if str(e.position) == position), None)
        return render_template(
            "timeline/correct.html", incident=incident, entry=entry, workflow=workflow_of(incident)
        )


@bp.post("/correction")
@again(correct_new)
def correct(number: str) -> Response:
    """Put an entry right by a new one that names it."""
    form = Form(request.form)
    position = form.number("position")
    if position is None:
        raise BadInput(
            "position", "訂正する記録の番号を入力してください。", "Which entry is to be corrected?"
        )
    with work_at_desk() as work:
        correct_record(work, find_incident(work, number), position, form.text("text"))
        return land(work, url_for("timeline.show", number=number))


def _told(entry: TimelineEntry) -> dict[str, Any]:
    """Return what was said with an entry: nothing when it was altered beyond reading, which the verdict tells."""
    try:
        return entry.facts
    except (KeyError, TypeError, ValueError):
        return {}


def _name(workflow: Workflow, event: str) -> str:
    """Return what an event is called; one that never was, in an altered record, is shown as it stands."""
    return event_label(workflow, event) if event in EVENTS or event in workflow.steps else event


def _in_words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return said(("はい", "Yes") if value else ("いいえ", "No"))
    if isinstance(value, list):
        return "、".join(_in_words(name, part) for part in value)
    code = _CODES.get(name, {}).get(str(value))
    return said(code) if code else str(value)
