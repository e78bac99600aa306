"""The affected individuals (本人): where everybody stands, and the ways on for those who are held."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.errors import NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, seal_of
from incident_app.domain.individual import MAYBE_SAME, OUTCOMES, Individual, Particulars
from incident_app.domain.notice import RETURNED
from incident_app.domain.parties import (
    CLIENT,
    CONTRACTOR,
    ROLES_OF,
    roles_on,
)
from incident_app.domain.reference import grouped
from incident_app.domain.work import Work
from incident_app.services.census import (
    FAILED,
    PAGE,
    REACHED,
    UNDER_WAY,
    WAITING,
    Census,
    census_of,
    deliveries_to,
    find_individual,
    loose_letters,
    people_held,
    protected_among,
    state_of,
)
from incident_app.services.correcting import (
    correct_address,
    correct_email,
    decide_printed_name,
    print_in_kana,
)
from incident_app.services.finding import find_incident
from incident_app.services.holding import (
    DECIDED,
    WAYS,
    decide_hold,
    earlier_ones,
    is_protected,
    merge_into,
    open_kinds,
    refuse_all_but_officers,
    refuse_unless,
)
from incident_app.services.protecting import Flagged, flag_protected
from incident_app.web import masking, words
from incident_app.web.desk import land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("individuals", __name__, url_prefix="/incidents/<number>/individuals")
ADDRESS, EMAIL, PRINTED_NAME = CORRECTIONS = ("address", "email", "printed-name")
_WIDTH = 1000
_COLOURS = {
    **dict.fromkeys(REACHED, "#2e7d32"),
    **dict.fromkeys(UNDER_WAY, "#1565c0"),
    **dict.fromkeys(OUTCOMES, "#6a7b8c"),
    **dict.fromkeys(FAILED, "#b71c1c"),
    WAITING: "#9e9e9e",
}
_HELD = "#ef8f00"


@dataclass(frozen=True, slots=True)
class Piece:
    """One state's part of the bar."""

    state: str
    count: int
    colour: str
    at: int
    """Where it begins, of 1,000."""
    width: int


@bp.get("")
def index(number: str) -> str:
    """Where everybody stands, and those who are held for one reason, masked."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        census = census_of(work, incident)
        kind = request.args.get("kind", "") or next(iter(census.held), "")
        if kind and kind not in (*WAYS, RETURNED):
            raise NotFound
        readable = _is_readable(work, incident)
        people = people_held(work, incident, kind, _after()) if kind and readable else []
        return render_template(
            "individuals/index.html",
            incident=incident,
            census=census,
            pieces=_pieces(census),
            kind=kind,
            people=people,
            who=_seen(work, incident, people, whole=False),
            more=people[-1].id if len(people) == PAGE else None,
            readable=readable,
            loose=loose_letters(work, incident),
            officer=_acts_for(work, incident, CLIENT),
            returned=RETURNED,
            grouped=grouped,
            words=words,
        )


@bp.get("/protected")
def protected_form(number: str, flagged: Flagged | None = None) -> str:
    """The form by which 甲's officer names the protected people; afterwards, what came of it."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_all_but_officers(work, incident)
        return render_template("individuals/protected.html", incident=incident, flagged=flagged)


@bp.post("/protected")
@again(protected_form)
def protect(number: str) -> str:
    """Protect them. What was not found is shown on this one page, to this officer, and kept nowhere."""
    form = Form(request.form)
    with work_at_desk() as work:
        flagged = flag_protected(work, find_incident(work, number), form.text("numbers"))
    return protected_form(number, flagged)


@bp.get("/<int:row>")
def show(number: str, row: int) -> str:
    """One individual: what is on record, what went out, and the ways on."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        person = find_individual(work, incident, row)
        ours = _acts_for(work, incident, CONTRACTOR)
        readable = _is_readable(work, incident)
        mends = ours and readable and not is_protected(person)
        same = earlier_ones(work, incident, person) if mends and MAYBE_SAME in open_kinds(person) else []
        return render_template(
            "individuals/show.html",
            incident=incident,
            person=person,
            code=grouped(person.code),
            state=state_of(work, incident, person),
            who=_seen(work, incident, [person], whole=ours).get(person.id) if readable else None,
            readable=readable,
            protected=is_protected(person),
            deliveries=deliveries_to(work, person),
            open_kinds=open_kinds(person),
            ways=_ways(work, incident, person),
            mends=mends,
            same=same,
            same_who=_seen(work, incident, same, whole=True),
            words=words,
        )


@bp.post("/<int:row>/holds/<kind>/<way>")
def decide(number: str, row: int, kind: str, way: str) -> Response:
    """Settle a hold by a decision."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        decide_hold(work, incident, find_individual(work, incident, row), kind, way)
        return land(work, url_for("individuals.show", number=number, row=row))


