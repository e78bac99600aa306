"""Accounts: who may sign in, and who holds which role from when to when (Articles 8, 9)."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import (
    AUDITOR,
    CLIENT_OFFICER,
    Organisation,
    Person,
    day_in_japan,
    people_in,
    roles_on,
)
from incident_app.domain.work import Work
from incident_app.services.accounts import (
    SHORTEST_PASSWORD,
    add_contract,
    add_person,
    check_password,
    contract_numbered,
    find_active_person,
    hold_role,
)
from tests.builders import the_contract, the_person
from tests.cast import ADMIN, CITY, CONTRACTOR, MINATO, PASSWORD, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import refused

HIRED = {"login": "hayashi@example.jp", "name": "林 優子", "password": "a long enough password"}
LEASE: dict[str, Any] = {
    "number": "MN-2027-001",
    "name": "封入業務委託",
    "client": CITY,
    "contractor": CONTRACTOR,
    "starts_on": date(2027, 4, 1),
    "ends_on": date(2028, 3, 31),
}


def hire(work: Work, **changes: Any) -> Person:
    return add_person(work, **{**HIRED, **changes})


def test_a_new_person_signs_in_with_the_password_and_with_nothing_else(work_of: WorkOf) -> None:
    """What is stored is an argon2id hash; nobody can read the password out of it."""
    with work_of(ADMIN) as work:
        person = hire(work, login=" Hayashi@Example.JP ")
        assert person.login == person.email == "hayashi@example.jp"
        assert person.password_hash.startswith("$argon2id$")
        assert HIRED["password"] not in person.password_hash
        assert check_password(work.session, "HAYASHI@example.jp ", HIRED["password"]) is person
        for wrong in ("", HIRED["password"].upper(), HIRED["password"] + " ", person.password_hash):
            assert check_password(work.session, "hayashi@example.jp", wrong) is None


@only_on_sqlite
def test_the_same_password_never_gives_the_same_hash(work_of: WorkOf) -> None:
    """Who reads the table must not see that two people chose alike."""
    with work_of(ADMIN) as work:
        assert hire(work).password_hash != hire(work, login="other@example.jp").password_hash


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("login", {"login": "hayashi"}),
        ("login", {"login": "hayashi yuko@example.jp"}),
        ("login", {"login": "林@example.jp"}),
        ("email", {"email": "hayashi"}),
        ("password", {"password": "x" * (SHORTEST_PASSWORD - 1)}),
    ],
)
def test_an_account_that_could_not_work_is_not_made(
    work_of: WorkOf, field: str, changes: dict[str, Any]
) -> None:
    """Mail about incidents goes to these addresses: one that is none must not get in."""
    with work_of(ADMIN) as work, refused(work, BadInput) as refusal:
        hire(work, **changes)
    assert refusal.value.field == field


def test_a_login_belongs_to_one_person(work_of: WorkOf) -> None:
    """Capitals make no other person."""
    with work_of(ADMIN) as work:
        hire(work)
        with refused(work, BadInput):
            hire(work, login="HAYASHI@example.jp")


def test_whoever_was_switched_off_is_out_at_once(work_of: WorkOf) -> None:
    """Also with a session that is still open, and with the right password."""
    with work_of(ADMIN) as work:
        person = the_person(work.session, YAMADA)
        assert check_password(work.session, YAMADA.login, PASSWORD) is person
        assert find_active_person(work.session, person.id) is person
        person.active = False
        work.session.flush()
        assert check_password(work.session, YAMADA.login, PASSWORD) is None
        assert find_active_person(work.session, person.id) is None
        contract = the_contract(work.session)
        assert people_in(work.session, contract.id, CLIENT_OFFICER, work.now) == []


@only_on_sqlite
def test_an_unknown_login_takes_as_long_as_a_wrong_password(work_of: WorkOf) -> None:
    """Otherwise a stopwatch tells who has an account here."""
    with work_of(ADMIN) as work:
        hire(work)

        def cost(login: str) -> float:
            def once() -> float:
                begin = time.process_time()
                assert check_password(work.session, login, "wrong") is None
                return time.process_time() - begin

            return min(once() for _ in range(3))

        known, unknown = cost(str(HIRED["login"])), cost("nobody@example.jp")
        assert known > 0.005, "a hash costs something"
        assert known / 5 < unknown < known * 5


def test_a_role_counts_from_its_first_day_to_its_last_in_japan(work_of: WorkOf) -> None:
    """Article 9: whoever is no longer responsible has no say, from the day after."""
    with work_of(ADMIN) as work:
        person, contract = hire(work), the_contract(work.session)
        today = day_in_japan(work.now)
        assert today == work.now.date() + timedelta(days=1), "in Japan it is already tomorrow"
        hold_role(work, person, contract, AUDITOR, from_on=today, until_on=today)
        roles = [
            roles_on(work.session, person.id, contract.id, work.now + timedelta(days=days))
            for days in (-1, 0, 1)
        ]
        assert roles == [frozenset(), frozenset({AUDITOR}), frozenset()]


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "changes"),
    [("role", {"role": "administrator"}), ("until_on", {"until_on": date(2026, 3, 31)})],
)
def test_a_role_that_makes_no_sense_is_refused(work_of: WorkOf, field: str, changes: dict[str, Any]) -> None:
    """A word that the engine does not know would give no rights and look as if it did."""
    with work_of(ADMIN) as work:
        person, contract = hire(work), the_contract(work.session)
        said = {"role": AUDITOR, "from_on": date(2026, 4, 1), **changes}
        with refused(work, BadInput) as refusal:
            hold_role(work, person, contract, **said)
        assert refusal.value.field == field


def test_a_contract_brings_its_parties_and_meets_those_who_are_there(work_of: WorkOf) -> None:
    """One public body with two contracts is one public body."""
    with work_of(ADMIN) as work:
        before = work.session.scalars(select(Organisation.name)).all()
        contract = add_contract(work, **{**LEASE, "client": f" {CITY} ", "contractor": "新しい会社"})
        assert contract.client is the_contract(work.session).client
        assert sorted(work.session.scalars(select(Organisation.name))) == sorted([*before, "新しい会社"])
        assert contract_numbered(work, "MN-2027-001") is contract
        assert contract.second_person, "a second person approves notices unless the parties agree otherwise"


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("number", {"number": MINATO.number}),
        ("number", {"number": " "}),
        ("number", {"name": ""}),
        ("ends_on", {"ends_on": date(2027, 3, 31)}),
        ("name", {"client": " "}),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(
    work_of: WorkOf, field: str, changes: dict[str, Any]
) -> None:
    """Every incident hangs on one."""
    with work_of(ADMIN) as work, refused(work, BadInput) as refusal:
        add_contract(work, **{**LEASE, **changes})
    assert refusal.value.field == field


@only_on_sqlite
def test_a_contract_that_is_not_there_is_asked_for_in_words(work_of: WorkOf) -> None:
    """Whoever mistypes a number on the command line reads which one."""
    with work_of(ADMIN) as work, refused(work, BadInput) as refusal:
        contract_numbered(work, "MN-9999")
    assert "MN-9999" in refusal.value.ja and "MN-9999" in refusal.value.en
