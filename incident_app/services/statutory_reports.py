"""速報・確報・追完: drafts to the authority, made from the case for each party, and that they were filed."""

from datetime import datetime
from typing import Any

from incident_app.domain.deadline import Deadline
from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CLIENT, CONTRACTOR, PARTIES
from incident_app.domain.statute import FINAL, PRELIMINARY, STATUTORY_KINDS, SUPPLEMENT, StatutoryReport
from incident_app.domain.timeline import stamp
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.notices.japanese import plain
from incident_app.services.documents import issue_document
from incident_app.services.finding import own_party
from incident_app.services.nine_items import ITEMS, nine_items
from incident_app.services.sheet import chronology, client_name, contractor_name

FORM = "incident-app/statutory-report/1"
COMMISSION = "個人情報保護委員会　御中"
MEETS: dict[str, tuple[str, ...]] = {
    PRELIMINARY: ("preliminary_report", "supervisory_report"),
    FINAL: ("preliminary_report", "final_report", "supervisory_report"),
    SUPPLEMENT: (),
}
"""The statutory deadlines that a filing meets; a final report that is complete serves as the preliminary one too."""
_LETTER = {CONTRACTOR: "O", CLIENT: "K"}
"""In the reference after S: whose report it is, 乙 (otsu) or 甲 (kou)."""
_BASIS = {
    CONTRACTOR: "個人情報の保護に関する法律第26条第1項",
    CLIENT: "個人情報の保護に関する法律第68条第1項",
}


def draft_statutory_report(work: Work, incident: Incident, kind: str) -> StatutoryReport:
    """Make the next version of the actor's own party: as a document (PDF) and as data (JSON), marked as a draft.

    Raises BadInput for an unknown kind, and for a supplement to nothing that was filed.
    """
    party = _speaks_for(work, incident)
    filed = filed_reports(incident, party)
    if kind not in STATUTORY_KINDS:
        raise BadInput(
            "kind", "速報・確報・追完から選んでください。", "Choose preliminary, final or supplement."
        )
    if kind == SUPPLEMENT and not filed:
        raise BadInput(
            "kind",
            "追完は、速報又は確報の提出を記録した後に作成できます。",
            "A supplement needs a report that was filed before.",
        )
    if incident.known_by(party) is None:
        raise BadInput(
            "kind", "甲はまだこの事案を知らされていません。", "The client has not been told of this case yet."
        )
    version = sum(report.party == party for report in incident.statutory_reports) + 1
    reference = f"{incident.number}-S{_LETTER[party]}{version}"
    said = _said(work, incident, party) | {"kind": kind, "reference": reference, "version": version}
    changes = _changes(filed[-1].said if filed else None, said)
    take(
        work,
        incident,
        "draft_statutory_report",
        party=party,
        kind=kind,
        version=version,
        reference=reference,
        unknown=sum(item["state"] == "under_investigation" for item in said["items"]),
    )
    document = issue_document(
        work,
        incident,
        f"statutory_{kind}",
        number=len(incident.statutory_reports) + 1,
        version=version,
        reference=reference,
        addressee=COMMISSION,
        sender=said["reporter"],
        party=party,
        nine=_nine(work, incident, party, said, changes),
    )
    report = StatutoryReport(
        party=party,
        kind=kind,
        version=version,
        said=said | {"changes": changes},
        changes=changes,
        document=document,
        made_at=work.now,
        made_by_id=work.actor.person_id,
    )
    incident.statutory_reports.append(report)
    return report


def record_filing(
    work: Work, incident: Incident, report: StatutoryReport, *, filed_at: datetime, filed_as: str = ""
) -> None:
    """Record that a report went to the authority, perhaps on its own form; meets the party's deadlines.

    `filed_as` is the authority's receipt number. Raises BadInput naming the field.
    """
    if report.party != _speaks_for(work, incident):
        raise NotFound
    if report.filed_at is not None:
        raise BadInput("report", "この報告はすでに提出済みです。", "This report was already filed.")
    known = incident.known_by(report.party)
    if filed_at.tzinfo is None or filed_at > work.now or (known is not None and filed_at < known):
        raise BadInput(
            "filed_at",
            "提出の日時は、知った時から現在までの間でなければなりません。",
            "The filing must lie between the knowledge and now.",
        )
    take(
        work,
        incident,
        "record_filing",
        happened_at=filed_at,
        party=report.party,
        kind=report.kind,
        version=report.version,
        sha256=report.document.html_sha256,
        filed_as=filed_as.strip(),
    )
    report.filed_at = filed_at
    report.filed_as = filed_as.strip()
    for deadline in _open(incident, report.party):
        if deadline.name in MEETS[report.kind]:
            deadline.meet(filed_at)