@bp.post("/<int:row>/merge/<int:earlier>")
def merge(number: str, row: int, earlier: int) -> Response:
    """It is the same person as the earlier row's."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        merge_into(work, incident, find_individual(work, incident, row), earlier)
        return land(work, url_for("individuals.show", number=number, row=earlier))


@bp.get("/<int:row>/corrections/<what>")
def edit(number: str, row: int, what: str) -> str:
    """The form that corrects the address, the mail address or the printed name."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        person = find_individual(work, incident, row)
        refuse_unless(work, incident, person, CONTRACTOR)
        if what not in CORRECTIONS:
            raise NotFound
        return render_template(
            "individuals/correct.html",
            incident=incident,
            person=person,
            what=what,
            who=person.particulars(seal_of(work.session, incident.id)),
            words=words,
        )


@bp.post("/<int:row>/corrections/<what>")
@again(edit)
def correct(number: str, row: int, what: str) -> Response:
    """Correct it."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        person = find_individual(work, incident, row)
        sent_again = None
        if what == ADDRESS:
            postal_code, address, source = (form.text(name) for name in ("postal_code", "address", "source"))
            if correct_address(
                work, incident, person, postal_code=postal_code, address=address, source=source
            ):
                sent_again = 1
        elif what == EMAIL:
            correct_email(work, incident, person, form.text("email"), source=form.text("source"))
        elif what == PRINTED_NAME and form.yes("kana"):
            print_in_kana(work, incident, person)
        elif what == PRINTED_NAME:
            decide_printed_name(work, incident, person, form.text("printed_name"))
        else:
            raise NotFound
        return land(work, url_for("individuals.show", number=number, row=row, sent_again=sent_again))


def _after() -> int:
    return request.args.get("after", 0, type=int)


def _acts_for(work: Work, incident: Incident, party: str) -> bool:
    held = roles_on(work.session, work.actor.person_id, incident.contract_id, work.now)
    return not held.isdisjoint(ROLES_OF[party])


def _is_readable(work: Work, incident: Incident) -> bool:
    """Tell whether there is a key; after its destruction the counts are left, and nobody's name."""
    key = work.session.get(IncidentKey, incident.id)
    return key is not None and key.wrapped is not None


def _seen(
    work: Work, incident: Incident, people: list[Individual], *, whole: bool
) -> Mapping[int, Particulars]:
    """Return who people are, as far as the actor may see: protected ones never, others whole or masked."""
    if not people:
        return {}
    seal, hidden = seal_of(work.session, incident.id), protected_among(work, people)
    found = {}
    for person in people:
        who = person.particulars(seal)
        if person.id in hidden:
            found[person.id] = masking.hidden(who)
        else:
            found[person.id] = who if whole else masking.masked(who)
    return found


def _ways(work: Work, incident: Incident, person: Individual) -> dict[str, list[str]]:
    """Return which decisions the actor may take on each open hold."""
    client = _acts_for(work, incident, CLIENT)
    contractor = _acts_for(work, incident, CONTRACTOR) and not is_protected(person)
    mine = {party for party, may in ((CLIENT, client), (CONTRACTOR, contractor)) if may}
    return {
        kind: [way for way, party in WAYS[kind].items() if way in DECIDED and party in mine]
        for kind in open_kinds(person)
    }


def _pieces(census: Census) -> list[Piece]:
    """Return the bar: the last piece ends at 1,000, whatever was rounded before."""
    pieces, counted = [], 0
    for state, count in census.states.items():
        at = counted * _WIDTH // census.everyone
        counted += count
        end = counted * _WIDTH // census.everyone
        pieces.append(Piece(state, count, _COLOURS.get(state, _HELD), at, max(1, end - at)))
    return pieces
