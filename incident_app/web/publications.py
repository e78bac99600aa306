"""公表 (Article 16(3)), or the decision to withhold it, with its reason."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.incident import Incident
from incident_app.services.drafting import words_for_publication
from incident_app.services.finding import find_consultation, find_incident
from incident_app.services.publishing import (
    PUBLICATION_FIELDS,
    preview_publication,
    publish,
    withhold_publication,
)
from incident_app.web import words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed

bp = Blueprint("publications", __name__, url_prefix="/incidents/<number>/publications")


@bp.get("/new")
def new(number: str) -> str:
    """The form for a publication, filled from what was said before; after "preview", with how it would read."""
    form = Form(request.form)
    with look_at_desk() as work:
        incident = find_incident(work, number)
        shown: str | None = None
        missing: list[str] = []
        if "preview" in request.form:
            consultation = find_consultation(incident, form.number("consultation") or 0)
            rendered, missing = preview_publication(work, incident, consultation, _values(form))
            shown = rendered.text
        said = words_for_publication(incident)
        return _page("publications/new.html", incident, said=said, shown=shown, missing=missing)


@bp.post("")
@again(new)
def create(number: str) -> Response | str:
    """Publish; the button that shows how it reads publishes nothing."""
    if "preview" in request.form:
        return new(number)
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        publish(
            work,
            incident,
            find_consultation(incident, needed("consultation", form.number("consultation"))),
            place=form.text("place"),
            values=_values(form),
            seen=form.seen(),
        )
        return land(work, url_for("incidents.show", number=number))


@bp.get("/withholding")
def withhold_form(number: str) -> str:
    """The form that asks why nothing is published."""
    with look_at_desk() as work:
        return _page("publications/withhold.html", find_incident(work, number))


@bp.post("/withholding")
@again(withhold_form)
def withhold(number: str) -> Response:
    """Withhold publication, with the reason."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        consultation = find_consultation(incident, needed("consultation", form.number("consultation")))
        withhold_publication(work, incident, consultation, form.text("reason"), seen=form.seen())
        return land(work, url_for("incidents.show", number=number))


def _page(template: str, incident: Incident, **more: object) -> str:
    return render_template(
        template,
        incident=incident,
        answered=[it for it in reversed(incident.consultations) if it.answered_at],
        seen=incident.track("publication").version,
        words=words,
        **more,
    )


def _values(form: Form) -> dict[str, str]:
    return {name: form.text(name) for name in PUBLICATION_FIELDS}
