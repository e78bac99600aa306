"""Accounts, organisations, contracts, and who holds which role from when to when (Articles 8, 9)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import (
    ROLES,
    ROLES_OF,
    CallTreePlace,
    Contract,
    Organisation,
    Person,
    RoleHolding,
    people_in,
)
from incident_app.domain.work import Work
from incident_app.engine.library import newest
from incident_app.mail.message import BadAddress, check_address

SHORTEST_PASSWORD = 12
LONGEST_HOURS = 365 * 24
_hasher = PasswordHasher()


def add_organisation(work: Work, name: str, *, representative: str = "", address: str = "") -> Organisation:
    """Return the organisation of this name, written if it was not there yet."""
    if not name.strip():
        raise BadInput("name", "組織の名称を書いてください。", "Please give the organisation's name.")
    found = work.session.scalars(select(Organisation).where(Organisation.name == name.strip())).first()
    if found is None:
        found = Organisation(name=name.strip(), representative=representative, address=address)
        work.session.add(found)
        work.session.flush()
    return found


def add_contract(
    work: Work,
    *,
    number: str,
    name: str,
    client: str,
    contractor: str,
    starts_on: date,
    ends_on: date,
    client_department: str = "",
    agreed_hours: Mapping[str, int] | None = None,
) -> Contract:
    """Write a contract and, where they are new, its parties. Raises BadInput naming the field."""
    if not number.strip() or not name.strip():
        raise BadInput(
            "number", "契約番号と契約件名を書いてください。", "Give the contract's number and name."
        )
    if work.session.scalar(select(Contract.id).where(Contract.number == number.strip())):
        raise BadInput(
            "number", "この契約番号はすでに登録されています。", "This contract number is already there."
        )
    if ends_on < starts_on:
        raise BadInput("ends_on", "終了日が開始日より前です。", "It would end before it begins.")
    contract = Contract(
        number=number.strip(),
        name=name.strip(),
        client=add_organisation(work, client),
        contractor=add_organisation(work, contractor),
        client_department=client_department,
        starts_on=starts_on,
        ends_on=ends_on,
        agreed_hours={},
    )
    agree_hours(work, contract, agreed_hours or {})
    work.session.add(contract)
    work.session.flush()
    return contract


def agree_hours(work: Work, contract: Contract, hours: Mapping[str, int]) -> None:
    """Write the parties' own hours into a contract, by the names of the workflow's deadlines.

    They count for deadlines that start later; a running one keeps its date. Raises BadInput naming the slip.
    """
    for name, number in hours.items():
        _among("within", name, newest("article16").deadlines)
        if not 0 <= number <= LONGEST_HOURS:
            raise BadInput(
                "within",
                f"{name} は0時間から{LONGEST_HOURS}時間までにしてください。",
                f"{name} must be 0 to {LONGEST_HOURS} hours.",
            )
    # A new dictionary: a change inside the old one would not be seen and not be stored.
    contract.agreed_hours = contract.agreed_hours | dict(hours)


def set_call_tree(work: Work, contract: Contract, party: str, logins: Sequence[str]) -> None:
    """Put these people, in this order, in the place of a party's call tree on a contract.

    Raises BadInput for somebody who is named twice or does not act for that party today.
    """
    acting = {
        person.login: person
        for role in ROLES_OF[party]
        for person in people_in(work.session, contract.id, role, work.now)
    }
    wanted = [login.strip().lower() for login in logins]
    for number, login in enumerate(wanted):
        _among("login", login, acting)
        if login in wanted[:number]:
            raise BadInput("login", f"{login} が重複しています。", f"{login} is named twice.")
    work.session.execute(
        delete(CallTreePlace).where(CallTreePlace.contract_id == contract.id, CallTreePlace.party == party)
    )
    work.session.add_all(
        CallTreePlace(contract_id=contract.id, party=party, place=place, person=acting[login])
        for place, login in enumerate(wanted, 1)
    )
    work.session.flush()


def add_person(
    work: Work,
    *,
    login: str,
    name: str,
    password: str,
    title: str = "",
    phone: str = "",
    email: str = "",
    organisation: Organisation | None = None,
    administrator: bool = False,
) -> Person:
    """Write an account; its e-mail address is the login unless another is given."""
    login = login.strip().lower()
    for field, address in (("login", login), ("email", email or login)):
        try:
            check_address("アカウント", "login or e-mail", address)
        except BadAddress:
            raise BadInput(
                field, "メールアドレスを書いてください。", "Please give an e-mail address."
            ) from None
    if work.session.scalar(select(Person.id).where(Person.login == login)):
        raise BadInput("login", "このアカウントはすでにあります。", "This account already exists.")
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(
            "password",
            f"パスワードは{SHORTEST_PASSWORD}文字以上にしてください。",
            f"A password needs at least {SHORTEST_PASSWORD} characters.",
        )
    person = Person(
        login=login,
        name=name.strip(),
        title=title,
        phone=phone,
        email=email or login,
        password_hash=_hasher.hash(password),
        administrator=administrator,
        organisation=organisation,
    )
    work.session.add(person)
    work.session.flush()
    return person


def hold_role(
    work: Work, person: Person, contract: Contract, role: str, *, from_on: date, until_on: date | None = None
) -> RoleHolding:
    """Let a person hold a role on a contract, from a day to a day."""
    _among("role", role, ROLES)
    if until_on is not None and until_on < from_on:
        raise BadInput("until_on", "終了日が開始日より前です。", "It would end before it begins.")
    holding = RoleHolding(person=person, contract=contract, role=role, from_on=from_on, until_on=until_on)
    work.session.add(holding)
    work.session.flush()
    return holding


def contract_numbered(work: Work, number: str) -> Contract:
    """Return a contract by its number, for the command line; raises BadInput when there is none."""
    found = work.session.scalars(select(Contract).where(Contract.number == number)).first()
    if found is None:
        raise BadInput("contract", f"契約 {number} はありません。", f"There is no contract {number}.")
    return found


def check_password(session: Session, login: str, password: str) -> Person | None:
    """Return the person when login and password are right. Unknown logins take as long as known ones."""
    person = session.scalars(
        select(Person).where(Person.login == login.strip().lower(), Person.active)
    ).first()
    try:
        _hasher.verify(person.password_hash if person else _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return None
    return person


def find_active_person(session: Session, person_id: int) -> Person | None:
    """Return the person behind a session, unless the account was switched off meanwhile."""
    return session.scalars(select(Person).where(Person.id == person_id, Person.active)).first()


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")


def _among(field: str, word: str, known: Collection[str]) -> None:
    if word not in known:
        choices = ", ".join(known)
        raise BadInput(field, f"次から選んでください：{choices}", f"Choose one of: {choices}")
