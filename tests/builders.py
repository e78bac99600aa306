"""Cases and their parts. `an_incident` opens one as a person does; the others write straight into the tables."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident import Incident, Occurrence, Track
from incident_app.domain.incident_key import ensure_seal, seal_of
from incident_app.domain.individual import AffectedList, Individual, Particulars
from incident_app.domain.instruction import CONTRACTOR, NOTIFY, Instruction, InstructionItem
from incident_app.domain.notice import INDIVIDUAL, Delivery, Notice
from incident_app.domain.parties import Contract, Person
from incident_app.domain.publication import Consultation
from incident_app.domain.work import Work
from incident_app.engine.library import newest
from incident_app.services.opening import Opening, open_incident
from incident_app.services.registering import Register
from tests.cast import MINATO, TANAKA, CastContract, CastMember


def the_contract(session: Session, contract: CastContract = MINATO) -> Contract:
    return session.scalars(select(Contract).where(Contract.number == contract.number)).one()


def the_person(session: Session, member: CastMember) -> Person:
    return session.scalars(select(Person).where(Person.login == member.login)).one()


def an_incident(work: Work, contract: CastContract = MINATO, **changes: Any) -> Incident:
    """An incident that the actor opens; `changes` are fields of Opening."""
    said = {"title": "USBメモリの紛失", "detected_at": work.now - timedelta(hours=1), **changes}
    return open_incident(work, the_contract(work.session, contract), Opening(**said))


def a_bare_incident(
    work: Work,
    number: str = "I-2026-0001",
    contract: CastContract = MINATO,
    states: Mapping[str, str] | None = None,
    **changes: Any,
) -> Incident:
    """An incident with every track at its start, or at the state given for it; nothing else is on record."""
    workflow = newest("article16")
    said = {
        "title": "USBメモリの紛失",
        "occurred_at": work.now - timedelta(hours=3),
        "detected_at": work.now - timedelta(hours=1),
        "known_at": work.now - timedelta(hours=1),
        "loss": True,
    }
    incident = Incident(
        **{**said, **changes},
        number=number,
        occurrence=Occurrence(title="帰宅途中の紛失", recorded_at=work.now),
        contract=the_contract(work.session, contract),
        workflow=workflow.name,
        workflow_version=workflow.version,
        workflow_digest=workflow.digest,
        opened_at=work.now,
        opened_by_id=work.actor.person_id,
        tracks=[
            Track(name=track.name, state=(states or {}).get(track.name, track.start), changed_at=work.now)
            for track in workflow.tracks.values()
        ],
    )
    work.session.add(incident)
    work.session.flush()
    return incident


def an_item(work: Work, incident: Incident, **changes: Any) -> InstructionItem:
    """甲's order to notify the individuals by letter, as the only item of the next instruction."""
    said = {
        "kind": NOTIFY,
        "what": "本人に書面で通知すること",
        "means": ["letter"],
        "in_whose_name": CONTRACTOR,
    }
    item = InstructionItem(**{**said, **changes}, number=1, added_in=1)
    number = len(incident.instructions) + 1
    incident.instructions.append(
        Instruction(number=number, issued_at=work.now, given_by="山田 美咲", items=[item])
    )
    work.session.flush()
    return item


def a_notice(work: Work, incident: Incident, drafter: CastMember = TANAKA, **changes: Any) -> Notice:
    """A text that 甲 has approved."""
    said = {
        "kind": INDIVIDUAL,
        "values": {},
        "in_whose_name": CONTRACTOR,
        "text_sha256": hashlib.sha256(b"").hexdigest(),
        "submitted_at": work.now,
        "text_approved_at": work.now,
    }
    notice = Notice(
        **{**said, **changes},
        number=len(incident.notices) + 1,
        drafted_at=work.now,
        drafted_by_id=the_person(work.session, drafter).id,
    )
    incident.notices.append(notice)
    work.session.flush()
    return notice


def an_individual(
    work: Work, incident: Incident, key: str = "0000000001", *, holds: Iterable[str] = (), **changes: Any
) -> Individual:
    """One person of the city who exists only here."""
    affected = AffectedList(
        incident_id=incident.id,
        sha256="0" * 64,
        received_at=work.now,
        columns={},
        faults={},
        rows=1,
        persons=1,
        imported_at=work.now,
    )
    work.session.add(affected)
    work.session.flush()
    said = {
        "reference": key,
        "name": "架空 太郎",
        "kana": "",
        "birth_date": None,
        "postal_code": "",
        "address_lines": ("架空県架空市中央1-1",),
        "phone": "",
        "email": None,
        "items": ("氏名", "住所"),
        "guardian": None,
        "organisation": False,
    }
    register = Register(incident.id, affected.id, ensure_seal(work, incident.id))
    (row_id,) = register.put(work, [(Particulars(**{**said, **changes}), holds)])
    register.close(work)
    return work.session.get_one(Individual, row_id)


def who_is(individual: Individual) -> Particulars:
    """What is sealed of an individual."""
    session = object_session(individual)
    assert session is not None
    return individual.particulars(seal_of(session, individual.listed_in.incident_id))


def a_consultation(work: Work, incident: Incident, outcome: str | None = "publish") -> Consultation:
    """A consultation that 甲 has answered, unless `outcome` is None."""
    consultation = Consultation(
        number=len(incident.consultations) + 1,
        proposal="公表したい",
        points="",
        proposed_at=work.now,
        outcome=outcome,
        answered_at=work.now if outcome else None,
    )
    incident.consultations.append(consultation)
    work.session.flush()
    return consultation


def a_document(work: Work, incident: Incident, timeline_seal: str) -> IssuedDocument:
    """A first report as it was issued, with the seal that is printed on it."""
    document = IssuedDocument(
        incident_id=incident.id,
        template="first_report",
        number=1,
        version=1,
        reference=f"{incident.number}-R1",
        title="第一報",
        subject="第一報",
        text="",
        html="",
        html_sha256=hashlib.sha256(b"").hexdigest(),
        missing=[],
        timeline_seal=timeline_seal,
        issued_at=work.now,
    )
    work.session.add(document)
    work.session.flush()
    return document


def a_delivery(
    work: Work, notice: Notice, individual: Individual, item: InstructionItem, **changes: Any
) -> Delivery:
    """A letter to one person that waits to be printed."""
    said = {"channel": "letter", "state": "queued", **changes}
    delivery = Delivery(
        **said,
        incident_id=notice.incident_id,
        notice_id=notice.id,
        individual_id=individual.id,
        item_id=item.id,
        changed_at=work.now,
    )
    work.session.add(delivery)
    work.session.flush()
    return delivery
