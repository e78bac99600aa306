"""Accounts: who may sign in, and who holds which role from when to when (Articles 8, 9)."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import (
    AUDITOR,
    CLIENT,
    CLIENT_OFFICER,
    CONTRACTOR,
    RESPONSIBLE_PERSON,
    Contract,
    Organisation,
    Person,
    day_in_japan,
    people_in,
    roles_on,
)
from incident_app.domain.work import Work
from incident_app.services.accounts import (
    LONGEST_HOURS,
    SHORTEST_PASSWORD,
    add_contract,
    add_person,
    agree_hours,
    check_password,
    contract_numbered,
    find_active_person,
    hold_role,
    set_call_tree,
)
from incident_app.services.call_tree import tree_of
from tests.builders import the_contract, the_person
from tests.cast import (
    ADMIN,
    AOBA,
    CITY,
    FROM,
    ITO,
    KIMURA,
    MINATO,
    OGAWA,
    PASSWORD,
    SATO,
    SUZUKI,
    TANAKA,
    YAMADA,
)
from tests.cast import CONTRACTOR as COMPANY
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import refused

HIRED = {"login": "hayashi@example.jp", "name": "林 優子", "password": "a long enough password"}
LEASE: dict[str, Any] = {
    "number": "MN-2027-001",
    "name": "封入業務委託",
    "client": CITY,
    "contractor": COMPANY,
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
        ("within", {"agreed_hours": {"prompt_report": 12, "promptly": 12}}),
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


def test_agreed_hours_are_added_to_those_agreed_before(work_of: WorkOf) -> None:
    """The parties amend one number of their contract, not all of them."""
    with work_of(ADMIN) as work:
        agree_hours(work, the_contract(work.session), {"prompt_report": 12, "first_measure": 0})
    with work_of(ADMIN) as work:
        agree_hours(work, the_contract(work.session), {"prompt_report": LONGEST_HOURS})
    with work_of(ADMIN) as work:
        agreed = the_contract(work.session).agreed_hours
        assert agreed == {"prompt_report": LONGEST_HOURS, "first_measure": 0}
        assert the_contract(work.session, AOBA).agreed_hours == {}


@only_on_sqlite
@pytest.mark.parametrize(
    "hours", [{"prompt_report": -1}, {"prompt_report": LONGEST_HOURS + 1}, {"prompt report": 12}]
)
def test_hours_that_no_deadline_could_take_are_refused(work_of: WorkOf, hours: dict[str, int]) -> None:
    """A mistyped name would silently leave the program's own target in place."""
    with work_of(ADMIN) as work, refused(work, BadInput) as refusal:
        agree_hours(work, the_contract(work.session), hours)
    assert refusal.value.field == "within"


def names_in(work: Work, contract: Contract, party: str) -> list[str]:
    """The call tree as the watch reads it."""
    return [person.name for person in tree_of(work.session, contract.id, party, work.now)]


def test_a_call_tree_belongs_to_one_party_of_one_contract(work_of: WorkOf) -> None:
    """Each party decides for itself who is woken, contract by contract."""
    with work_of(ADMIN) as work:
        minato, aoba = the_contract(work.session), the_contract(work.session, AOBA)
        set_call_tree(work, minato, CONTRACTOR, [TANAKA.login, SUZUKI.login])
        set_call_tree(work, minato, CLIENT, [YAMADA.login])
        set_call_tree(work, aoba, CONTRACTOR, [OGAWA.login])
        set_call_tree(work, minato, CONTRACTOR, [f" {SUZUKI.login.upper()} ", SATO.login, TANAKA.login])
        assert names_in(work, minato, CONTRACTOR) == [SUZUKI.name, SATO.name, TANAKA.name]
        assert names_in(work, minato, CLIENT) == [YAMADA.name]
        assert names_in(work, aoba, CONTRACTOR) == [OGAWA.name]
        assert names_in(work, aoba, CLIENT) == [KIMURA.name], "without a tree, whoever holds the role"


@only_on_sqlite
@pytest.mark.parametrize(
    ("party", "logins"),
    [
        (CONTRACTOR, [TANAKA.login, YAMADA.login]),
        (CONTRACTOR, [OGAWA.login]),
        (CLIENT, [ITO.login]),
        (CONTRACTOR, [TANAKA.login, TANAKA.login]),
    ],
    ids=["other-party", "other-contract", "auditor", "twice"],
)
def test_a_call_tree_holds_only_those_who_act_for_the_party(
    work_of: WorkOf, party: str, logins: list[str]
) -> None:
    """An auditor reads and is never woken; a refusal leaves the tree as it stood."""
    with work_of(ADMIN) as work:
        contract = the_contract(work.session)
        set_call_tree(work, contract, CONTRACTOR, [SATO.login])
        with refused(work, BadInput) as refusal:
            set_call_tree(work, contract, party, logins)
        assert refusal.value.field == "login"
        assert names_in(work, contract, CONTRACTOR) == [SATO.name]


def test_whoever_lost_the_role_or_the_account_cannot_enter_a_call_tree(work_of: WorkOf) -> None:
    """Article 9: from the day after the last one somebody has no say, and no mail."""
    with work_of(ADMIN) as work:
        contract, today = the_contract(work.session), day_in_japan(work.now)
        former = hire(work)
        hold_role(
            work, former, contract, RESPONSIBLE_PERSON, from_on=FROM, until_on=today - timedelta(days=1)
        )
        the_person(work.session, SATO).active = False
        work.session.flush()
        for login in (former.login, SATO.login):
            with refused(work, BadInput):
                set_call_tree(work, contract, CONTRACTOR, [login])