def own_reports(work: Work, incident: Incident) -> list[StatutoryReport]:
    """Return the drafts of the party for which the actor speaks; the other's are none of their business."""
    party = own_party(work, incident)
    return [report for report in incident.statutory_reports if report.party == party]


def find_statutory_report(work: Work, incident: Incident, version: int) -> StatutoryReport:
    """Return one draft of the actor's own party."""
    found = next((r for r in own_reports(work, incident) if r.version == version), None)
    if found is None:
        raise NotFound
    return found


def filed_reports(incident: Incident, party: str) -> list[StatutoryReport]:
    """Return what a party has filed, in the order of versions."""
    return [r for r in incident.statutory_reports if r.party == party and r.filed_at is not None]


def _speaks_for(work: Work, incident: Incident) -> str:
    party = own_party(work, incident)
    if party not in PARTIES:
        raise NotFound
    return party


def _said(work: Work, incident: Incident, party: str) -> dict[str, Any]:
    """Return the draft as JSON holds it; its kind, reference, version and changes are added when it is made.

    `form` names this layout; `draft` is always true: it is no filing. Then whose report it is (`party`, `reporter`,
    `basis` in the act) and about what, `as_of` and `known_at` in UTC, `grounds` (articles), `deadlines` (`rule`,
    `article`, `due`: a day or an instant), `chronology` (`when`, `what`) and `items`: nine of `number`, `item`,
    `name`, `name_en`, `state` (known, estimated or under_investigation), `text` and `as_of`.
    """
    decision, known = incident.decision(party), incident.known_by(party)
    items = nine_items(work, incident, party)
    return {
        "form": FORM,
        "draft": True,
        "party": party,
        "reporter": contractor_name(incident) if party == CONTRACTOR else client_name(incident),
        "basis": _BASIS[party],
        "incident": incident.number,
        "contract": incident.contract.number,
        "as_of": stamp(work.now),
        "known_at": stamp(known) if known else None,
        "grounds": list(decision.grounds) if decision else [],
        "deadlines": [
            {"rule": d.rule, "article": d.article, "due": (d.due_on or d.due_at).isoformat()}
            for d in incident.deadlines
            if d.statutory and d.party == party and d.dropped_at is None
        ],
        "chronology": [
            {"when": stamp(line["when"]), "what": line["what"]} for line in chronology(work, incident)
        ],
        "items": [
            {
                "number": number,
                "item": name,
                "name": ITEMS[name][0],
                "name_en": ITEMS[name][1],
                "state": items[name]["state"],
                "text": items[name]["text"],
                "as_of": stamp(items[name]["as_of"]) if items[name]["as_of"] else None,
            }
            for number, name in enumerate(ITEMS, 1)
        ],
    }


def _changes(before: dict[str, Any] | None, now: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items that differ from what was filed last."""
    if before is None:
        return []
    earlier = {item["item"]: item for item in before["items"]}
    return [
        {
            "item": f"{item['number']} {item['name']}",
            "before": earlier[item["item"]]["text"] or "（調査中）",
            "after": item["text"] or "（調査中）",
        }
        for item in now["items"]
        if (item["text"], item["state"]) != (earlier[item["item"]]["text"], earlier[item["item"]]["state"])
    ]


def _nine(
    work: Work, incident: Incident, party: str, said: dict[str, Any], changes: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what the template prints."""
    return {
        "reporter": said["reporter"],
        "basis": said["basis"],
        "known_at": incident.known_by(party),
        "grounds": said["grounds"],
        "due": "、".join(f"{d.label['ja']} {plain(d.due_on or d.due_at)}" for d in _open(incident, party)),
        "items": nine_items(work, incident, party),
        "changes": changes,
    }


def _open(incident: Incident, party: str) -> list[Deadline]:
    return [d for d in incident.deadlines if d.statutory and d.party == party and d.is_open]
