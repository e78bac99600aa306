"""Who holds which role on which contract, on which day."""

from datetime import date, timedelta

import pytest

from incident_app.domain.parties import CLIENT_OFFICER, WORKER, RoleHolding, people_in, roles_on
from tests.builders import the_contract, the_person
from tests.cast import ADMIN, AOBA, KIMURA, OGAWA, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf


def test_a_role_counts_on_its_contract_alone(work_of: WorkOf) -> None:
    """Nothing of one client is ever visible to another, and that begins here."""
    with work_of(TANAKA) as work:
        for member, ours, theirs in (
            (TANAKA, {"responsible_person"}, set[str]()),
            (OGAWA, set[str](), {"responsible_person"}),
            (KIMURA, set[str](), {"client_officer"}),
            (ADMIN, set[str](), set[str]()),
        ):
            person = the_person(work.session, member)
            for contract, roles in (
                (the_contract(work.session), ours),
                (the_contract(work.session, AOBA), theirs),
            ):
                assert roles_on(work.session, person.id, contract.id, work.now) == roles


@pytest.mark.parametrize(
    ("days", "holds"),
    [(-1, False), (0, True), (5, True), (6, False)],
    ids=["before", "first", "last", "after"],
)
def test_a_role_is_held_from_its_first_day_to_its_last(work_of: WorkOf, days: int, *, holds: bool) -> None:
    """Article 9: who had access on a given day is a question with an answer."""
    first = date(2026, 11, 30)  # in Japan; in Greenwich it is still the 29th
    with work_of(TANAKA) as work:
        person = the_person(work.session, ADMIN)
        contract = the_contract(work.session)
        work.session.add(
            RoleHolding(
                person=person,
                contract=contract,
                role=WORKER,
                from_on=first,
                until_on=first + timedelta(days=5),
            )
        )
        then = work.now + timedelta(days=days)
        assert (WORKER in roles_on(work.session, person.id, contract.id, then)) == holds


def test_the_program_itself_holds_no_role(work_of: WorkOf) -> None:
    """What runs without a person takes no step of a person."""
    with work_of(TANAKA) as work:
        assert roles_on(work.session, None, the_contract(work.session).id, work.now) == frozenset()


def test_only_active_people_are_asked(work_of: WorkOf) -> None:
    """A mail to somebody who has left reaches nobody."""
    with work_of(TANAKA) as work:
        contract = the_contract(work.session)
        officers = people_in(work.session, contract.id, CLIENT_OFFICER, work.now)
        assert [person.login for person in officers] == [YAMADA.login]
        officers[0].active = False
        assert people_in(work.session, contract.id, CLIENT_OFFICER, work.now) == []


def test_a_contract_ends_when_its_last_day_is_over_in_japan(work_of: WorkOf, clock: TestClock) -> None:
    """Article 2: an ended contract is marked; at half past midnight in Japan it is the next day."""
    with work_of(SUZUKI) as work:
        contract = the_contract(work.session)
        contract.ends_on = date(2026, 11, 30)
        assert not contract.has_ended(clock.now + timedelta(hours=21, minutes=59))
        assert contract.has_ended(clock.now + timedelta(hours=22))
