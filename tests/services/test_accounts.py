"""Who may sign in, and who holds which role on which contract from when to when."""

from datetime import date, timedelta
from time import perf_counter

import pytest

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import RESPONSIBLE_PERSON, WORKER, Person, roles_on
from incident_app.domain.work import Work
from incident_app.services.accounts import (
    add_contract,
    add_organisation,
    add_person,
    check_password,
    contract_numbered,
    find_active_person,
    hold_role,
)
from tests.builders import the_contract, the_person
from tests.cast import ADMIN, CITY, CONTRACTOR, MINATO, TANAKA
from tests.conftest import WorkOf

SPRING, AUTUMN = date(2027, 4, 1), date(2027, 9, 30)
GOOD = "twelve chars"


def sora(work: Work, login: str = "sora@example.jp", password: str = GOOD) -> Person:
    return add_person(work, login=login, name="空野 そら", password=password)


def contract(work: Work, **changes: str | date) -> None:
    said = {
        "number": "MN-2027-001",
        "name": "選挙人名簿 印字業務委託",
        "client": CITY,
        "contractor": CONTRACTOR,
        "starts_on": SPRING,
        "ends_on": AUTUMN,
    }
    add_contract(work, **{**said, **changes})  # type: ignore[arg-type]  # each test changes one of them


def test_the_right_password_opens_and_no_other_does(work_of: WorkOf) -> None:
    """What lies behind is full of other people's personal data."""
    with work_of(ADMIN) as work:
        person = sora(work)

        assert check_password(work.session, "sora@example.jp", GOOD) is person
        assert check_password(work.session, "sora@example.jp", GOOD + " ") is None
        assert check_password(work.session, "sora@example.jp", "") is None
        assert check_password(work.session, "nobody@example.jp", GOOD) is None


def test_a_login_is_an_address_and_addresses_have_no_capitals(work_of: WorkOf) -> None:
    """A phone writes the first letter large and a space after it; that must lock nobody out."""
    with work_of(ADMIN) as work:
        person = sora(work, " Sora@Example.JP ")

        assert person.login == person.email == "sora@example.jp"
        assert check_password(work.session, "SORA@example.jp ", GOOD) is person


def test_the_password_itself_is_kept_nowhere(work_of: WorkOf) -> None:
    """Whoever steals the database has not stolen the passwords."""
    with work_of(ADMIN) as work:
        first, second = sora(work), sora(work, "riku@example.jp")

        assert first.password_hash.startswith("$argon2id$")
        assert GOOD not in first.password_hash
        assert first.password_hash != second.password_hash, "each has a salt of its own"


def test_a_stranger_is_sent_away_as_slowly_as_a_friend_with_the_wrong_password(work_of: WorkOf) -> None:
    """The time of an answer must not tell who has an account."""
    with work_of(ADMIN) as work:
        sora(work)

        def seconds(login: str) -> float:
            begun = perf_counter()
            assert check_password(work.session, login, "some wrong password") is None
            return perf_counter() - begun

        seconds("warm.up@example.jp")
        known = min(seconds("sora@example.jp") for _ in range(3))
        unknown = min(seconds("nobody@example.jp") for _ in range(3))

    assert known / 3 < unknown < known * 3


def test_an_account_that_was_switched_off_opens_nothing(work_of: WorkOf) -> None:
    """Neither by signing in, nor in a browser that is still signed in."""
    with work_of(ADMIN) as work:
        person = sora(work)
        assert find_active_person(work.session, person.id) is person
        person.active = False

        assert check_password(work.session, person.login, GOOD) is None
        assert find_active_person(work.session, person.id) is None


def test_a_hash_that_cannot_be_read_lets_nobody_in(work_of: WorkOf) -> None:
    """A row that was edited by hand is a locked door, not an error page."""
    with work_of(ADMIN) as work:
        sora(work).password_hash = "!"

        assert check_password(work.session, "sora@example.jp", "!") is None


