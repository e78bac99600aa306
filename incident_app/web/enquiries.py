"""The enquiry desk (問合せ窓口): identity check, the log of calls, and how many there were each day."""

from io import StringIO

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.enquiry import TOPICS
from incident_app.domain.parties import CONTRACTOR
from incident_app.roster.exporting import write_csv
from incident_app.services.enquiring import (
    AT_ONCE,
    checks_of,
    daily_counts,
    enquiries_of,
    keep_promise,
    log_enquiry,
    notes_of,
)
from incident_app.services.finding import find_incident, own_party
from incident_app.services.identifying import Caller, check_identity, find_check, recognised
from incident_app.services.importing import refuse_outsiders
from incident_app.web import enquiry_words, masking, words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed

bp = Blueprint("enquiries", __name__, url_prefix="/incidents/<number>/enquiries")


@bp.get("")
def index(number: str) -> str:
    """The log, the newest call first, and the counts by day."""
    form = Form(request.args)
    topic = form.text("topic") if form.text("topic") in TOPICS else ""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        ours = own_party(work, incident) == CONTRACTOR
        enquiries = enquiries_of(
            work, incident, topic=topic, only_open=form.yes("open"), before=form.number("before")
        )
        return render_template(
            "enquiries/index.html",
            incident=incident,
            enquiries=enquiries,
            notes=notes_of(work, incident, enquiries) if ours else {},
            ours=ours,
            topic=topic,
            only_open=form.yes("open"),
            oldest=enquiries[-1].id if len(enquiries) == AT_ONCE else None,
            days=daily_counts(work, incident),
            checks=checks_of(work, incident),
            words=words,
            said_at_desk=enquiry_words,
        )


@bp.get("/days.csv")
def days(number: str) -> Response:
    """The counts by day and topic."""
    with look_at_desk() as work:
        counted = daily_counts(work, find_incident(work, number))
    rows = [
        (day.day.isoformat(), *(str(day.topics.get(topic, 0)) for topic in TOPICS), str(day.count))
        for day in counted
    ]
    table = StringIO(newline="")
    write_csv(table, [("日", *(enquiry_words.TOPICS[topic][0] for topic in TOPICS), "合計"), *rows])
    headers = {"Content-Disposition": f'attachment; filename="{number}-enquiries.csv"'}
    return Response(table.getvalue().encode("utf-8-sig"), mimetype="text/csv", headers=headers)


@bp.get("/checks/new")
def check_form(number: str) -> str:
    """What a caller says of themselves."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_outsiders(work, incident)
        return render_template("enquiries/check.html", incident=incident)


@bp.post("/checks")
@again(check_form)
def check(number: str) -> Response:
    """Compare it; what was typed is kept nowhere."""
    form = Form(request.form)
    with work_at_desk() as work:
        made = check_identity(
            work,
            find_incident(work, number),
            Caller(
                code=form.text("code"),
                kana=form.text("kana"),
                birth_date=form.text("birth_date"),
                postal_code=form.text("postal_code"),
                phone_end=form.text("phone_end"),
            ),
        )
        return land(work, url_for("enquiries.new", number=number, check=made.id))


@bp.get("/new")
def new(number: str) -> str:
    """The form for one enquiry; after an identity check, with what came of it and, masked, about whom."""
    check_id = Form(request.values).number("check")
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_outsiders(work, incident)
        made = None if check_id is None else find_check(work, incident, check_id)
        return render_template(
            "enquiries/new.html",
            incident=incident,
            check=made,
            found=recognised(work, incident, made) if made else None,
            masking=masking,
            words=words,
            said_at_desk=enquiry_words,
        )


@bp.post("")
@again(new)
def create(number: str) -> Response:
    """Record one enquiry."""
    form = Form(request.form)
    with work_at_desk() as work:
        log_enquiry(
            work,
            find_incident(work, number),
            taken_at=needed("taken_at", form.moment("taken_at")),
            channel=form.text("channel"),
            topic=form.text("topic"),
            answer=form.text("answer"),
            note=form.text("note"),
            promise=form.text("promise"),
            language=form.text("language"),
            check_id=form.number("check"),
        )
        return land(work, url_for("enquiries.index", number=number))


@bp.post("/<int:enquiry_id>/done")
def done(number: str, enquiry_id: int) -> Response:
    """What was promised was done."""
    with work_at_desk() as work:
        keep_promise(work, find_incident(work, number), enquiry_id)
        return land(work, url_for("enquiries.index", number=number))
