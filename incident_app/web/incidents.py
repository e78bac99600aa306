"""The incidents that a person may see; opening one on one page; one incident with everything about it."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.destruction import destroyed_at
from incident_app.domain.errors import NotPermitted
from incident_app.domain.incident import ESTIMATED, FACTS, KNOWN, UNDER_INVESTIGATION, Incident
from incident_app.domain.parties import CONTRACTOR_ROLES, RESPONSIBLE_PERSON, Contract
from incident_app.domain.timeline import entries_of
from incident_app.domain.work import Work
from incident_app.engine.library import workflow_of
from incident_app.services.finding import (
    contracts_of,
    documents_of,
    find_contract,
    find_incident,
    incidents_of,
)
from incident_app.services.opening import KINDS, Opening, Said, open_for_other_client, open_incident
from incident_app.services.progress import count_individuals, progress_of_notice
from incident_app.services.reporting import send_first_report
from incident_app.web import words
from incident_app.web.clocks import clocks_of
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.doors import doors_of
from incident_app.web.errors import again
from incident_app.web.forms import Form, needed
from incident_app.web.standing import dues_of, has_ended, next_due, reminding_of, silence_of_watch, waits_of

bp = Blueprint("incidents", __name__)
LATEST = 8
"""How many entries of the timeline an incident's page shows."""


@bp.get("/")
def index() -> str:
    """The incidents on this person's contracts: what is due next, what waits for whom."""
    with look_at_desk() as work:
        return render_template(
            "incidents/index.html",
            incidents=incidents_of(work),
            next_due=next_due,
            waits_of=waits_of,
            has_ended=has_ended,
            workflow_of=workflow_of,
            may_open=bool(contracts_of(work, *CONTRACTOR_ROLES)),
            silence=silence_of_watch(work),
        )


@bp.get("/incidents/new")
def new() -> str:
    """One page for whatever is known, at any hour."""
    with look_at_desk() as work:
        contracts = contracts_of(work, *CONTRACTOR_ROLES)
        if not contracts:
            raise NotPermitted(
                "事案を登録できるのは、契約の業務責任者又は業務従事者です。",
                "Only a responsible person or worker of a contract may open an incident.",
            )
        return render_template(
            "incidents/new.html",
            contracts=contracts,
            may_report=bool(contracts_of(work, RESPONSIBLE_PERSON)),
            facts=FACTS,
            states=(UNDER_INVESTIGATION, KNOWN, ESTIMATED),
            kinds=KINDS,
        )


@bp.post("/incidents")
@again(new)
def create() -> Response:
    """Open an incident and, when the person says so, send the first report in the same act."""
    form = Form(request.form)
    with work_at_desk() as work:
        contract = find_contract(work, form.text("contract"), *CONTRACTOR_ROLES)
        incident = open_incident(work, contract, _opening(form))
        if form.text("then") == "report":
            send_first_report(work, incident)
        return land(work, url_for("incidents.show", number=incident.number))


@bp.get("/incidents/<number>")
def show(number: str) -> str:
    """One incident: what this person can do now, what is due, and everything on record."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        doors = doors_of(work, incident)
        waits = waits_of(incident)
        entries = entries_of(work.session, incident.id)
        return render_template(
            "incidents/show.html",
            incident=incident,
            workflow=workflow_of(incident),
            facts=FACTS,
            kinds=KINDS,
            doors=doors,
            may=doors.names,
            dues=dues_of(incident),
            waits=waits,
            remindings={w.deadline.id: reminding_of(work, incident, w.deadline) for w in waits if w.deadline},
            clocks=clocks_of(incident),
            silence=silence_of_watch(work),
            individuals=count_individuals(work, incident),
            destroyed=destroyed_at(work.session, incident.id),
            progress={
                n.number: progress_of_notice(work, incident, n) for n in incident.notices if n.approved_at
            },
            documents=documents_of(work, incident),
            entries=entries[: -LATEST - 1 : -1],
            entries_in_all=len(entries),
            twins=[i for i in _same_event(work, incident) if i.id != incident.id],
            may_open_twin=bool(_other_contracts(work, incident)),
            words=words,
        )


@bp.get("/incidents/<number>/other-clients/new")
def new_twin(number: str) -> str:
    """The same event struck another contract: choose which."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        contracts = _other_contracts(work, incident)
        return render_template("incidents/new_twin.html", incident=incident, contracts=contracts)


@bp.post("/incidents/<number>/other-clients")
@again(new_twin)
def create_twin(number: str) -> Response:
    """Open the same event's incident under another contract."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        contract = find_contract(work, form.text("contract"), *CONTRACTOR_ROLES)
        twin = open_for_other_client(work, incident, contract)
        return land(work, url_for("incidents.show", number=twin.number))


def _opening(form: Form) -> Opening:
    return Opening(
        title=form.text("title"),
        detected_at=needed("detected_at", form.moment("detected_at")),
        occurred_at=form.moment("occurred_at"),
        known_at=form.moment("known_at"),
        kinds=frozenset(form.texts("kinds")),
        concerns_personal="personal" in form.texts("information"),
        concerns_confidential="confidential" in form.texts("information"),
        discovered_by=form.text("discovered_by"),
        facts={name: _said(form, name) for name in FACTS},
    )


def _said(form: Form, name: str) -> Said:
    return Said(
        state=form.text(f"{name}_state") or UNDER_INVESTIGATION,
        text=form.text(f"{name}_text"),
        low=form.number(f"{name}_low"),
        high=form.number(f"{name}_high"),
    )


def _same_event(work: Work, incident: Incident) -> list[Incident]:
    """Return the incidents of one event, as far as this person may know of them."""
    return [other for other in incidents_of(work) if other.occurrence_id == incident.occurrence_id]


def _other_contracts(work: Work, incident: Incident) -> list[Contract]:
    """Return where this person of the contractor may still open the same event."""
    ours = contracts_of(work, *CONTRACTOR_ROLES)
    if incident.contract not in ours:
        return []
    struck = {other.contract_id for other in _same_event(work, incident)}
    return [contract for contract in ours if contract.id not in struck]
