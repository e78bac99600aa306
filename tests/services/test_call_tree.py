"""The call tree: the person in charge first, the next when a date is missed, and nobody who has left."""

from datetime import timedelta

from sqlalchemy import select

from incident_app.domain.parties import CLIENT, CONTRACTOR, WORKER, RoleHolding, day_in_japan
from incident_app.domain.work import Work
from incident_app.services.accounts import set_call_tree
from incident_app.services.call_tree import people_down_to, tree_of
from tests.builders import the_contract, the_person
from tests.cast import ADMIN, AOBA, MINATO, OGAWA, SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf
from tests.services.stories import serve


def told(work: Work, depth: int, party: str = CONTRACTOR) -> list[str]:
    """Who is told at this depth, by name."""
    contract = the_contract(work.session)
    return [person.name for person in people_down_to(work.session, contract.id, party, depth, work.now)]


def names(*members: CastMember) -> list[str]:
    return [member.name for member in members]


def plant(work: Work, *members: CastMember) -> None:
    set_call_tree(work, the_contract(work.session), CONTRACTOR, [member.login for member in members])


def test_a_missed_date_goes_down_the_tree_place_by_place(work_of: WorkOf) -> None:
    """The deputy hears of it when the first has not acted; below the last place everybody stays told."""
    with work_of(ADMIN) as work:
        plant(work, SUZUKI, TANAKA, SATO)

        assert told(work, 1) == names(SUZUKI)
        assert told(work, 2) == names(SUZUKI, TANAKA)
        assert told(work, 3) == told(work, 9) == names(SUZUKI, TANAKA, SATO)


def test_without_a_tree_those_who_answer_for_the_party_share_the_first_place(work_of: WorkOf) -> None:
    """A contract that nobody has set up must not be one of which nobody hears."""
    with work_of(ADMIN) as work:
        assert told(work, 1) == names(SATO, TANAKA)
        assert told(work, 2) == names(SATO, TANAKA, SUZUKI)
        assert told(work, 1, CLIENT) == told(work, 9, CLIENT) == names(YAMADA), (
            "the auditor reads and owes nothing"
        )


def test_one_who_answers_for_the_party_and_works_for_it_too_is_told_once(work_of: WorkOf) -> None:
    """Two roles are not two people."""
    with work_of(ADMIN) as work:
        serve(work, TANAKA, MINATO, WORKER)

        assert told(work, 9) == names(SATO, TANAKA, SUZUKI)


def test_who_has_left_is_passed_over_and_the_next_takes_the_place(work_of: WorkOf) -> None:
    """A mail to an empty desk is no reminder."""
    with work_of(ADMIN) as work:
        plant(work, TANAKA, SATO, SUZUKI)
        the_person(work.session, TANAKA).active = False
        sato = the_person(work.session, SATO)
        holding = work.session.scalars(select(RoleHolding).where(RoleHolding.person_id == sato.id)).one()
        holding.until_on = day_in_japan(work.now) - timedelta(days=1)

        assert told(work, 1) == names(SUZUKI)


def test_a_tree_in_which_nobody_is_left_counts_as_none(work_of: WorkOf) -> None:
    """Everybody in it has gone; the people who are there now must still hear."""
    with work_of(ADMIN) as work:
        plant(work, SUZUKI)
        the_person(work.session, SUZUKI).active = False

        assert told(work, 1) == names(SATO, TANAKA)


def test_where_nobody_answers_for_a_party_its_other_people_are_told(work_of: WorkOf) -> None:
    """Better a worker than silence; and where there is nobody at all, nobody is made up."""
    with work_of(ADMIN) as work:
        for member in (TANAKA, SATO):
            the_person(work.session, member).active = False
        assert told(work, 1) == names(SUZUKI)
        the_person(work.session, SUZUKI).active = False
        assert told(work, 9) == []


def test_a_tree_belongs_to_one_party_of_one_contract(work_of: WorkOf) -> None:
    """Nothing of one client's contract reaches the people of another's."""
    with work_of(ADMIN) as work:
        plant(work, SATO, SUZUKI)
        contract = the_contract(work.session, AOBA)

        assert [p.name for p in tree_of(work.session, contract.id, CONTRACTOR, work.now)] == names(OGAWA)
        assert [
            p.name for p in tree_of(work.session, the_contract(work.session).id, CONTRACTOR, work.now)
        ] == names(SATO, SUZUKI)
        assert told(work, 1, CLIENT) == names(YAMADA)
