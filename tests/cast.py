"""The people of all tests: who they are, and which roles they hold on which contract."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from incident_app.domain.parties import (
    AUDITOR,
    CLIENT_OFFICER,
    RESPONSIBLE_PERSON,
    WORKER,
    Contract,
    Organisation,
    Person,
    RoleHolding,
)

PASSWORD = "correct horse battery"
FROM = date(2026, 4, 1)
"""The contracts, and all roles on them, begin on this day."""

CITY = "架空市"
TOWN = "青葉町"
CONTRACTOR = "みなと情報サービス株式会社"


@dataclass(frozen=True)
class CastContract:
    """A contract between one of the two public bodies and the contractor."""

    number: str
    name: str
    client: str
    department: str


MINATO = CastContract("MN-2026-001", "国民健康保険関連帳票 印字・封入業務委託", CITY, "健康福祉部 保険年金課")
AOBA = CastContract("AO-2026-007", "住民税通知書 印字業務委託", TOWN, "税務課")
CONTRACTS = (MINATO, AOBA)


@dataclass(frozen=True)
class CastMember:
    """Somebody with an account. Everybody's password is PASSWORD."""

    login: str
    name: str
    title: str
    organisation: str | None
    roles: dict[str, str] = field(default_factory=dict)
    """Contract number → role."""
    administrator: bool = False

    @property
    def email(self) -> str:
        return f"{self.login}@example.jp"


TANAKA = CastMember("tanaka", "田中 一郎", "業務責任者", CONTRACTOR, {MINATO.number: RESPONSIBLE_PERSON})
SUZUKI = CastMember("suzuki", "鈴木 花子", "業務従事者", CONTRACTOR, {MINATO.number: WORKER})
SATO = CastMember("sato", "佐藤 次郎", "業務責任者代理", CONTRACTOR, {MINATO.number: RESPONSIBLE_PERSON})
YAMADA = CastMember("yamada", "山田 美咲", "保険年金課 係長", CITY, {MINATO.number: CLIENT_OFFICER})
ITO = CastMember("ito", "伊藤 誠", "監査担当", CITY, {MINATO.number: AUDITOR})
KIMURA = CastMember("kimura", "木村 健", "税務課 主査", TOWN, {AOBA.number: CLIENT_OFFICER})
OGAWA = CastMember("ogawa", "小川 恵", "業務責任者", CONTRACTOR, {AOBA.number: RESPONSIBLE_PERSON})
ADMIN = CastMember("admin", "管理者", "", None, administrator=True)
CAST = (TANAKA, SUZUKI, SATO, YAMADA, ITO, KIMURA, OGAWA, ADMIN)


@cache
def password_hash() -> str:
    """One cheap hash of PASSWORD for everybody; real ones cost what they should."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def seat(session: Session) -> None:
    """Write the organisations, the contracts, the people and their roles."""
    organisations = {
        CITY: Organisation(name=CITY, representative="架空市長", address="架空県架空市中央1-1"),
        TOWN: Organisation(name=TOWN, representative="青葉町長", address="架空県青葉町緑2-2"),
        CONTRACTOR: Organisation(
            name=CONTRACTOR, representative="代表取締役 港 太郎", address="架空県架空市港町3-3"
        ),
    }
    contracts = {
        it.number: Contract(
            number=it.number,
            name=it.name,
            client=organisations[it.client],
            contractor=organisations[CONTRACTOR],
            client_department=it.department,
            starts_on=FROM,
            ends_on=date(2027, 3, 31),
        )
        for it in CONTRACTS
    }
    session.add_all((*organisations.values(), *contracts.values()))
    for member in CAST:
        person = Person(
            login=member.login,
            name=member.name,
            title=member.title,
            phone="03-0000-0000",
            email=member.email,
            password_hash=password_hash(),
            administrator=member.administrator,
            organisation=organisations[member.organisation] if member.organisation else None,
        )
        session.add(person)
        for number, role in member.roles.items():
            session.add(
                RoleHolding(person=person, contract=contracts[number], role=role, from_on=FROM, until_on=None)
            )
    session.flush()
