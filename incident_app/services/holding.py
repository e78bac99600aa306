"""Holds worked off: why nothing goes out to somebody by itself, and each kind's way on.

What decides over whether somebody is told at all is 甲's officer's; what mends a letter is the contractor's.
"""

from collections.abc import Mapping

from sqlalchemy import delete, select, update

from incident_app.domain.errors import BadInput, NotFound, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import (
    DECEASED,
    DO_NOT_CONTACT,
    FORMULA,
    GAIJI,
    MAYBE_SAME,
    NO_ADDRESS,
    NOT_TO_BE_TOLD,
    OUTCOMES,
    PROTECTED,
    REFERENCE,
    TOLD_BY_CLIENT,
    TOO_LONG,
    ZIP_MISSING,
    Hold,
    Individual,
    IndividualMark,
    find_by_mark,
)
from incident_app.domain.notice import Delivery
from incident_app.domain.parties import CLIENT, CLIENT_OFFICER, CONTRACTOR, roles_on
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.services.importing import refuse_outsiders
from incident_app.services.registering import who_mark
from incident_app.services.stopping import stop_unsent

NOT_PROTECTED, NOT_DECEASED, TO_FAMILY = "not_protected", "not_deceased", "to_family"
MAY_BE_CONTACTED, SAME_PERSON, TWO_PERSONS = "may_be_contacted", "same_person", "two_persons"
PRINTED_AS, CORRECTED = "printed_as", "corrected"
WAYS: Mapping[str, Mapping[str, str]] = {
    PROTECTED: {TOLD_BY_CLIENT: CLIENT, NOT_PROTECTED: CLIENT},
    DECEASED: {TO_FAMILY: CONTRACTOR, NOT_DECEASED: CONTRACTOR, NOT_TO_BE_TOLD: CLIENT},
    DO_NOT_CONTACT: {MAY_BE_CONTACTED: CONTRACTOR, NOT_TO_BE_TOLD: CLIENT},
    MAYBE_SAME: {SAME_PERSON: CONTRACTOR, TWO_PERSONS: CONTRACTOR},
    GAIJI: {PRINTED_AS: CONTRACTOR},
    FORMULA: {PRINTED_AS: CONTRACTOR, CORRECTED: CONTRACTOR},
    TOO_LONG: {PRINTED_AS: CONTRACTOR},
    NO_ADDRESS: {CORRECTED: CONTRACTOR},
    ZIP_MISSING: {CORRECTED: CONTRACTOR},
}
"""Each kind's ways on, and whose they are."""
DECIDED = (
    frozenset(WAYS[PROTECTED]) | frozenset(WAYS[DECEASED]) | frozenset(WAYS[DO_NOT_CONTACT]) | {TWO_PERSONS}
)
"""Ways that take nothing but the word."""
_FAMILY = "ご遺族"
_OF_THE_PERSON = (PROTECTED, DECEASED, DO_NOT_CONTACT)


def decide_hold(work: Work, incident: Incident, individual: Individual, kind: str, way: str) -> None:
    """Settle an open hold by a decision. Raises BadInput for a way that this kind has not, NotPermitted, NotFound."""
    if way not in WAYS.get(kind, {}) or way not in DECIDED:
        raise BadInput("way", "この選択はできません。", "There is no such choice.")
    refuse_unless(work, incident, individual, WAYS[kind][way])
    open_hold(individual, kind)
    if way == TO_FAMILY:
        seal = seal_of(work.session, incident.id)
        individual.rewrite(seal, individual.particulars(seal)._replace(guardian=_FAMILY))
    if way in OUTCOMES:
        _be_done_with(work, incident, individual, way)
    settle(work, incident, individual, kind, way)


def settle(work: Work, incident: Incident, individual: Individual, kind: str, way: str) -> None:
    """Close every open hold of a kind on somebody and record it; the caller has done what the way asks for."""
    for hold in individual.holds:
        if hold.kind == kind and hold.settled_at is None:
            _close(work, hold, way)
    record(work, incident, "hold_settled", individual=individual.id, hold=kind, way=way)


def open_hold(individual: Individual, kind: str) -> Hold:
    """Return the open hold of a kind. Raises NotFound when there is none: it was settled meanwhile."""
    found = next((hold for hold in individual.holds if hold.kind == kind and hold.settled_at is None), None)
    if found is None:
        raise NotFound(
            "この保留はすでに解決されています。最新の状態を確かめてください。",
            "This hold was settled already. Look at the latest state.",
        )
    return found


def open_kinds(individual: Individual) -> list[str]:
    """Return what stops somebody now, the gravest first."""
    kinds = {hold.kind for hold in individual.holds if hold.settled_at is None}
    return [kind for kind in WAYS if kind in kinds]


def is_protected(individual: Individual) -> bool:
    """Tell whether 甲 said that somebody is protected and has not taken it back; settled does not mean shown."""
    return any(hold.kind == PROTECTED and hold.way != NOT_PROTECTED for hold in individual.holds)


