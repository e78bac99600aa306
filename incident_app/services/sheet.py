"""The sheet of a case: everything that a template may ask for, under dotted names.

What nobody has said is None here and shown as missing on the paper.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, select

from incident_app.domain.incident import ESTIMATED, FACTS, KNOWN, UNDER_INVESTIGATION, Fact, Incident
from incident_app.domain.instruction import EMAIL, LETTER
from incident_app.domain.notice import Delivery
from incident_app.domain.parties import RESPONSIBLE_PERSON, Person, people_in
from incident_app.domain.report import ClientCall
from incident_app.domain.timeline import entries_of, head_of
from incident_app.domain.work import Work
from incident_app.engine.library import workflow_of
from incident_app.notices.japanese import honorific
from incident_app.services.enquiring import daily_counts
from incident_app.services.proposing import legal_facts_of
from incident_app.services.statutory_clocks import statutory_lines

KIND_WORDS = {"leak": "漏えい", "damage": "き損", "loss": "滅失", "suspected": "おそれ"}
CHANNEL_WORDS = {
    "phone": "電話",
    "in_person": "対面",
    "email": "電子メール",
    "fax": "ファクシミリ",
    "online_meeting": "オンライン会議",
    "paper": "書面",
    "system": "本システム",
}
MEANS_WORDS = {LETTER: "郵送", EMAIL: "電子メール"}
NAME_WORDS = {"contractor": "乙の名義", "client": "甲の名義", "joint": "甲乙連名"}

PUBLIC_COURSE = (
    "report_to_client",
    "declare_contained",
    "start_deliveries",
    "post_substitute",
    "conclude_notification",
)
"""What happened, as far as the public is told: nothing that was only said between the parties."""
COURSE = (
    *PUBLIC_COURSE,
    "record_call",
    "record_measure",
    "issue_instruction",
    "transcribe_instruction",
    "amend_instruction",
    "withdraw_instruction",
    "publish",
    "withhold_publication",
)
"""What happened, as far as a report to 甲 tells it; the whole record is the timeline."""

Sheet = dict[str, Any]


def sheet_of(work: Work, incident: Incident) -> Sheet:
    """Return what the case says about itself, at this instant."""
    contract = incident.contract
    return {
        "contract": {"name": contract.name, "number": contract.number},
        "contractor": {
            "name": contract.contractor.name,
            "representative": contract.contractor.representative,
            "address": contract.contractor.address,
        },
        "client": {"name": contract.client.name, "department": contract.client_department},
        "contact": _contact(work, incident),
        "incident": _incident(incident),
        "facts": {name: fact_words(incident.fact(name)) for name in FACTS},
        "persons": _persons(work, incident),
        "calls": [_call(call) for call in incident.calls],
        "measures": [{"when": m.taken_at, "what": m.text, "who": m.taken_by} for m in incident.measures],
        "instructions": _instructions(incident),
        "notices": _notices(work, incident),
        "enquiry_days": _enquiries_since_last_report(work, incident),
        "prevention": [
            {
                "what": p.text,
                "who": p.responsible,
                "due": p.due_on or "",
                "state": "実施済" if p.done_at else "予定",
            }
            for p in incident.prevention
        ],
        "publication": _publication(incident),
        "statutory": statutory_lines(incident),
        "evidence": [{"name": e.name, "sha256": e.sha256, "size": e.size} for e in incident.evidence],
        "chronology": chronology(work, incident),
    }


def document_words(
    work: Work, incident: Incident, *, reference: str, version: int, addressee: str, sender: str
) -> Sheet:
    """Return the header block that every document carries, with the seal of the record so far."""
    head = head_of(work.session, incident.id)
    return {
        "number": reference,
        "version": version,
        "issued_on": work.now,
        "issued_at": work.now,
        "addressee": addressee,
        "sender": sender,
        "as_of": work.now,
        "seal": head.seal if head else "",
    }


def fact_words(fact: Fact | None) -> Sheet:
    """Return a fact as it is printed: state, words, and as of when."""
    if fact is None:
        return {"state": "under_investigation", "text": "", "as_of": None}
    return {
        "state": fact.state,
        "text": " ".join(filter(None, (_quantity(fact), fact.text))),
        "as_of": fact.as_of,
    }


def client_name(incident: Incident) -> str:
    """Return 甲 as it is addressed on paper."""
    return " ".join(filter(None, (incident.contract.client.name, incident.contract.client_department)))


def to_client(incident: Incident) -> str:
    """Return 甲 as an addressee."""
    return honorific(client_name(incident), "御中")


def to_contractor(incident: Incident) -> str:
    """Return 乙 as an addressee."""
    return honorific(incident.contract.contractor.name, "御中")


def contractor_name(incident: Incident) -> str:
    """Return 乙 as it signs on paper."""
    firm = incident.contract.contractor
    # Not broken inside a title and name, where lines are short.
    return " ".join(filter(None, (firm.name, firm.representative.replace(" ", "\N{NO-BREAK SPACE}"))))


def _quantity(fact: Fact) -> str:
    if fact.low is None and fact.high is None:
        return ""
    if fact.state == ESTIMATED and fact.high is None:
        return f"約{fact.low:,}件"
    if fact.low is None:
        return f"最大{fact.high:,}件"
    return f"{fact.low:,}件" if fact.high in (None, fact.low) else f"{fact.low:,}～{fact.high:,}件"


def _persons(work: Work, incident: Incident) -> Sheet:
    """Count people (本人の数), which the law asks for; the quantity of Article 16(1) may be pages or records."""
    if not incident.concerns_personal:
        return {"state": KNOWN, "text": "対象外（個人情報ではない）", "as_of": work.now}
    facts = legal_facts_of(incident)
    low, high = facts.persons_low, facts.persons_high
    if low is None and high is None:
        return {"state": UNDER_INVESTIGATION, "text": "", "as_of": work.now}
    if low == high:
        return {"state": KNOWN, "text": f"{low:,}人", "as_of": work.now}
    least, most = ("" if number is None else f"{number:,}人" for number in (low, high))
    return {"state": ESTIMATED, "text": f"{least}～{most}", "as_of": work.now}


def _contact(work: Work, incident: Incident) -> Sheet:
    people = people_in(work.session, incident.contract_id, RESPONSIBLE_PERSON, work.now)
    person: Person | None = next((p for p in people if p.id == work.actor.person_id), None)
    person = person or next(iter(people), None)
    if person is None:
        return {}
    return {
        "name": " ".join(filter(None, (person.title, person.name))),
        "phone": person.phone,
        "email": person.email,
    }


def _incident(incident: Incident) -> Sheet:
    information = {"個人情報": incident.concerns_personal, "機密情報": incident.concerns_confidential}
    return {
        "number": incident.number,
        "title": incident.title,
        "kinds": [word for kind, word in KIND_WORDS.items() if getattr(incident, kind)],
        "information": [word for word, concerned in information.items() if concerned],
        "occurred": incident.occurred_at,
        "detected": incident.detected_at,
        "discovered_by": incident.discovered_by,
        "cause": incident.cause,
        "secondary_damage": incident.secondary_damage,
        "recovery": incident.recovery,
        "police": incident.police,
    }


def _call(call: ClientCall) -> Sheet:
    return {
        "when": call.called_at,
        "channel": CHANNEL_WORDS.get(call.channel, call.channel),
        "ours": call.ours,
        "theirs": call.theirs,
        "note": call.note,
    }


def _instructions(incident: Incident) -> list[Sheet]:
    return [
        {
            "number": item.instruction.number,
            "item": item.number,
            "what": item.what,
            "due": item.due_at or "",
            "state": "履行済" if item.fulfilled_at else "対応中",
        }
        for item in incident.items_in_force
    ]


def _notices(work: Work, incident: Incident) -> Sheet:
    counted = (
        select(Delivery.state, func.count())
        .where(Delivery.incident_id == incident.id)
        .group_by(Delivery.state)
    )
    counts = dict(work.session.execute(counted).all())
    return {
        "standing": _standing_of_notification(incident),
        "sent": counts.get("sent", 0),
        "printed": counts.get("printed", 0) + counts.get("posted", 0),
        "returned": counts.get("returned", 0),
        "bounced": counts.get("bounced", 0),
        "substituted": counts.get("substituted", 0),
        "enquiries": sum(day.count for day in daily_counts(work, incident)),
    }


def _enquiries_since_last_report(work: Work, incident: Incident) -> list[Sheet]:
    """Count by day what came in after the last report; a call that was written down late counts in the next one."""
    last = incident.reports[-1].sent_at if incident.reports else None
    return [
        {"day": day.day, "count": day.count, "secondary": day.secondary}
        for day in daily_counts(work, incident, recorded_after=last)
    ]


def _standing_of_notification(incident: Incident) -> str:
    if not incident.concerns_personal:
        return "対象外（個人情報ではない）"
    return workflow_of(incident).tracks["notification"].states[incident.track("notification").state].ja


def _publication(incident: Incident) -> Sheet:
    if not incident.publications:
        return {"state": "未定", "reason": ""}
    latest = incident.publications[-1]
    return {"state": "公表しない" if latest.withheld else "公表済み", "reason": latest.reason}


def chronology(work: Work, incident: Incident, events: Collection[str] = COURSE) -> list[Sheet]:
    """Return the course of the case (経過), oldest first, as far as it belongs on paper."""
    steps = workflow_of(incident).steps
    lines = [
        {"when": entry.happened_at, "what": _line(steps[entry.event].label.ja, entry.facts)}
        for entry in entries_of(work.session, incident.id)
        if entry.event in events
    ]
    if incident.occurred_at:
        lines.append({"when": incident.occurred_at, "what": "発生"})
    lines.append({"when": incident.detected_at, "what": "発覚"})
    return sorted(lines, key=lambda line: line["when"])


def _line(label: str, facts: Mapping[str, Any]) -> str:
    said = facts.get("text")
    return f"{label}：{said}" if said else label
