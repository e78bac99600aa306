"""Opening an incident: one page, in any order, with unknowns allowed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import (
    ESTIMATED,
    FACT_STATES,
    FACTS,
    KNOWN,
    UNDER_INVESTIGATION,
    Fact,
    Incident,
    Occurrence,
    Track,
)
from incident_app.domain.parties import CONTRACTOR_ROLES, Contract, day_in_japan, roles_on
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.engine.clocks import run_clocks
from incident_app.engine.library import newest
from incident_app.services.triaging import review

KINDS = ("leak", "damage", "loss", "suspected")
MOST = 999_999_999
"""The largest quantity that can be said."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said about one fact: its state, words, for the quantity a number or range, and as of when."""

    state: str = UNDER_INVESTIGATION
    text: str = ""
    low: int | None = None
    high: int | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """The page that opens an incident. Only the title and the time of detection cannot be left out."""

    title: str
    detected_at: datetime
    occurred_at: datetime | None = None
    known_at: datetime | None = None
    kinds: frozenset[str] = frozenset({"leak"})
    concerns_personal: bool = True
    concerns_confidential: bool = False
    discovered_by: str = ""
    facts: Mapping[str, Said] = field(default_factory=dict)


def open_incident(
    work: Work, contract: Contract, opening: Opening, *, occurrence: Occurrence | None = None
) -> Incident:
    """Open an incident under a contract, ended ones included (Article 2), and start its clocks.

    Raises BadInput naming the field, NotPermitted when the actor is not of the contractor.
    """
    _refuse_outsiders(work, contract)
    _check_times(work, opening)
    check_kind(opening.kinds, opening.concerns_personal, opening.concerns_confidential)
    for name, said in opening.facts.items():
        check_fact(work, name, said)

    workflow = newest("article16")
    # The contract's row orders those who open at the same moment, and so the numbers.
    work.session.execute(select(Contract.id).where(Contract.id == contract.id).with_for_update())
    incident = Incident(
        number=_next_number(work, contract),
        title=opening.title.strip(),
        occurrence=occurrence or Occurrence(title=opening.title.strip(), recorded_at=work.now),
        contract=contract,
        workflow=workflow.name,
        workflow_version=workflow.version,
        workflow_digest=workflow.digest,
        occurred_at=opening.occurred_at,
        detected_at=opening.detected_at,
        known_at=opening.known_at or opening.detected_at,
        concerns_personal=opening.concerns_personal,
        concerns_confidential=opening.concerns_confidential,
        discovered_by=opening.discovered_by.strip(),
        opened_at=work.now,
        opened_by_id=work.actor.person_id,
        tracks=[
            Track(name=rule.name, state=rule.start, changed_at=work.now) for rule in workflow.tracks.values()
        ],
        **{kind: kind in opening.kinds for kind in KINDS},
    )
    work.session.add(incident)
    for name, said in opening.facts.items():
        if said != Said():
            incident.facts.append(fact_of(work, name, said))
    work.session.flush()
    entry = record(
        work,
        incident,
        "incident_opened",
        contract=contract.number,
        title=incident.title,
        workflow=f"{workflow.name}/v{workflow.version}",
        workflow_sha256=workflow.digest,
        kinds=sorted(opening.kinds),
        contract_ended=contract.has_ended(work.now),
    )
    run_clocks(work, incident, workflow, entry)
    review(work, incident)
    return incident


def open_for_other_client(work: Work, incident: Incident, contract: Contract) -> Incident:
    """Open the same event's incident under another contract: one occurrence, a file of its own.

    Raises BadInput when the event was already opened under that contract, and what `open_incident` raises.
    """
    _refuse_outsiders(work, incident.contract)
    _refuse_outsiders(work, contract)
    same = (Incident.occurrence_id == incident.occurrence_id, Incident.contract_id == contract.id)
    if work.session.scalar(select(Incident.id).where(*same)) is not None:
        raise BadInput(
            "contract",
            "この契約については、すでに事案が登録されています。",
            "This event already has its incident under this contract.",
        )
    twin = Opening(
        title=incident.title,
        detected_at=incident.detected_at,
        occurred_at=incident.occurred_at,
        known_at=incident.known_at,
        kinds=kinds_of(incident),
        concerns_personal=incident.concerns_personal,
        concerns_confidential=incident.concerns_confidential,
    )
    return open_incident(work, contract, twin, occurrence=incident.occurrence)


