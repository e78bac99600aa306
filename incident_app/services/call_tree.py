"""The call tree (連絡網): who hears of a party's deadline first, and who next when nothing happens."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from incident_app.domain.parties import (
    ROLES_OF,
    CallTreePlace,
    Person,
    RoleHolding,
    day_in_japan,
    in_force,
    people_in,
)


def tree_of(session: Session, contract_id: int, party: str, now: datetime) -> list[Person]:
    """Return everybody in a party's call tree who acts for it today, the first one first."""
    return [person for place in _places(session, contract_id, party, now) for person in place]


def people_down_to(session: Session, contract_id: int, party: str, depth: int, now: datetime) -> list[Person]:
    """Return who is told at this depth: 1 is the first place; below the last one, everybody."""
    places = _places(session, contract_id, party, now)[:depth]
    return [person for place in places for person in place]


def _places(session: Session, contract_id: int, party: str, now: datetime) -> list[list[Person]]:
    """Return the places of the tree as the contract has it.

    Where it has none, or nobody in it acts for the party any more, those who answer for the party share the first
    place and its other people follow one by one.
    """
    placed = _placed(session, contract_id, party, now)
    if placed:
        return [[person] for person in placed]
    leading, *others = (people_in(session, contract_id, role, now) for role in ROLES_OF[party])
    following = [[person] for people in others for person in people if person not in leading]
    return [leading, *following] if leading else following


def _placed(session: Session, contract_id: int, party: str, now: datetime) -> list[Person]:
    acts = exists().where(
        RoleHolding.person_id == Person.id,
        RoleHolding.contract_id == contract_id,
        RoleHolding.role.in_(ROLES_OF[party]),
        *in_force(day_in_japan(now)),
    )
    placed = (
        select(Person)
        .join(CallTreePlace, CallTreePlace.person_id == Person.id)
        .where(CallTreePlace.contract_id == contract_id, CallTreePlace.party == party, Person.active, acts)
        .order_by(CallTreePlace.place)
    )
    return list(session.scalars(placed))