def earlier_ones(work: Work, incident: Incident, individual: Individual) -> list[Individual]:
    """Return who was on record before with the same name and date of birth."""
    seal = seal_of(work.session, incident.id)
    who = individual.particulars(seal)
    mark = who_mark(seal, who.kana or who.name, who.birth_date)
    return [one for one in find_by_mark(work.session, incident.id, mark) if one.id < individual.id]


def merge_into(work: Work, incident: Incident, individual: Individual, earlier_id: int | None) -> Individual:
    """It is the same person: the items go to the earlier row, this one goes; returns the earlier.

    Raises BadInput when the earlier one is none of `earlier_ones`, and once something was started for this row.
    """
    refuse_unless(work, incident, individual, CONTRACTOR)
    open_hold(individual, MAYBE_SAME)
    earlier = next((one for one in earlier_ones(work, incident, individual) if one.id == earlier_id), None)
    if earlier is not None:
        refuse_unless(work, incident, earlier, CONTRACTOR)  # nor is anything changed of somebody protected
    if earlier is None:
        raise BadInput("earlier", "同じ人の行を選んでください。", "Choose the earlier row of this person.")
    started = select(Delivery.id).where(Delivery.individual_id == individual.id).limit(1)
    if work.session.scalar(started) is not None or individual.outcome:
        raise BadInput(
            "earlier",
            "この行にはすでに送付の記録があるため、まとめられません。「別の人」としてください。",
            "Something was started for this row already; it cannot be merged.",
        )
    seal = seal_of(work.session, incident.id)
    first, second = earlier.particulars(seal), individual.particulars(seal)
    earlier.rewrite(
        seal,
        first._replace(
            items=tuple(dict.fromkeys((*first.items, *second.items))),
            email=first.email or second.email,
            guardian=first.guardian or second.guardian,
        ),
    )
    # 甲 may still name this person by the number of the row that goes.
    _move_mark(work, incident, seal.mark(REFERENCE, second.reference), individual, earlier)
    _move_holds(work, incident, individual, earlier)
    record(
        work,
        incident,
        "hold_settled",
        individual=individual.id,
        hold=MAYBE_SAME,
        way=SAME_PERSON,
        into=earlier.id,
    )
    work.session.execute(delete(IndividualMark).where(IndividualMark.individual_id == individual.id))
    for hold in list(individual.holds):
        work.session.delete(hold)
    work.session.flush()
    work.session.delete(individual)
    return earlier


def refuse_unless(work: Work, incident: Incident, individual: Individual, party: str) -> None:
    """Raise NotPermitted unless the actor acts for this party; for protected people that is 甲 alone."""
    if party == CLIENT:
        refuse_all_but_officers(work, incident)
        return
    refuse_outsiders(work, incident)
    if is_protected(individual):
        raise NotPermitted(
            "支援措置の対象者について決めるのは甲の担当職員だけです。",
            "Only the client's officer decides about a protected person.",
        )


def refuse_all_but_officers(work: Work, incident: Incident) -> None:
    """Raise NotPermitted for everybody but 甲's officers."""
    if CLIENT_OFFICER not in roles_on(work.session, work.actor.person_id, incident.contract_id, work.now):
        raise NotPermitted(
            "これを決めるのは甲の担当職員だけです。", "Only the client's officer decides this."
        )


def _be_done_with(work: Work, incident: Incident, individual: Individual, outcome: str) -> None:
    """Nothing of ours goes to this person any more, whatever else was open."""
    individual.outcome = outcome
    for hold in individual.holds:
        if hold.settled_at is None:
            _close(work, hold, outcome)
    stop_unsent(work, incident, Delivery.individual_id == individual.id)


def _close(work: Work, hold: Hold, way: str) -> None:
    hold.settled_at, hold.settled_by_id, hold.way = work.now, work.actor.person_id, way


def _move_mark(work: Work, incident: Incident, mark: bytes, gone: Individual, stays: Individual) -> None:
    its = (IndividualMark.incident_id == incident.id, IndividualMark.mark == mark)
    known = select(IndividualMark.individual_id).where(*its, IndividualMark.individual_id == stays.id)
    if work.session.scalar(known) is None:
        work.session.execute(
            update(IndividualMark)
            .where(*its, IndividualMark.individual_id == gone.id)
            .values(individual_id=stays.id)
        )


def _move_holds(work: Work, incident: Incident, gone: Individual, stays: Individual) -> None:
    """What is true of the person stays true of the row that is left, and stops what waits for it."""
    moving = [
        hold
        for hold in gone.holds
        if hold.settled_at is None and hold.kind in _OF_THE_PERSON and hold.kind not in open_kinds(stays)
    ]
    for hold in moving:
        stays.holds.append(
            Hold(
                individual_id=stays.id,
                kind=hold.kind,
                raised_at=hold.raised_at,
                raised_by_id=hold.raised_by_id,
            )
        )
    if moving:
        stop_unsent(work, incident, Delivery.individual_id == stays.id)
