"""Cases that have come some way, brought there by the people who do it; and a look at everything that is stored.

The works that come in are 乙's (田中's); whatever 甲 does is done `by` its officer in the same transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_app.domain.base import Model
from incident_app.domain.errors import Refused
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import EMAIL, LETTER, NO_NOTICE, NOTIFY, SUBSTITUTE, InstructionItem
from incident_app.domain.notice import INDIVIDUAL, SUBSTITUTE_NOTICE, Notice
from incident_app.domain.parties import RESPONSIBLE_PERSON, RoleHolding
from incident_app.domain.publication import Consultation
from incident_app.domain.timeline import TimelineEntry, entries_of
from incident_app.domain.work import Actor, Work
from incident_app.services.containing import declare_contained
from incident_app.services.instructing import Order, issue_instruction
from incident_app.services.notifying import approve_text, draft_notice, set_notification_aside, submit_text
from incident_app.services.publishing import answer_consultation, propose_consultation, withhold_publication
from incident_app.services.reporting import send_final_report, send_first_report
from tests.builders import an_incident, the_contract, the_person
from tests.cast import FROM, MINATO, TANAKA, YAMADA, CastContract, CastMember

LETTERS = Order(NOTIFY, "本人に書面で通知すること", means=(LETTER,))
MAILS = Order(NOTIFY, "本人に電子メールで通知すること", means=(EMAIL,))
POSTING = Order(SUBSTITUTE, "ホームページに掲示すること", to_whom="通知が届かない本人")
SILENCE = Order(NO_NOTICE, "本人への通知は要しない")
INQUIRY = Order("investigate", "原因を調べて報告すること")
TEXT = {
    "apology": "深くお詫び申し上げます。",
    "what_happened": "USBメモリを紛失しました。",
    "cause": "持ち出しの手順が守られませんでした。",
    "secondary_damage": "確認されていません。",
    "requests": "不審な電話にご注意ください。",
    "measures": "持ち出しを禁止しました。",
    "desk_hours": "平日9時から17時まで",
    "official_page": "https://www.example.lg.jp/incident",
    "who": "令和8年度に通知書をお送りした方",
    "items": "氏名\n住所",
    "how_to_check": "下の窓口でお確かめください。",
    "desk_name": "お問合せ窓口",
    "desk_phone": "03-0000-0000",
}


def by(work: Work, member: CastMember, **later: float) -> Work:
    """The same transaction, carried on by somebody else, and later by hours=, minutes= …"""
    person = the_person(work.session, member)
    return replace(work, actor=Actor(person.id, member.name), now=work.now + timedelta(**later))


def serve(
    work: Work, member: CastMember, contract: CastContract, role: str = RESPONSIBLE_PERSON
) -> RoleHolding:
    """Give somebody a role on one more contract."""
    holding = RoleHolding(
        person=the_person(work.session, member),
        contract=the_contract(work.session, contract),
        role=role,
        from_on=FROM,
        until_on=None,
    )
    work.session.add(holding)
    work.session.flush()
    return holding


def open_case(work: Work, contract: CastContract = MINATO, **changes: Any) -> Incident:
    """A case just opened: personal information, everything else unknown."""
    return an_incident(work, contract, **changes)


def reported(work: Work, **changes: Any) -> Incident:
    """A case whose first report is with 甲."""
    incident = open_case(work, **changes)
    send_first_report(work, incident)
    return incident


def instructed(work: Work, *orders: Order, **changes: Any) -> Incident:
    """A reported case with one instruction, to notify by letter unless told otherwise."""
    incident = reported(work, **changes)
    issue_instruction(by(work, YAMADA), incident, orders or (LETTERS,))
    return incident


def drafted(work: Work, incident: Incident, kind: str = INDIVIDUAL, drafter: CastMember = TANAKA) -> Notice:
    """A text of 乙's that 甲 has not seen."""
    author = by(work, drafter)
    return draft_notice(author, incident, kind=kind, in_whose_name="contractor", values=TEXT)


def approved(work: Work, incident: Incident, kind: str = INDIVIDUAL, drafter: CastMember = TANAKA) -> Notice:
    """A text that 甲 has approved."""
    notice = drafted(work, incident, kind, drafter)
    submit_text(work, incident, notice)
    approve_text(by(work, YAMADA), incident, notice)
    return notice


def posting_text(work: Work, incident: Incident) -> Notice:
    """An approved text of a substitute notice."""
    return approved(work, incident, SUBSTITUTE_NOTICE)


def consulted(work: Work, incident: Incident, outcome: str = "publish") -> Consultation:
    """A consultation that 甲 has answered."""
    consultation = propose_consultation(work, incident, proposal="publish", points="公表の時期")
    answer_consultation(by(work, YAMADA), incident, consultation, outcome=outcome, answer="時期は追って。")
    return consultation


def settled(work: Work) -> Incident:
    """A case with nothing left but 甲's word that it is closed: only confidential information, nothing published."""
    incident = reported(work, concerns_personal=False, concerns_confidential=True)
    declare_contained(work, incident)
    set_notification_aside(work, incident)
    withhold_publication(work, incident, consulted(work, incident), "取引先の秘密に当たるため")
    send_final_report(work, incident)
    return incident


def item_of(incident: Incident, number: int = 1) -> InstructionItem:
    """An item of the newest instruction."""
    return next(item for item in incident.instructions[-1].items if item.number == number)


def last_line(work: Work, incident: Incident) -> TimelineEntry:
    return entries_of(work.session, incident.id)[-1]


def events_of(work: Work, incident: Incident) -> list[str]:
    return [entry.event for entry in entries_of(work.session, incident.id)]


@contextmanager
def refused(work: Work, kind: type[Refused]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """Expect a refusal of this kind, and that not one stored value differs afterwards."""
    before = everything(work.session)
    with pytest.raises(kind) as refusal:
        yield refusal
    assert everything(work.session) == before, "a refusal changes nothing"


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    session.flush()
    return {
        table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
        for table in Model.metadata.sorted_tables
    }
