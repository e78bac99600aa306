"""The demonstration: two clients, one contractor, four people, and a list of persons who do not exist."""

import csv
import io
from datetime import date

from sqlalchemy import select

from incident_app.domain.parties import (
    AUDITOR,
    CLIENT_OFFICER,
    RESPONSIBLE_PERSON,
    WORKER,
    Contract,
    Organisation,
    Person,
)
from incident_app.domain.parties import CONTRACTOR as BY_CONTRACTOR
from incident_app.domain.work import Work
from incident_app.services.accounts import (
    add_contract,
    add_organisation,
    add_person,
    hold_role,
    set_call_tree,
)

PASSWORD = "demo-password-16"  # noqa: S105 - shown on purpose: it opens a demonstration on this machine alone
CLIENT, OTHER_CLIENT, CONTRACTOR = "架空市", "青葉町", "みなと情報サービス株式会社"
PEOPLE = (
    ("responsible@demo.example", "田中 みなみ", "業務責任者", CONTRACTOR, RESPONSIBLE_PERSON),
    ("worker@demo.example", "鈴木 健", "業務従事者", CONTRACTOR, WORKER),
    ("officer@demo.example", "山田 花子", "情報政策課 主査", CLIENT, CLIENT_OFFICER),
    ("auditor@demo.example", "伊藤 誠", "監査委員事務局", CLIENT, AUDITOR),
)
LISTED = 30
_BEGIN = date(2026, 4, 1)


def seat_demo(work: Work) -> bool:
    """Write the demonstration's parties, contracts and accounts on the first start; False later on."""
    if work.session.scalar(select(Person.id).limit(1)) is not None:
        return False
    add_organisation(work, CLIENT, representative="架空市長", address="架空県架空市中央1-1")
    add_organisation(work, OTHER_CLIENT, representative="青葉町長", address="架空県青葉町緑2-2")
    add_organisation(work, CONTRACTOR, representative="代表取締役 港 太郎", address="架空県架空市港町3-3")
    running = _contract(
        work, "MN-2026-001", "国民健康保険関連帳票 印字・封入業務委託", CLIENT, department="総務部 情報政策課"
    )
    ended = _contract(
        work,
        "MN-2023-007",
        "住民意識調査 集計業務委託",
        CLIENT,
        department="総務部 情報政策課",
        starts_on=date(2023, 4, 1),
        ends_on=date(2024, 3, 31),
    )
    other = _contract(work, "AO-2026-007", "住民税通知書 印字業務委託", OTHER_CLIENT, department="税務課")
    for login, name, title, organisation, role in PEOPLE:
        person = _person(work, login, name, title, organisation)
        # The responsible person serves the other client too, who must not show through.
        for contract in (running, ended, other) if role == RESPONSIBLE_PERSON else (running, ended):
            hold_role(work, person, contract, role, from_on=contract.starts_on)
    set_call_tree(work, running, BY_CONTRACTOR, [PEOPLE[0][0], PEOPLE[1][0]])
    stranger = _person(work, "other@demo.example", "木村 健", "税務課 主査", OTHER_CLIENT)
    hold_role(work, stranger, other, CLIENT_OFFICER, from_on=other.starts_on)
    return True


def demo_list() -> bytes:
    """Return a list of 30 made-up persons as a city office exports it: CP932, CRLF, Japanese headings."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [
            "宛名番号",
            "氏名",
            "フリガナ",
            "生年月日",
            "郵便番号",
            "住所",
            "方書",
            "電話番号",
            "メールアドレス",
            "漏えい項目",
            "備考",
        ]
    )
    families = (
        ("佐藤", "サトウ"),
        ("髙橋", "タカハシ"),
        ("山﨑", "ヤマザキ"),
        ("小林", "コバヤシ"),
        ("渡邉", "ワタナベ"),
    )
    givens = (("一郎", "イチロウ"), ("花子", "ハナコ"), ("翔太", "ショウタ"))
    for number in range(1, LISTED + 1):
        family, given = families[number % 5], givens[number % 3]
        writer.writerow(
            [
                f"{number:010d}",
                f"{family[0]}　{given[0]}",
                f"{family[1]}　{given[1]}",
                f"昭和{40 + number % 20}年{1 + number % 12}月{1 + number % 28}日",
                f"010-{number:04d}",
                f"架空県架空市中央{number}番{1 + number % 9}号",
                f"コーポ架空{100 + number}号" if number % 4 == 0 else "",
                "",
                f"person{number:02d}@example.jp" if number % 2 else "",
                "氏名・住所・生年月日" if number % 3 else "氏名・住所",
                "故人" if number == LISTED else "",
            ]
        )
    return text.getvalue().encode("cp932")


def _contract(
    work: Work,
    number: str,
    name: str,
    client: str,
    *,
    department: str,
    starts_on: date = _BEGIN,
    ends_on: date = date(2027, 3, 31),
) -> Contract:
    return add_contract(
        work,
        number=number,
        name=name,
        client=client,
        contractor=CONTRACTOR,
        client_department=department,
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _person(work: Work, login: str, name: str, title: str, organisation: str) -> Person:
    firm: Organisation = add_organisation(work, organisation)
    return add_person(
        work, login=login, name=name, password=PASSWORD, title=title, phone="03-0000-0000", organisation=firm
    )
