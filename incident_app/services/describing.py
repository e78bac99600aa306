"""Facts, description and evidence: whatever becomes known is added, and nothing said is overwritten."""

import hashlib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from incident_app.domain.errors import BadInput
from incident_app.domain.evidence import EvidenceFile
from incident_app.domain.incident import Incident
from incident_app.domain.timeline import TimelineEntry
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.services.opening import (
    KINDS,
    Said,
    check_fact,
    check_kind,
    check_occurrence,
    fact_of,
    kinds_of,
)
from incident_app.services.triaging import review

DESCRIPTION = ("cause", "secondary_damage", "recovery", "police", "discovered_by")


def record_fact(work: Work, incident: Incident, name: str, said: Said) -> None:
    """Say something new about one of the four facts (Article 16(1)); earlier sayings stay on record."""
    check_fact(work, name, said)
    take(
        work,
        incident,
        "record_fact",
        fact=name,
        state=said.state,
        text=said.text.strip(),
        low=said.low,
        high=said.high,
    )
    incident.facts.append(fact_of(work, name, said))
    review(work, incident)


def describe_case(
    work: Work,
    incident: Incident,
    *,
    concerns_personal: bool,
    concerns_confidential: bool,
    kinds: Collection[str] = (),
    occurred_at: datetime | None = None,
    **words: str,
) -> None:
    """Update the description; what it said before stays in the timeline with the change.

    No `kinds` and no `occurred_at` leave them as they are.
    """
    check_kind(kinds or kinds_of(incident), concerns_personal, concerns_confidential)
    check_occurrence(occurred_at, incident.detected_at)
    new: dict[str, object] = {name: words[name].strip() for name in DESCRIPTION if name in words}
    new |= {"concerns_personal": concerns_personal, "concerns_confidential": concerns_confidential}
    new |= {kind: kind in kinds for kind in KINDS} if kinds else {}
    new |= {"occurred_at": occurred_at} if occurred_at else {}
    changed = {name: value for name, value in new.items() if value != getattr(incident, name)}
    take(
        work,
        incident,
        "describe_case",
        concerns_personal=concerns_personal,
        concerns_confidential=concerns_confidential,
        changes=[f"{name}: {getattr(incident, name)} → {value}" for name, value in changed.items()],
    )
    for name, value in changed.items():
        setattr(incident, name, value)
    review(work, incident)


def add_evidence(
    work: Work, incident: Incident, folder: Path, *, name: str, data: bytes, media_type: str, note: str = ""
) -> EvidenceFile:
    """Keep one file as evidence under its SHA-256.

    Raises BadInput for an empty file and for one that is already on record.
    """
    if not data:
        raise BadInput(
            "file", "ファイルが空です。選び直してください。", "The file is empty. Please choose another."
        )
    sha256 = hashlib.sha256(data).hexdigest()
    if any(file.sha256 == sha256 for file in incident.evidence):
        raise BadInput(
            "file", "同じファイルがすでに登録されています。", "This very file is already on record."
        )
    take(work, incident, "add_evidence", name=name, sha256=sha256, size=len(data), note=note.strip())
    # The file before the row: a row must never point at nothing.
    _keep(folder, sha256, data)
    evidence = EvidenceFile(
        name=name,
        sha256=sha256,
        size=len(data),
        media_type=media_type,
        note=note.strip(),
        added_at=work.now,
        added_by_id=work.actor.person_id,
    )
    incident.evidence.append(evidence)
    return evidence


def correct_record(work: Work, incident: Incident, position: int, text: str) -> TimelineEntry:
    """Put an earlier entry right by a new one that names it; the earlier one stays as it is."""
    known = select(TimelineEntry.position).where(
        TimelineEntry.incident_id == incident.id, TimelineEntry.position == position
    )
    if work.session.scalar(known) is None:
        raise BadInput("position", "その番号の記録はありません。", "There is no entry with this number.")
    if not text.strip():
        raise BadInput("text", "訂正の内容を書いてください。", "Write what is to be corrected.")
    return take(work, incident, "correct_record", corrects=position, text=text.strip())


def _keep(folder: Path, sha256: str, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    whole, part = folder / sha256, folder / f"{sha256}.part"
    part.write_bytes(data)
    part.replace(whole)