def test_a_password_needs_twelve_characters(work_of: WorkOf) -> None:
    """Length is the one rule that helps."""
    with work_of(ADMIN) as work:
        with pytest.raises(BadInput, match="12") as refusal:
            sora(work, password="eleven char")

        assert refusal.value.field == "password"
        sora(work, password="十二文字の合言葉でも足ります")


def test_nobody_has_two_accounts_under_one_address(work_of: WorkOf) -> None:
    """The record names people; two with one name would be one."""
    with work_of(ADMIN) as work:
        sora(work)

        with pytest.raises(BadInput) as refusal:
            sora(work, "SORA@example.jp")

        assert refusal.value.field == "login"


@pytest.mark.parametrize("login", ["", "sora", "sora@", "a@b@c", "sora@example.jp\nBcc: x@example.jp"])
def test_a_login_must_be_an_address(work_of: WorkOf, login: str) -> None:
    """Reports are mailed to it."""
    with work_of(ADMIN) as work, pytest.raises(BadInput) as refusal:
        sora(work, login)

    assert refusal.value.field == "login"


def test_a_role_counts_from_its_first_day_to_its_last(work_of: WorkOf) -> None:
    """Articles 8 and 9: who may handle the information is known for every day."""
    with work_of(ADMIN) as work:
        person, held_on = sora(work), the_contract(work.session, MINATO)
        today = work.now.date() + timedelta(days=1)  # two in the morning in Japan is yesterday in UTC
        hold_role(work, person, held_on, WORKER, from_on=today, until_on=today + timedelta(days=1))

        def roles(**later: float) -> frozenset[str]:
            return roles_on(work.session, person.id, held_on.id, work.now + timedelta(**later))

        assert [roles(days=days) for days in (-1, 0, 1, 2)] == [set(), {WORKER}, {WORKER}, set()]


@pytest.mark.parametrize(
    ("role", "until", "field"),
    [("emperor", None, "role"), (RESPONSIBLE_PERSON, SPRING - timedelta(days=1), "until_on")],
)
def test_a_role_that_cannot_be_is_refused(
    work_of: WorkOf, role: str, until: date | None, field: str
) -> None:
    """A role that the workflow does not know would carry no step, and nobody would see why."""
    with work_of(ADMIN) as work:
        person, held_on = the_person(work.session, TANAKA), the_contract(work.session, MINATO)

        with pytest.raises(BadInput) as refusal:
            hold_role(work, person, held_on, role, from_on=SPRING, until_on=until)

        assert refusal.value.field == field


def test_a_contract_finds_its_parties_or_writes_them(work_of: WorkOf) -> None:
    """The city of the second contract is the city of the first."""
    with work_of(ADMIN) as work:
        contract(work, contractor="しおさい印刷株式会社")

        written = contract_numbered(work, "MN-2027-001")
        assert written.client_id == the_contract(work.session, MINATO).client_id
        assert written.contractor.name == "しおさい印刷株式会社"
        assert add_organisation(work, " しおさい印刷株式会社 ") is written.contractor


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": MINATO.number}, "number"),
        ({"number": " "}, "number"),
        ({"name": ""}, "number"),
        ({"ends_on": SPRING - timedelta(days=1)}, "ends_on"),
        ({"client": " "}, "name"),
    ],
)
def test_a_contract_that_cannot_be_is_refused(
    work_of: WorkOf, changes: dict[str, str | date], field: str
) -> None:
    """Everything hangs on the contract: who may see a case, and what is due when."""
    with work_of(ADMIN) as work:
        with pytest.raises(BadInput) as refusal:
            contract(work, **changes)

        assert refusal.value.field == field


def test_a_contract_that_is_not_there_is_named(work_of: WorkOf) -> None:
    """A slip in the number must not end as an empty list of cases."""
    with work_of(ADMIN) as work, pytest.raises(BadInput, match="MN-1999-001"):
        contract_numbered(work, "MN-1999-001")