def fact_of(work: Work, name: str, said: Said) -> Fact:
    """Return the row for something said about a fact."""
    return Fact(
        name=name,
        state=said.state,
        text=said.text.strip(),
        low=said.low,
        high=said.high,
        as_of=said.as_of or work.now,
        recorded_by_id=work.actor.person_id,
    )


def check_fact(work: Work, name: str, said: Said) -> None:
    """Refuse what cannot be: an unknown fact, a known one without a word, a backward range, a future time."""
    if name not in FACTS or said.state not in FACT_STATES:
        raise BadInput(name, "この項目は選べません。", "There is no such choice.")
    numbers = [number for number in (said.low, said.high) if number is not None]
    if said.state in (KNOWN, ESTIMATED) and not said.text.strip() and not numbers:
        raise BadInput(
            name,
            "内容を書くか、「調査中」を選んでください。",
            "Write what is known, or choose “under investigation”.",
        )
    if any(not 0 <= number <= MOST for number in numbers):
        raise BadInput(
            name,
            f"数量は0から{MOST:,}までの数で書いてください。",
            f"Give the quantity as a number from 0 to {MOST:,}.",
        )
    if said.low is not None and said.high is not None and said.low > said.high:
        raise BadInput(
            name, "範囲の下限が上限を超えています。", "The range's lower end is above its upper end."
        )
    if said.as_of is not None and said.as_of > work.now:
        raise BadInput(name, "時点が未来になっています。", "The as-of time lies in the future.")


def kinds_of(incident: Incident) -> frozenset[str]:
    """Return which of leak, damage, loss and suspected an incident is held to be."""
    return frozenset(kind for kind in KINDS if getattr(incident, kind))


def check_occurrence(occurred_at: datetime | None, detected_at: datetime) -> None:
    """Refuse an occurrence after its own detection."""
    if occurred_at and occurred_at > detected_at:
        raise BadInput(
            "occurred_at",
            "発生日時が発覚日時より後になっています。",
            "It cannot have occurred after it was detected.",
        )


def check_kind(kinds: Collection[str], concerns_personal: bool, concerns_confidential: bool) -> None:
    """Refuse an incident of no kind, of an unknown kind, or about no information."""
    if not kinds or set(kinds) - set(KINDS):
        raise BadInput(
            "kinds",
            "漏えい・き損・滅失・おそれのいずれかを選んでください。",
            "Choose leak, damage, loss or suspected.",
        )
    if not (concerns_personal or concerns_confidential):
        raise BadInput(
            "information",
            "個人情報・機密情報のどちらか（分からなければ個人情報）を選んでください。",
            "Choose personal or confidential information (if unknown, personal).",
        )


def _refuse_outsiders(work: Work, contract: Contract) -> None:
    if not CONTRACTOR_ROLES & roles_on(work.session, work.actor.person_id, contract.id, work.now):
        raise NotPermitted(
            "事案を登録できるのは、この契約の業務責任者又は業務従事者です。",
            "Only a responsible person or worker of this contract may open an incident.",
        )


def _check_times(work: Work, opening: Opening) -> None:
    if not opening.title.strip():
        raise BadInput("title", "件名を書いてください。", "Please give a title.")
    if opening.detected_at > work.now:
        raise BadInput(
            "detected_at", "発覚日時が未来になっています。", "The time of detection lies in the future."
        )
    check_occurrence(opening.occurred_at, opening.detected_at)
    if opening.known_at and not opening.detected_at <= opening.known_at <= work.now:
        raise BadInput(
            "known_at",
            "乙が知った日時は、発覚から現在までの間でなければなりません。",
            "The contractor's knowledge must lie between detection and now.",
        )


def _next_number(work: Work, contract: Contract) -> str:
    """Count by contract, so that no client can tell from its number how many others were struck."""
    opened = work.session.scalar(select(func.count()).where(Incident.contract_id == contract.id)) or 0
    return f"{day_in_japan(work.now).year}-{contract.id:03d}-{opened + 1:02d}"
